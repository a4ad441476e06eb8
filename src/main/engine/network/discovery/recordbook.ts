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

  /** Whether reading it again would cost nothing. */
  has(bytes: Uint8Array): boolean {
    return this.#known.get(keyOf(bytes)) !== undefined;
  }

  /** Undefined for what is no record, or a forged one. */
  read(bytes: Uint8Array): SignedRecord | undefined {
    return this.#judge(bytes).record;
  }

  /** What one node tells, up to the first forged record: an honest one would not have passed that on. */
  readAll(records: readonly Uint8Array[]): SignedRecord[] {
    const read: SignedRecord[] = [];
    for (const bytes of records) {
      const { record, isForged } = this.#judge(bytes);
      if (isForged) break;
      if (record) read.push(record);
    }
    return read;
  }

  #judge(bytes: Uint8Array): { record?: SignedRecord; isForged?: boolean } {
    const key = keyOf(bytes);
    const known = this.#known.get(key);
    if (known) return { record: known };
    try {
      const record = decodeRecord(bytes);
      this.#known.set(key, record);
      return { record };
    } catch (error) {
      if (!isEngineError(error)) throw error;
      return { isForged: error.code === 'RECORD_FALSE' };
    }
  }
}

const MAX_KNOWN = 1_000;

const keyOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
