import type { ChainEvent, MarketEvent } from '../../../src/main/engine/market/market.ts';
import { Violation } from '../simulation/violation.ts';

/**
 * What a listener was told, put together: what was told and not taken back. In one life of the market nothing is told
 * twice without having been taken back in between, and nothing is taken back that was not told.
 */
export class EventLedger {
  readonly #standing = new Map<string, ChainEvent>();
  #toldInThisLife = new Set<string>();
  #takenBackInThisLife = new Set<string>();
  /** In earlier lives; a crash may have come before that was written down. */
  readonly #takenBackBefore = new Set<string>();
  /** The first thing that was wrong. A listener that throws would only be reported. */
  fault: Violation | undefined;
  told = 0;
  takenBack = 0;

  /** After a crash what was told or taken back shortly before may be told or taken back once more. */
  beginLife(): void {
    for (const key of this.#takenBackInThisLife) this.#takenBackBefore.add(key);
    this.#takenBackInThisLife = new Set();
    this.#toldInThisLife = new Set();
  }

  hear(event: MarketEvent): void {
    if (event.name === 'TakenBack') {
      const key = keyOf(event.event);
      const wasTold = this.#standing.delete(key) || this.#takenBackBefore.delete(key);
      if (!wasTold) this.fault ??= new Violation('taken back what was not told', { key });
      this.#takenBackInThisLife.add(key);
      this.#toldInThisLife.delete(key);
      this.takenBack++;
      return;
    }
    const key = keyOf(event);
    if (this.#toldInThisLife.has(key)) this.fault ??= new Violation('told twice', { key });
    this.#toldInThisLife.add(key);
    this.#standing.set(key, event);
    this.told++;
  }

  get keys(): ReadonlySet<string> {
    return new Set(this.#standing.keys());
  }
}

/** Where it stands may change when a block is replaced; what it says does not. */
export function keyOf(event: ChainEvent): string {
  const { blockNumber: _block, logIndex: _index, transactionHash, ...said } = event;
  return `${transactionHash} ${JSON.stringify(said, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))}`;
}
