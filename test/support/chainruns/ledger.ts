import type { RequestId } from '../../../src/main/engine/contracts/ids.ts';
import type { ChainEvent, MarketEvent } from '../../../src/main/engine/market/market.ts';
import { Violation } from '../simulation/violation.ts';

/**
 * What a listener was told, put together: what was told and not taken back. In one life of the market nothing is told
 * twice without having been taken back in between, and nothing is taken back that was not told. What was told and not
 * yet written down when a process died, the next life cannot know: where a fork takes it meanwhile, nobody says so.
 */
export class EventLedger {
  readonly #standing = new Map<string, ChainEvent>();
  #toldInThisLife = new Set<string>();
  #takenBackInThisLife = new Set<string>();
  /** In earlier lives; a crash may have come before that was written down. */
  readonly #takenBackBefore = new Set<string>();
  #unwritten = new Set<string>();
  readonly #forgotten = new Set<string>();
  /** The first thing that was wrong. A listener that throws would only be reported. */
  fault: Violation | undefined;
  told = 0;
  takenBack = 0;

  /** After a crash what was told or taken back shortly before may be told or taken back once more. */
  beginLife(): void {
    for (const key of this.#takenBackInThisLife) this.#takenBackBefore.add(key);
    this.#takenBackInThisLife = new Set();
    this.#toldInThisLife = new Set();
    for (const key of this.#unwritten) this.#forgotten.add(key);
    this.#unwritten = new Set();
  }

  /** All that was told so far is stored. */
  written(): void {
    this.#unwritten = new Set();
  }

  hear(event: MarketEvent): void {
    if (event.name === 'TakenBack') {
      const key = keyOf(event.event);
      const wasTold = this.#standing.delete(key) || this.#takenBackBefore.delete(key);
      if (!wasTold) this.fault ??= new Violation('taken back what was not told', { key });
      this.#takenBackInThisLife.add(key);
      this.#toldInThisLife.delete(key);
      this.#unwritten.delete(key);
      this.takenBack++;
      return;
    }
    const key = keyOf(event);
    if (this.#toldInThisLife.has(key)) this.fault ??= new Violation('told twice', { key });
    this.#toldInThisLife.add(key);
    this.#standing.set(key, event);
    this.#unwritten.add(key);
    this.#forgotten.delete(key);
    this.told++;
  }

  get keys(): ReadonlySet<string> {
    return new Set(this.#standing.keys());
  }

  /** Whether the market no longer knew that it had told it when it began its present life. */
  isForgotten(key: string): boolean {
    return this.#forgotten.has(key);
  }

  isRequestForgotten(requestId: RequestId): boolean {
    return [...this.#forgotten].some((key) => {
      const event = this.#standing.get(key);
      return event?.name === 'StorageRequested' && event.requestId === requestId;
    });
  }
}

/** Where it stands may change when a block is replaced; what it says does not. */
export function keyOf(event: ChainEvent): string {
  const { blockNumber: _block, logIndex: _index, transactionHash, ...said } = event;
  return `${transactionHash} ${JSON.stringify(said, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))}`;
}
