import { isEngineError } from '../../src/main/engine/errors.ts';
import {
  decodeDhtMessage,
  encodeDhtMessage,
  type DhtMessage,
} from '../../src/main/engine/network/discovery/dhtmessages.ts';
import { answerChallenge } from '../../src/main/engine/network/discovery/handshake.ts';
import { multiaddrBytes, multiaddrText } from '../../src/main/engine/network/discovery/multiaddr.ts';
import {
  decodePacket,
  encodeChallenge,
  encodeHandshake,
  encodeKnock,
  encodeOrdinary,
  openMessage,
} from '../../src/main/engine/network/discovery/packets.ts';
import {
  certify,
  parseRecord,
  readEnvelope,
  type Envelope,
} from '../../src/main/engine/network/discovery/signedrecord.ts';
import { anIdentity, aRecord } from './dhtfixtures.ts';

export type Decoder = 'record' | 'text' | 'packet' | 'message' | 'multiaddr';

export interface FuzzFinding {
  readonly decoder: Decoder;
  /** The input, to be kept as a case. */
  readonly hex: string;
  readonly error: unknown;
}

export interface FuzzReport {
  /** How many inputs got through each decoder, but for their signature. */
  readonly accepted: Record<Decoder, number>;
  readonly findings: FuzzFinding[];
}

/** Feeds what strangers may send into every decoder, the same for the same seed. A decoder takes it or refuses it with its own error. */
export function fuzzDiscovery({ inputs, seed }: { inputs: number; seed: number }): FuzzReport {
  const random = generator(seed);
  const accepted = { record: 0, text: 0, packet: 0, message: 0, multiaddr: 0 };
  const findings: FuzzFinding[] = [];
  for (let input = 0; input < inputs; input++) {
    const decoder = decoders[input % decoders.length] as Decoder;
    const valid = samples[decoder];
    const bytes = mutated(valid[random(valid.length)] as Uint8Array, valid, random);
    try {
      if (run[decoder](bytes, random)) accepted[decoder]++;
    } catch (error) {
      findings.push({ decoder, hex: Buffer.from(bytes).toString('hex'), error });
    }
  }
  return { accepted, findings };
}

const decoders = ['record', 'text', 'packet', 'message', 'multiaddr'] as const;
const [a, b] = [anIdentity(1), anIdentity(2)];
const key = Buffer.alloc(16, 1);
const nonce = Buffer.alloc(12, 2);
const id = Buffer.alloc(8, 3);
const hash = Buffer.alloc(32, 4);
const records = [aRecord(1), aRecord(2, { seq: 2n ** 64n - 1n }), aRecord(3, { host: '9.9.9.9' })];

const messages: readonly DhtMessage[] = [
  { kind: 'ping', id, seq: 1n },
  { kind: 'pong', id, seq: 1n, ip: Buffer.alloc(4, 1), port: 5 },
  { kind: 'findNode', id, distances: [256, 255, 254] },
  { kind: 'findNodeFast', id, target: hash },
  { kind: 'getProviders', id, contentId: hash },
  { kind: 'addProvider', id, contentId: hash, record: aRecord(1).bytes },
  { kind: 'nodes', id, total: 2, records: records.map(({ bytes }) => bytes) },
  { kind: 'providers', id, total: 1, records: [] },
];

const samples: Record<Decoder, readonly Uint8Array[]> = {
  record: records.map(({ bytes }) => bytes),
  text: records.map(({ bytes }) => Buffer.from(`spr:${Buffer.from(bytes).toString('base64url')}`)),
  packet: packets(),
  message: messages.map(encodeDhtMessage),
  multiaddr: ['/ip4/1.2.3.4/tcp/5', '/ip6/2001:db8::1/udp/9/quic-v1', '/dns4/a.example/tcp/443/ws'].map(
    multiaddrBytes,
  ),
};

