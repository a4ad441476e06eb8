import { isIPv4, isIPv6 } from 'node:net';
import { base58btc } from 'multiformats/bases/base58';
import { decodeVarint, encodeVarint } from '../protobuf.ts';
import type { Endpoint } from './endpoint.ts';
import { DiscoveryError } from './errors.ts';

/** `/ip4/203.0.113.7/tcp/8070` from its bytes; undefined when there is something in it that we do not know. */
export function multiaddrText(bytes: Uint8Array): string | undefined {
  let text = '';
  for (let offset = 0; offset < bytes.length;) {
    const part = readPart(bytes, offset);
    if (!part) return undefined;
    text += part.text;
    offset = part.end;
  }
  return text === '' ? undefined : text;
}

/** @throws DiscoveryError ADDRESS_MALFORMED */
export function multiaddrBytes(text: string): Uint8Array {
  const [empty, ...words] = text.split('/');
  const parts: Uint8Array[] = [];
  for (let at = 0; at < words.length;) {
    const protocol = protocols.find(({ name }) => name === words[at]);
    const value = protocol?.size === 0 ? '' : words[at + 1];
    const encoded = value === undefined ? undefined : protocol?.encode(value);
    if (!protocol || !encoded) throw malformed(text);
    parts.push(encodeVarint(protocol.code));
    if (protocol.size === 'varies') parts.push(encodeVarint(encoded.length));
    parts.push(encoded);
    at += protocol.size === 0 ? 1 : 2;
  }
  if (empty !== '' || parts.length === 0) throw malformed(text);
  return Buffer.concat(parts);
}

/** Where to send for an address that is exactly an IPv4 address and a port of the protocol; a peer id may follow. */
export function endpointIn(text: string, protocol: 'tcp' | 'udp'): Endpoint | undefined {
  const [, ip, host = '', transport, port, suffix, , ...rest] = text.split('/');
  const isPlain = suffix === undefined || (suffix === 'p2p' && rest.length === 0);
  if (ip !== 'ip4' || transport !== protocol || !isPlain || !isIPv4(host)) return undefined;
  return { host, port: Number(port) };
}

interface Protocol {
  readonly name: string;
  readonly code: number;
  /** Bytes of the value; of one that varies the length is written before it. */
  readonly size: number | 'varies';
  readonly encode: (value: string) => Uint8Array | undefined;
  readonly decode: (value: Uint8Array) => string | undefined;
}

/** Codes as registered for multiaddr. */
const protocols: readonly Protocol[] = [
  { name: 'ip4', code: 4, size: 4, encode: encodeIp4, decode: (bytes) => bytes.join('.') },
  { name: 'ip6', code: 41, size: 16, encode: encodeIp6, decode: decodeIp6 },
  { name: 'tcp', code: 6, size: 2, encode: encodePort, decode: decodePort },
  { name: 'udp', code: 273, size: 2, encode: encodePort, decode: decodePort },
  { name: 'dns', code: 53, size: 'varies', encode: encodeName, decode: decodeName },
  { name: 'dns4', code: 54, size: 'varies', encode: encodeName, decode: decodeName },
  { name: 'dns6', code: 55, size: 'varies', encode: encodeName, decode: decodeName },
  {
    name: 'p2p',
    code: 421,
    size: 'varies',
    encode: encodePeerId,
    decode: (bytes) => base58btc.baseEncode(bytes),
  },
  { name: 'quic-v1', code: 461, size: 0, encode: () => new Uint8Array(), decode: () => '' },
  { name: 'ws', code: 477, size: 0, encode: () => new Uint8Array(), decode: () => '' },
];

function readPart(bytes: Uint8Array, offset: number): { text: string; end: number } | undefined {
  const code = varintAt(bytes, offset);
  const protocol = code && protocols.find((one) => BigInt(one.code) === code.value);
  if (!protocol) return undefined;
  const length =
    protocol.size === 'varies' ? varintAt(bytes, code.end) : { value: BigInt(protocol.size), end: code.end };
  if (!length || length.value > BigInt(bytes.length - length.end)) return undefined;
  const end = length.end + Number(length.value);
  const value = protocol.decode(bytes.subarray(length.end, end));
  if (value === undefined) return undefined;
  return { text: value === '' ? `/${protocol.name}` : `/${protocol.name}/${value}`, end };
}

function varintAt(bytes: Uint8Array, offset: number): { value: bigint; end: number } | undefined {
  try {
    return decodeVarint(bytes, offset);
  } catch {
    return undefined;
  }
}

function encodeIp4(text: string): Uint8Array | undefined {
  return isIPv4(text) ? Uint8Array.from(text.split('.').map(Number)) : undefined;
}

function encodeIp6(text: string): Uint8Array | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail] = shortIp6(text).split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const last = tail === undefined ? [] : groups(tail);
  const zeros = Array<string>(8 - groups(head).length - last.length).fill('0');
  const words = [...groups(head), ...zeros, ...last].map((group) => parseInt(group, 16));
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

function decodeIp6(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0));
  return shortIp6(words.map((word) => word.toString(16)).join(':'));
}

/** As short as the rules for addresses in URLs make it. */
const shortIp6 = (text: string): string => new URL(`http://[${text}]`).hostname.slice(1, -1);

function encodePort(text: string): Uint8Array | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port < 65_536 ? Uint8Array.of(port >> 8, port & 0xff) : undefined;
}

function decodePort([high = 0, low = 0]: Uint8Array): string {
  return String(high * 256 + low);
}

function encodeName(text: string): Uint8Array | undefined {
  return NAME.test(text) ? Buffer.from(text) : undefined;
}

function decodeName(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  return NAME.test(text) ? text : undefined;
}

/** So that nothing that comes from a stranger can look like two parts of an address, or run on. */
const NAME = /^[A-Za-z0-9.-]{1,253}$/;

function encodePeerId(text: string): Uint8Array | undefined {
  try {
    return text === '' ? undefined : base58btc.baseDecode(text);
  } catch {
    return undefined;
  }
}

const malformed = (text: string): DiscoveryError =>
  new DiscoveryError('ADDRESS_MALFORMED', { text: text.slice(0, 200) });
