import type { RequestId } from '../../../src/main/engine/contracts/ids.ts';
import type { ChainEvent, MarketEvent } from '../../../src/main/engine/market/market.ts';
import { Violation } from '../simulation/violation.ts';

/**
 * What a listener was told, put together: what was told and not taken back. Nothing is told twice without having been
 * taken back in between, and nothing is taken back that was not told. When a process dies he forgets what the market had
 * not stored yet, as who kept his own records with the market's would: then the next life tells it once more.
 */
export class EventLedger {
  #standing = new Map<string, ChainEvent>();
  #stored: ReadonlyMap<string, ChainEvent> = new Map();
  /** The first thing that was wrong. A listener that throws would only be reported. */
  fault: Violation | undefined;
  told = 0;
  takenBack = 0;

  beginLife(): void {
    this.#standing = new Map(this.#stored);
  }

  /** The market stored how far it told. */
  written(): void {
    this.#stored = new Map(this.#standing);
  }

  hear(event: MarketEvent): void {
    if (event.name === 'TakenBack') {
      const key = keyOf(event.event);
      if (!this.#standing.delete(key)) this.fault ??= new Violation('taken back what was not told', { key });
      this.takenBack++;
      return;
    }
    const key = keyOf(event);
    if (this.#standing.has(key)) this.fault ??= new Violation('told twice', { key });
    this.#standing.set(key, event);
    this.told++;
  }

  get keys(): ReadonlySet<string> {
    return new Set(this.#standing.keys());
  }

  isToldOf(requestId: RequestId): boolean {
    const events = [...this.#standing.values()];
    return events.some((event) => event.name === 'StorageRequested' && event.requestId === requestId);
  }
}

/** Where it stands may change when a block is replaced; what it says does not. */
export function keyOf(event: ChainEvent): string {
  const { blockNumber: _block, logIndex: _index, transactionHash, ...said } = event;
  return `${transactionHash} ${JSON.stringify(said, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))}`;
}