function packets(): Uint8Array[] {
  const way = { source: a.nodeId, destination: b.nodeId, nonce };
  const message = encodeDhtMessage(messages[0] as DhtMessage);
  const { packet, challenge } = encodeChallenge({ ...way, recordSeq: 1n });
  const { keys: _keys, ...proof } = answerChallenge(a, { challenge, peer: b });
  const record = aRecord(1).bytes;
  return [
    encodeOrdinary({ ...way, key, message }),
    encodeKnock(way),
    packet,
    encodeHandshake({ ...way, key, message, ...proof, record }),
  ];
}

/** True for what was accepted. */
const run: Record<Decoder, (bytes: Uint8Array, random: Random) => boolean> = {
  record: (bytes, random) => {
    const envelope = orOwnError(() => readEnvelope(bytes), ['RECORD_MALFORMED']);
    if (!envelope) return false;
    // A check of a signature takes a hundred times as long as all the rest.
    if (random(100) > 0) return true;
    const record = orOwnError(() => certify(envelope), ['RECORD_MALFORMED', 'RECORD_FALSE']);
    if (record && !isSigned(envelope)) throw new Error('A record that nobody signed was certified');
    return true;
  },
  text: (bytes, random) => {
    const text = Buffer.from(bytes).toString('latin1');
    // As above: what does not look like a record is refused cheaply, the rest takes its time.
    if (/^spr:[A-Za-z0-9_-]+$/.test(text) && random(10) > 0) return false;
    try {
      parseRecord(text);
    } catch (error) {
      if (isEngineError(error, 'RECORD_MALFORMED')) return false;
      if (!isEngineError(error, 'RECORD_FALSE')) throw error;
    }
    return true;
  },
  packet: (bytes) => {
    // The mask is a stream: a bit that is bent in the packet is bent in the header.
    const packet = decodePacket(bytes, b.nodeId);
    if (packet && packet.kind !== 'challenge') openMessage(packet, key);
    return packet !== undefined;
  },
  message: (bytes) => {
    const message = orOwnError(() => decodeDhtMessage(bytes), ['MALFORMED_MESSAGE']);
    if (!message) return false;
    const again = decodeDhtMessage(encodeDhtMessage(message));
    if (again?.kind !== message.kind) throw new Error('It does not come out as it went in');
    return true;
  },
  multiaddr: (bytes) => {
    const text = multiaddrText(bytes);
    if (text === undefined) return false;
    if (multiaddrText(multiaddrBytes(text)) !== text) throw new Error('It does not come out as it went in');
    return true;
  },
};

const isSigned = ({ payload, publicKey }: Envelope): boolean =>
  records.some(({ bytes, publicKey: owner }) => {
    const { payload: signed } = readEnvelope(bytes);
    return Buffer.compare(payload, signed) === 0 && Buffer.compare(publicKey, owner) === 0;
  });

function orOwnError<T>(decode: () => T, codes: readonly string[]): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (isEngineError(error) && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** A whole number from 0 to below `limit`. */
type Random = (limit: number) => number;

function generator(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function mutated(bytes: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  let result = Buffer.from(bytes);
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(result.length + 1);
    switch (random(9)) {
      case 0:
        result = Buffer.from(Uint8Array.from({ length: random(300) }, () => random(256)));
        break;
      case 1:
        result = result.subarray(0, at);
        break;
      case 2:
        result = Buffer.concat([result, Uint8Array.from({ length: random(60) }, () => random(256))]);
        break;
      case 3: {
        const other = others[random(others.length)] as Uint8Array;
        result = Buffer.concat([result.subarray(0, at), other.subarray(random(other.length))]);
        break;
      }
      case 4:
        // A part that comes again.
        result = Buffer.concat([result.subarray(0, at), result.subarray(random(at + 1))]);
        break;
      case 5:
        if (at < result.length) result[at] = extremes[random(extremes.length)] as number;
        break;
      case 6:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + random(4))]);
        break;
      default:
        if (at < result.length) result[at] = (result[at] as number) ^ (1 << random(8));
    }
    if (result.length > 2_000) result = result.subarray(0, 2_000);
  }
  return result;
}

const extremes = [0, 1, 0x7f, 0x80, 0xff];
