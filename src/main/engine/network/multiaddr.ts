import { isIPv4, isIPv6 } from 'node:net';
import { base58btc } from 'multiformats/bases/base58';
import { decodeVarint, encodeVarint } from './protobuf.ts';
import type { Endpoint } from './endpoint.ts';
import { NetworkError } from './errors.ts';

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

/** @throws NetworkError ADDRESS_MALFORMED */
export function multiaddrBytes(text: string): Uint8Array {
  const parts = splitMultiaddr(text);
  if (!parts || parts.length === 0) throw malformed(text);
  return Buffer.concat(
    parts.map((part) => {
      const value = encodeValue(part);
      if (!value) throw malformed(text);
      const { code, size } = protocolOf(part.name) as Protocol;
      const length = size === 'varies' ? encodeVarint(value.length) : new Uint8Array();
      return Buffer.concat([encodeVarint(code), length, value]);
    }),
  );
}

/** A protocol and what it is told, such as `ip4` and `203.0.113.7`; of some there is nothing to tell. */
export interface Part {
  readonly name: string;
  readonly value: string;
}

/** The parts of an address, whatever they say; undefined for a text that does not begin with a slash. */
export function splitMultiaddr(text: string): readonly Part[] | undefined {
  const [before, ...words] = text.split('/');
  if (before !== '') return undefined;
  const parts: Part[] = [];
  for (let at = 0; at < words.length;) {
    const name = words[at++] ?? '';
    parts.push({ name, value: protocolOf(name)?.size === 0 ? '' : (words[at++] ?? '') });
  }
  return parts;
}

/** Whether we know the protocol, and the value is one of it. */
export const isSound = (part: Part): boolean => encodeValue(part) !== undefined;

/** Where to send for an address that is exactly an IP address and a port of the protocol; a peer id may follow. */
export function endpointIn(text: string, protocol: 'tcp' | 'udp'): Endpoint | undefined {
  const [ip, transport, suffix, ...rest] = splitMultiaddr(text) ?? [];
  const isPlain = suffix === undefined || (suffix.name === 'p2p' && rest.length === 0);
  const isIp = ip?.name === 'ip4' || ip?.name === 'ip6';
  if (!isIp || !isSound(ip) || transport?.name !== protocol || !isSound(transport) || !isPlain)
    return undefined;
  return { host: ip.value, port: Number(transport.value) };
}

/** The same as text. */
export const endpointAddress = ({ host, port }: Endpoint, protocol: 'tcp' | 'udp'): string =>
  `/${isIPv6(host) ? 'ip6' : 'ip4'}/${host}/${protocol}/${port}`;

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

const protocolOf = (name: string): Protocol | undefined => protocols.find((one) => one.name === name);

const encodeValue = ({ name, value }: Part): Uint8Array | undefined => protocolOf(name)?.encode(value);

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

/** The 16 bytes of an address of IPv6, without a zone; undefined when it is none. */
export function encodeIp6(text: string): Uint8Array | undefined {
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
const NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/i;

function encodePeerId(text: string): Uint8Array | undefined {
  try {
    return text === '' ? undefined : base58btc.baseDecode(text);
  } catch {
    return undefined;
  }
}

const malformed = (text: string): NetworkError =>
  new NetworkError('ADDRESS_MALFORMED', { text: text.slice(0, 200) });
