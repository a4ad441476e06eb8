import { StoreError } from '../../../src/main/engine/stores/errors.ts';
import { MemoryDatabase } from '../memorydatabase.ts';
import type { Operation } from '../../../src/main/engine/stores/database.ts';

/** The database of one life of a process, over records that outlive it. Once dead it takes nothing more. */
export class MortalDatabase extends MemoryDatabase {
  override readonly records: Map<string, string>;
  readonly #onWritten: (keys: readonly string[]) => void;
  #isDead = false;

  /** `onWritten` is told what a batch wrote once it is there to stay. */
  constructor(records: Map<string, string>, onWritten: (keys: readonly string[]) => void = () => {}) {
    super();
    this.records = records;
    this.#onWritten = onWritten;
  }

  die(): void {
    this.#isDead = true;
  }

  override async batch(operations: readonly Operation[]): Promise<void> {
    if (this.#isDead) throw new StoreError('DATABASE_FAILED', { reason: 'the process is dead' });
    await super.batch(operations);
    this.#onWritten(operations.map(({ key }) => key));
  }
}
