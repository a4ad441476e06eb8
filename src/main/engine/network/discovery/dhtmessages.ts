import { malformed, ProtoReader, ProtoWriter } from '../protobuf.ts';
import { ID_BYTES, MAX_DISTANCE, type NodeId } from './nodeid.ts';
import { MAX_RECORD_BYTES } from './signedrecord.ts';

/** What nodes of the DHT say to each other. Source: data-plane.md §4.1. */
export type DhtMessage = Question | Answer | AddProvider;

/** `seq` is that of the sender's own record. */
export type Question = Ping | FindNode | FindNodeFast | GetProviders;
export type Answer = Pong | Records;

interface Ping {
  readonly kind: 'ping';
  readonly id: Uint8Array;
  readonly seq: bigint;
}

/** With the address that the ping came from. */
export interface Pong {
  readonly kind: 'pong';
  readonly id: Uint8Array;
  readonly seq: bigint;
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array;
  readonly port: number;
}

/** Which nodes do you know at these distances from yourself? */
interface FindNode {
  readonly kind: 'findNode';
  readonly id: Uint8Array;
  readonly distances: readonly number[];
}

/** Which are the nearest that you know? Answered with `nodes` as well. */
interface FindNodeFast {
  readonly kind: 'findNodeFast';
  readonly id: Uint8Array;
  readonly target: NodeId;
}

interface GetProviders {
  readonly kind: 'getProviders';
  readonly id: Uint8Array;
  readonly contentId: NodeId;
}

/** The sender holds the content. There is no answer. */
export interface AddProvider {
  readonly kind: 'addProvider';
  readonly id: Uint8Array;
  readonly contentId: NodeId;
  readonly record: Uint8Array;
}

/** One of `total` messages that answer together. The records are as they came: nobody looked at them. */
export interface Records {
  readonly kind: 'nodes' | 'providers';
  readonly id: Uint8Array;
  readonly total: number;
  readonly records: readonly Uint8Array[];
}

export const isAnswer = (message: DhtMessage): message is Answer =>
  message.kind === 'pong' || message.kind === 'nodes' || message.kind === 'providers';

/** Bytes of the number by which an answer finds its question. */
export const REQUEST_ID_BYTES = 8;
/** Messages that an answer may be made of. */
export const MAX_PARTS = 20;

export function encodeDhtMessage(message: DhtMessage): Uint8Array {
  const envelope = new ProtoWriter().bytes(1, message.id).message(2, writeBody(message));
  return Buffer.concat([Uint8Array.of(kinds[message.kind]), envelope.finish()]);
}

/**
 * Undefined for a kind that we do not know, which is no fault of the sender. Byte fields are views of `bytes`.
 * @throws NetworkError MALFORMED_MESSAGE
 */
export function decodeDhtMessage(bytes: Uint8Array): DhtMessage | undefined {
  const kind = (Object.keys(kinds) as DhtMessage['kind'][]).find((name) => kinds[name] === bytes[0]);
  if (!kind) return undefined;
  const envelope = new ProtoReader(bytes.subarray(1));
  const id = envelope.bytes(1);
  if (id.length > REQUEST_ID_BYTES) throw malformed('the request id is too long');
  return readBody(kind, id, envelope.message(2));
}

/** Kinds 5 and 6, talk, carry protocols that we do not have; 7 to 10 are not used. */
const kinds = {
  ping: 1,
  pong: 2,
  findNode: 3,
  nodes: 4,
  addProvider: 11,
  getProviders: 12,
  providers: 13,
  findNodeFast: 0x83,
} as const satisfies Record<DhtMessage['kind'], number>;

const FAMILY_IP6 = 0;
const FAMILY_IP4 = 1;
const MAX_DISTANCES = 16;
const MAX_RECORDS = 20;

function writeBody(message: DhtMessage): ProtoWriter {
  const writer = new ProtoWriter();
  switch (message.kind) {
    case 'ping':
      return writer.varint(1, message.seq);
    case 'pong':
      return writer.varint(1, message.seq).message(2, writeIp(message.ip)).bytes(3, twoBytes(message.port));
    case 'findNode':
      for (const distance of message.distances) writer.bytes(1, twoBytes(distance));
      return writer;
    case 'findNodeFast':
      return writer.bytes(1, message.target);
    case 'getProviders':
      return writer.bytes(1, message.contentId);
    case 'addProvider':
      return writer.bytes(1, message.contentId).bytes(2, message.record);
    case 'nodes':
    case 'providers':
      writer.varint(1, message.total);
      for (const record of message.records) writer.bytes(2, record);
      return writer;
  }
}

function readBody(kind: DhtMessage['kind'], id: Uint8Array, body: ProtoReader): DhtMessage {
  switch (kind) {
    case 'ping':
      return { kind, id, seq: body.big(1) };
    case 'pong':
      return { kind, id, seq: body.big(1), ip: readIp(body.message(2)), port: readTwoBytes(body.bytes(3)) };
    case 'findNode':
      return { kind, id, distances: readDistances(body) };
    case 'findNodeFast':
      return { kind, id, target: readId(body) };
    case 'getProviders':
      return { kind, id, contentId: readId(body) };
    case 'addProvider':
      return { kind, id, contentId: readId(body), record: readRecord(body.bytes(2)) };
    case 'nodes':
    case 'providers':
      return { kind, id, total: readTotal(body), records: readRecords(body) };
  }
}

function writeIp(ip: Uint8Array): ProtoWriter {
  return new ProtoWriter().bytes(1, Uint8Array.of(ip.length === 4 ? FAMILY_IP4 : FAMILY_IP6)).bytes(2, ip);
}

function readIp(body: ProtoReader): Uint8Array {
  const ip = body.bytes(2);
  if (ip.length !== 4 && ip.length !== 16) throw malformed('no such address');
  return ip;
}

function readDistances(body: ProtoReader): number[] {
  const distances = body.all(1).map(readTwoBytes);
  if (distances.length > MAX_DISTANCES) throw malformed('too many distances');
  if (distances.some((distance) => distance > MAX_DISTANCE)) throw malformed('no such distance');
  return distances;
}

function readId(body: ProtoReader): NodeId {
  const id = body.bytes(1);
  if (id.length !== ID_BYTES) throw malformed('an id has not 32 bytes');
  return id;
}

function readTotal(body: ProtoReader): number {
  const total = body.integer(1);
  if (total > MAX_PARTS) throw malformed('an answer of too many parts');
  return total;
}

function readRecords(body: ProtoReader): Uint8Array[] {
  const records = body.all(2);
  if (records.length > MAX_RECORDS) throw malformed('too many records');
  // One that is too long may be all right with others: it is left out, the rest counts.
  return records.filter((record) => record.length <= MAX_RECORD_BYTES);
}

function readRecord(record: Uint8Array): Uint8Array {
  if (record.length > MAX_RECORD_BYTES) throw malformed('a record is too long');
  return record;
}

const twoBytes = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

function readTwoBytes(bytes: Uint8Array): number {
  const [high = 0, low = 0] = bytes;
  if (bytes.length !== 2) throw malformed('a number has not two bytes');
  return high * 256 + low;
}
