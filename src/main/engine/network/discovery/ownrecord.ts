import type { Clock } from '../../clock/clock.ts';
import type { Identity } from '../identity.ts';
import { signRecord, type SignedRecord } from './signedrecord.ts';

/**
 * A record of ours that follows our addresses. Its number is the time, so that it is higher also after a restart; where the
 * computer's time was set back, the number that others cannot have seen yet.
 */
export class OwnRecord {
  readonly #identity: Identity;
  readonly #clock: Clock;
  #record: SignedRecord;

  /** @throws NetworkError ADDRESS_MALFORMED */
  constructor(
    { identity, clock }: { identity: Identity; clock: Clock },
    addresses: readonly string[] = [],
    { firstSeq = 0n }: { firstSeq?: bigint } = {},
  ) {
    this.#identity = identity;
    this.#clock = clock;
    this.#record = signRecord(identity, { seq: later(BigInt(clock.now()), firstSeq), addresses });
  }

  get record(): SignedRecord {
    return this.#record;
  }

  /** @throws NetworkError ADDRESS_MALFORMED; DiscoveryError RECORD_MALFORMED when there are too many addresses */
  change(addresses: readonly string[]): void {
    const now = BigInt(this.#clock.now());
    this.#record = signRecord(this.#identity, { seq: later(now, this.#record.seq + 1n), addresses });
  }
}

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);
