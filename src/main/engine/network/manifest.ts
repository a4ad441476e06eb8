import type { CID } from 'multiformats/cid';
import { codecs, decodeCid, SHA2_256 } from './cids.ts';
import { NetworkError } from './errors.ts';
import { ProtoReader, ProtoWriter } from './protobuf.ts';

/**
 * What the manifest block says of a dataset. With `protection` the tree and the sizes are those of all K+M rows; with
 * `verification` besides it carries the roots that storage proofs refer to. Source: data-plane.md §2.2.
 */
export interface Manifest {
  readonly treeCid: CID;
  readonly blockSize: number;
  readonly datasetSize: bigint;
  readonly codec: number;
  readonly hashCodec: number;
  readonly protection?: Protection;
  readonly filename?: string;
  readonly mimetype?: string;
}

/** Erasure coding: K data rows and M parity rows. */
export interface Protection {
  readonly k: number;
  readonly m: number;
  readonly originalTreeCid: CID;
  readonly originalDatasetSize: bigint;
  /** How blocks were laid out for coding; does not say which blocks make a slot. */
  readonly strategy: number;
  readonly verification?: Verification;
}

export interface Verification {
  readonly verifyRoot: CID;
  readonly slotRoots: readonly CID[];
  readonly cellSize: number;
  /** Which blocks make a slot. */
  readonly strategy: number;
}

export const LINEAR = 0;
export const STEPPED = 1;

export function encodeManifest(manifest: Manifest): Uint8Array {
  const { treeCid, blockSize, datasetSize, codec, hashCodec, protection, filename, mimetype } = manifest;
  const header = new ProtoWriter()
    .bytes(1, treeCid.bytes)
    .varint(2, blockSize)
    .varint(3, datasetSize)
    .varint(4, codec)
    .varint(5, hashCodec)
    .varint(6, CID_VERSION_1);
  if (protection) header.message(7, writeProtection(protection));
  if (filename !== undefined) header.text(8, filename);
  if (mimetype !== undefined) header.text(9, mimetype);
  return new ProtoWriter().message(1, header).finish();
}

/**
 * Reads a stranger's bytes. What the numbers mean for a request is judged by `slotPlan`.
 * @throws NetworkError MANIFEST_MALFORMED
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  try {
    return readHeader(new ProtoReader(bytes).message(1));
  } catch (cause) {
    throw new NetworkError('MANIFEST_MALFORMED', { length: bytes.length }, { cause });
  }
}

/** A new manifest's fields that are always the same. */
export const manifestDefaults = { codec: codecs.block, hashCodec: SHA2_256 } as const;

/** Written as 2; 1 is CIDv0. Seen in every manifest of the vectors. */
const CID_VERSION_1 = 2;

function writeProtection(protection: Protection): ProtoWriter {
  const writer = new ProtoWriter()
    .varint(1, protection.k)
    .varint(2, protection.m)
    .bytes(3, protection.originalTreeCid.bytes)
    .varint(4, protection.originalDatasetSize)
    .varint(5, protection.strategy);
  return protection.verification ? writer.message(6, writeVerification(protection.verification)) : writer;
}

function writeVerification({ verifyRoot, slotRoots, cellSize, strategy }: Verification): ProtoWriter {
  const writer = new ProtoWriter().bytes(1, verifyRoot.bytes);
  for (const root of slotRoots) writer.bytes(2, root.bytes);
  return writer.varint(3, cellSize).varint(4, strategy);
}

function readHeader(header: ProtoReader): Manifest {
  return {
    treeCid: decodeCid(header.bytes(1)),
    blockSize: header.integer(2),
    datasetSize: header.big(3),
    codec: header.integer(4),
    hashCodec: header.integer(5),
    ...(header.has(7) && { protection: readProtection(header.message(7)) }),
    ...(header.has(8) && { filename: header.text(8) }),
    ...(header.has(9) && { mimetype: header.text(9) }),
  };
}

function readProtection(reader: ProtoReader): Protection {
  return {
    k: reader.integer(1),
    m: reader.integer(2),
    originalTreeCid: decodeCid(reader.bytes(3)),
    originalDatasetSize: reader.big(4),
    strategy: reader.integer(5),
    ...(reader.has(6) && { verification: readVerification(reader.message(6)) }),
  };
}

function readVerification(reader: ProtoReader): Verification {
  return {
    verifyRoot: decodeCid(reader.bytes(1)),
    slotRoots: reader.all(2).map(decodeCid),
    cellSize: reader.integer(3),
    strategy: reader.integer(4),
  };
}
