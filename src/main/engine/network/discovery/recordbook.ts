import { createHash } from 'node:crypto';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { isEngineError } from '../../errors.ts';
import { decodeRecord, type SignedRecord } from './signedrecord.ts';

/**
 * Reads records that come again and again from many nodes, and checks the signature of each once: a check takes a
 * millisecond or more, which a flood of records would make us spend.
 */
export class RecordBook {
  readonly #known = new BoundedMap<string, SignedRecord>(MAX_KNOWN);

  /** Undefined for what is no record, or a forged one. */
  read(bytes: Uint8Array): SignedRecord | undefined {
    const key = createHash('sha256').update(bytes).digest('base64');
    const known = this.#known.get(key);
    if (known) return known;
    const record = tryDecode(bytes);
    if (record) this.#known.set(key, record);
    return record;
  }

  readAll(records: readonly Uint8Array[]): SignedRecord[] {
    return records.map((bytes) => this.read(bytes)).filter((record) => record !== undefined);
  }
}

const MAX_KNOWN = 1_000;

function tryDecode(bytes: Uint8Array): SignedRecord | undefined {
  try {
    return decodeRecord(bytes);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return undefined;
  }
}
