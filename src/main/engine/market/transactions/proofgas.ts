import type { StoredTransaction } from '../../contracts/storedtransaction.ts';

/** What proofs cost, by those that were mined lately. */
export class ProofGas {
  readonly #records: () => Iterable<StoredTransaction>;

  constructor(records: () => Iterable<StoredTransaction>) {
    this.#records = records;
  }

  /** Gas of one; until one was mined, more than it will be: with a true verifier and on the way to a first one. */
  perProof(): bigint {
    const used = this.#mined()
      .slice(-20)
      .map(({ gasUsed }) => gasUsed);
    return used.length === 0
      ? GAS_BEFORE_FIRST
      : used.reduce((sum, gas) => sum + gas, 0n) / BigInt(used.length);
  }

  /** How many there are a day, at the rate of the last day; undefined as long as less than a few are known. */
  perDay(now: number): number | undefined {
    const lately = this.#mined().filter(({ minedAt }) => minedAt > now - DAY);
    const [first] = lately;
    if (!first || lately.length < 3 || now <= first.minedAt) return undefined;
    return (lately.length * DAY) / (now - first.minedAt);
  }

  #mined() {
    return [...this.#records()]
      .flatMap(({ purpose, state, inclusion }) =>
        purpose === 'prove' && state === 'mined' && inclusion ? [inclusion] : [],
      )
      .sort((a, b) => a.minedAt - b.minedAt);
  }
}

const GAS_BEFORE_FIRST = 350_000n;
const DAY = 86_400;
