import { createHash } from 'node:crypto';
import { Secret } from '../../lib/secret.ts';
import { MarketError } from '../errors.ts';

/** Where a server is reached, and how it is named where people read: the rest of an address may be a key. */
export interface ServerAddress {
  readonly url: URL;
  readonly way: 'http' | 'websocket';
  /** Scheme and host; what else there is stands as four digits, by which two servers of one host are told apart. */
  readonly name: string;
  /** Kept alive as long as the server is used, so that no log shows them whoever quotes them. */
  readonly secrets: readonly Secret[];
}

/** @throws MarketError CHAIN_UNREACHABLE when it is no address of a server */
export function serverAddress(text: string): ServerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const way = url && wayByProtocol[url.protocol];
  if (!url || !way) {
    const begin = text.slice(0, 5);
    const message = `The RPC address that begins with "${begin}" is none: it must begin with http://, https://, ws:// or wss://. Correct it in the settings.`;
    throw new MarketError('CHAIN_UNREACHABLE', { begin }, { message });
  }
  url.hash = '';
  return { url, way, name: nameOf(url), secrets: secretsOf(url).map((secret) => new Secret(secret)) };
}

/** `text` without what is secret in the server's address. */
export function blotted(text: string, { secrets }: ServerAddress): string {
  return secrets.reduce((line, secret) => secret.blot(line), text);
}

const wayByProtocol: Readonly<Record<string, ServerAddress['way']>> = {
  'http:': 'http',
  'https:': 'http',
  'ws:': 'websocket',
  'wss:': 'websocket',
};

function nameOf({ href, protocol, host, username, password, pathname, search }: URL): string {
  const bare = `${protocol}//${host}`;
  const isBare = pathname === '/' && [username, password, search].every((part) => part === '');
  return isBare ? bare : `${bare}/…${createHash('sha256').update(href).digest('hex').slice(0, 4)}`;
}

/** Passwords and query values always; of the path what looks like a key and not like a word. */
function secretsOf({ username, password, pathname, searchParams }: URL): string[] {
  const isKey = (part: string) => part.length >= 12 && /\d/.test(part) && /[a-z]/i.test(part);
  const parts = [password, ...[username, ...pathname.split('/')].filter(isKey), ...searchParams.values()];
  return parts.filter((part) => part.length >= 8);
}
