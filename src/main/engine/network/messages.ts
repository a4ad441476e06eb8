import type { CID } from 'multiformats/cid';
import { decodeCid } from './cids.ts';
import { NetworkError } from './errors.ts';
import { ProtoReader, ProtoWriter } from './protobuf.ts';

/** A block by its own CID, or by its place in a dataset's tree. */
export type BlockAddress = { readonly cid: CID } | { readonly treeCid: CID; readonly index: number };

/** What peers tell each other; the live network's own encoding. Source: data-plane.md §1.3. */
export interface Message {
  readonly wants?: readonly Want[];
  readonly deliveries?: readonly Delivery[];
  readonly presences?: readonly Presence[];
}

export interface Want {
  readonly address: BlockAddress;
  readonly cancel?: boolean;
  readonly type?: 'block' | 'have';
  /** Without it the answer to a want of something the peer lacks is silence. */
  readonly sendDontHave?: boolean;
}

export interface Delivery {
  readonly cid: CID;
  readonly data: Uint8Array;
  readonly address: BlockAddress;
  /** Encoded leaf proof; only where the address is a place in a tree. */
  readonly proof?: Uint8Array;
}

export interface Presence {
  readonly address: BlockAddress;
  readonly has: boolean;
}

/** The same text for equal addresses. */
export function addressKey(address: BlockAddress): string {
  return 'cid' in address ? address.cid.toString() : `${address.treeCid.toString()}/${address.index}`;
}

export function encodeMessage({ wants = [], deliveries = [], presences = [] }: Message): Uint8Array {
  const writer = new ProtoWriter();
  if (wants.length > 0) writer.message(1, writeWants(wants));
  for (const delivery of deliveries) writer.message(3, writeDelivery(delivery));
  for (const presence of presences) writer.message(4, writePresence(presence));
  return writer.finish();
}

/**
 * The data of deliveries are views of `bytes`.
 * @throws NetworkError MALFORMED_MESSAGE, CID_UNSUPPORTED; LINK_LIMIT_EXCEEDED for more entries than anybody has a use for
 */
export function decodeMessage(bytes: Uint8Array): Required<Message> {
  const reader = new ProtoReader(bytes);
  return {
    wants: entries(reader.message(1), 1).map(readWant),
    deliveries: entries(reader, 3).map(readDelivery),
    presences: entries(reader, 4).map(readPresence),
  };
}

/** Sixteen times what the live network's nodes want in one message; to read more would hold up everybody else. */
const MAX_ENTRIES = 16_384;

function entries(reader: ProtoReader, field: number): ProtoReader[] {
  const count = reader.all(field).length;
  if (count > MAX_ENTRIES)
    throw new NetworkError('LINK_LIMIT_EXCEEDED', { entries: count, limit: MAX_ENTRIES });
  return reader.messages(field);
}

const WANT_BLOCK = 0;
const WANT_HAVE = 1;
const HAVE = 0;
const DONT_HAVE = 1;
/** Nothing is charged for blocks; a 256-bit price of 0. */
const FREE = new Uint8Array(32);

function writeWants(wants: readonly Want[]): ProtoWriter {
  const list = new ProtoWriter();
  for (const { address, cancel = false, type = 'block', sendDontHave = false } of wants) {
    const entry = new ProtoWriter()
      .message(1, writeAddress(address))
      .varint(2, 0)
      .varint(3, Number(cancel))
      .varint(4, type === 'have' ? WANT_HAVE : WANT_BLOCK)
      .varint(5, Number(sendDontHave));
    list.message(1, entry);
  }
  return list.varint(2, 0);
}

function readWant(reader: ProtoReader): Required<Want> {
  return {
    address: readAddress(reader.message(1)),
    cancel: reader.integer(3) !== 0,
    type: reader.integer(4) === WANT_HAVE ? 'have' : 'block',
    sendDontHave: reader.integer(5) !== 0,
  };
}

function writeDelivery({ cid, data, address, proof }: Delivery): ProtoWriter {
  const writer = new ProtoWriter().bytes(1, cid.bytes).bytes(2, data).message(3, writeAddress(address));
  return proof ? writer.bytes(4, proof) : writer;
}

function readDelivery(reader: ProtoReader): Delivery {
  return {
    cid: decodeCid(reader.bytes(1)),
    data: reader.bytes(2),
    address: readAddress(reader.message(3)),
    ...(reader.has(4) && { proof: reader.bytes(4) }),
  };
}

function writePresence({ address, has }: Presence): ProtoWriter {
  return new ProtoWriter()
    .message(1, writeAddress(address))
    .varint(2, has ? HAVE : DONT_HAVE)
    .bytes(3, FREE);
}

function readPresence(reader: ProtoReader): Presence {
  return { address: readAddress(reader.message(1)), has: reader.integer(2) === HAVE };
}

function writeAddress(address: BlockAddress): ProtoWriter {
  if ('cid' in address) return new ProtoWriter().varint(1, 0).bytes(4, address.cid.bytes);
  return new ProtoWriter().varint(1, 1).bytes(2, address.treeCid.bytes).varint(3, address.index);
}

function readAddress(reader: ProtoReader): BlockAddress {
  if (reader.integer(1) === 0) return { cid: decodeCid(reader.bytes(4)) };
  return { treeCid: decodeCid(reader.bytes(2)), index: reader.integer(3) };
}
