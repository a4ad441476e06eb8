import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TOKEN_PREFIX, WEB_PROTOCOL } from '../../shared/channels.ts';
import type { Secret } from '../engine/lib/secret.ts';
import { pathOfTarget } from './assets.ts';
import { notFound, wrongHost, wrongMethod, wrongOrigin, type Door, type Refusal } from './door.ts';

/**
 * Who may ask. A page of another site can reach this port through the visitor's browser: the Host check stops names
 * that were pointed at us (DNS rebinding), the Origin check other pages, the token everyone who was not given the URL.
 */
export class Guard implements Door {
  readonly #hosts: ReadonlySet<string>;
  readonly #tokenHash: Buffer;

  constructor({ port, token }: { port: number; token: Secret }) {
    this.#hosts = new Set(['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`));
    this.#tokenHash = sha256(token.reveal());
  }

  /** Undefined when a file may be asked for. */
  refuseRequest({ method, headers }: IncomingMessage): Refusal | undefined {
    if (!this.#isOurHost(headers.host)) return wrongHost;
    if (method !== 'GET' && method !== 'HEAD') return wrongMethod;
    return undefined;
  }

  /** Undefined when a WebSocket may be opened. */
  refuseUpgrade({ url = '', headers }: IncomingMessage): Refusal | undefined {
    if (!this.#isOurHost(headers.host)) return wrongHost;
    if (pathOfTarget(url) !== '/bridge') return notFound;
    if (!this.#isOurOrigin(headers.origin)) return wrongOrigin;
    if (!this.#isOurToken(protocolsOf(headers['sec-websocket-protocol']))) {
      return { status: 401, reason: 'Wrong token. Open the URL that was printed at the start' };
    }
    return undefined;
  }

  #isOurHost(host: string | undefined): boolean {
    return host !== undefined && this.#hosts.has(host.toLowerCase());
  }

  #isOurOrigin(origin: string | undefined): boolean {
    return origin?.startsWith('http://') === true && this.#hosts.has(origin.slice('http://'.length));
  }

  /** Hashes have one length, so that comparing them tells nothing by its time. */
  #isOurToken(protocols: readonly string[]): boolean {
    const offered = protocols.find((protocol) => protocol.startsWith(TOKEN_PREFIX)) ?? '';
    const isOurs = timingSafeEqual(sha256(offered.slice(TOKEN_PREFIX.length)), this.#tokenHash);
    return isOurs && protocols.includes(WEB_PROTOCOL);
  }
}

const protocolsOf = (header: string | undefined): string[] =>
  (header ?? '').split(',').map((name) => name.trim());

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
