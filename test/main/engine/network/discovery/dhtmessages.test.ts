import { describe, expect, it } from 'vitest';
import {
  decodeDhtMessage,
  encodeDhtMessage,
  type DhtMessage,
} from '../../../../../src/main/engine/network/discovery/dhtmessages.ts';
import { parseRecord } from '../../../../../src/main/engine/network/discovery/signedrecord.ts';
import { ProtoWriter } from '../../../../../src/main/engine/network/protobuf.ts';
import vectors from '../../../../support/vectors/discovery.json' with { type: 'json' };

const id = Uint8Array.of(1);
const contentId = Buffer.alloc(32, 5);
const record = Buffer.from('record');
const records = vectors.records.map((text) => parseRecord(text).bytes);

const published: readonly [name: keyof typeof vectors.messages, message: DhtMessage][] = [
  ['pingOfBefore', { kind: 'ping', id, seq: 1n }],
  ['pong', { kind: 'pong', id, seq: 1n, ip: Uint8Array.of(127, 0, 0, 1), port: 5000 }],
  ['findNode', { kind: 'findNode', id, distances: [256] }],
  ['nodesEmpty', { kind: 'nodes', id, total: 1, records: [] }],
  ['nodes', { kind: 'nodes', id, total: 1, records }],
];

describe('messages of the DHT', () => {
  it.each(published)('are read as other implementations write them: %s', (name, message) => {
    expect(plain(decodeDhtMessage(Buffer.from(vectors.messages[name], 'hex')))).toEqual(plain(message));
  });

  it.each(published)('are written as other implementations write them: %s', (name, message) => {
    // Newer ones add a field of their own at the end, 0 for a node that is not only a client.
    const theirs = vectors.messages[name].replace(/1800$/, '');
    expect(Buffer.from(encodeDhtMessage(message)).toString('hex')).toBe(theirs);
  });

  it.each<DhtMessage>([
    { kind: 'ping', id, seq: 2n ** 64n - 1n },
    { kind: 'pong', id, seq: 0n, ip: Buffer.alloc(16, 1), port: 65_535 },
    { kind: 'findNode', id, distances: [256, 255, 0] },
    { kind: 'findNodeFast', id, target: contentId },
    { kind: 'getProviders', id, contentId },
    { kind: 'addProvider', id, contentId, record },
    { kind: 'nodes', id, total: 6, records: [record, record] },
    { kind: 'providers', id, total: 1, records: [] },
  ])('survive the wire: %o', (message) => {
    expect(plain(decodeDhtMessage(encodeDhtMessage(message)))).toEqual(plain(message));
  });

  it('of an unknown kind are nothing', () => {
    const { talk } = vectors.messages;
    for (const bytes of [Buffer.from(talk, 'hex'), Buffer.of(7), Buffer.of(0x84), Buffer.of()]) {
      expect(decodeDhtMessage(bytes)).toBeUndefined();
    }
  });

  it.each<[string, Uint8Array]>([
    ['too long a request id', Buffer.from(vectors.messages.tooLongRequestId, 'hex')],
    ['a content id of 31 bytes', raw(12, (body) => body.bytes(1, Buffer.alloc(31)))],
    ['no target', raw(0x83, (body) => body)],
    ['a distance of three bytes', raw(3, (body) => body.bytes(1, Buffer.alloc(3)))],
    ['a distance above 256', raw(3, (body) => body.bytes(1, Buffer.of(1, 1)))],
    ['17 distances', raw(3, (body) => repeat(17, () => body.bytes(1, Buffer.of(1, 0))))],
    ['21 parts', raw(4, (body) => body.varint(1, 21))],
    ['21 records', raw(13, (body) => repeat(21, () => body.bytes(2, record)))],
    [
      'a record to add that is too long',
      raw(11, (body) => body.bytes(1, contentId).bytes(2, Buffer.alloc(385))),
    ],
    ['an address of 5 bytes', raw(2, (body) => body.message(2, new ProtoWriter().bytes(2, Buffer.alloc(5))))],
  ])('with %s are refused', (_, bytes) => {
    expect(() => decodeDhtMessage(bytes)).toThrow(expect.objectContaining({ code: 'MALFORMED_MESSAGE' }));
  });

  it('lose a record that is too long, and keep the others', () => {
    const message = raw(4, (body) => body.varint(1, 1).bytes(2, Buffer.alloc(385)).bytes(2, record));
    expect(decodeDhtMessage(message)).toMatchObject({ records: [record] });
  });
});

function raw(kind: number, write: (body: ProtoWriter) => unknown): Uint8Array {
  const body = new ProtoWriter();
  write(body);
  return Buffer.concat([Uint8Array.of(kind), new ProtoWriter().bytes(1, id).message(2, body).finish()]);
}

function repeat(times: number, work: () => unknown): void {
  for (let count = 0; count < times; count++) work();
}

/** Bytes of every kind compared by what is in them. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
