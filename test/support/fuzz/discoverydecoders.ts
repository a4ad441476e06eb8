import { EngineError, isEngineError } from '../../../src/main/engine/errors.ts';
import {
  decodeDhtMessage,
  encodeDhtMessage,
  type DhtMessage,
} from '../../../src/main/engine/network/discovery/dhtmessages.ts';
import { answerChallenge } from '../../../src/main/engine/network/discovery/handshake.ts';
import { multiaddrBytes, multiaddrText } from '../../../src/main/engine/network/multiaddr.ts';
import {
  decodePacket,
  encodeChallenge,
  encodeHandshake,
  encodeKnock,
  encodeOrdinary,
  openMessage,
} from '../../../src/main/engine/network/discovery/packets.ts';
import {
  certify,
  parseRecord,
  readEnvelope,
  recordText,
  type Envelope,
} from '../../../src/main/engine/network/discovery/signedrecord.ts';
import { anIdentity, aRecord } from '../dhtfixtures.ts';
import type { Decoder } from './decoders.ts';

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

/** Every reader of what comes from the DHT. */
export const discoveryDecoders: readonly Decoder[] = [
  {
    name: 'peer records',
    corpus: records.map(({ bytes }) => bytes),
    read(bytes, random) {
      const envelope = readEnvelope(bytes);
      // A check of a signature takes a hundred times as long as all the rest.
      if (random.chance(0.01)) certifyOnlySigned(envelope);
    },
  },
  {
    name: 'peer records as text',
    corpus: records.map((record) => Buffer.from(recordText(record))),
    read(bytes, random) {
      const text = Buffer.from(bytes).toString('latin1');
      // As above: what does not look like a record is refused cheaply, the rest takes its time.
      if (/^spr:[A-Za-z0-9_-]+$/.test(text) && !random.chance(0.05)) return;
      parseRecord(text);
    },
  },
  {
    // The mask is a stream: a bit that is bent in the packet is bent in the header.
    name: 'packets',
    corpus: packets(),
    read(bytes) {
      const packet = decodePacket(bytes, b.nodeId);
      if (!packet) throw refusal();
      if (packet.kind !== 'challenge') openMessage(packet, key);
    },
  },
  {
    name: 'messages of the DHT',
    corpus: messages.map(encodeDhtMessage),
    read(bytes) {
      const message = decodeDhtMessage(bytes);
      if (!message) throw refusal();
      const again = decodeDhtMessage(encodeDhtMessage(message));
      if (again?.kind !== message.kind) throw new Error('what was read is not what it is written as');
    },
  },
  {
    name: 'multiaddrs',
    corpus: ['/ip4/1.2.3.4/tcp/5', '/ip6/2001:db8::1/udp/9/quic-v1', '/dns4/a.example/tcp/443/ws'].map(
      multiaddrBytes,
    ),
    read(bytes) {
      const text = multiaddrText(bytes);
      if (text === undefined) throw refusal();
      const again = multiaddrText(multiaddrBytes(text));
      if (again !== text) throw new Error('what was read is not what it is written as');
    },
  },
];

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

/** For readers that answer with nothing instead of an error. */
const refusal = (): EngineError => new EngineError('REFUSED', {});

function certifyOnlySigned(envelope: Envelope): void {
  try {
    certify(envelope);
  } catch (error) {
    if (isEngineError(error)) return;
    throw error;
  }
  if (!isSigned(envelope)) throw new Error('a record that nobody signed was certified');
}

const isSigned = ({ payload, publicKey }: Envelope): boolean =>
  records.some(({ bytes, publicKey: owner }) => {
    const { payload: signed } = readEnvelope(bytes);
    return Buffer.compare(payload, signed) === 0 && Buffer.compare(publicKey, owner) === 0;
  });
