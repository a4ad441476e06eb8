import type { SlotId } from '../../contracts/ids.ts';
import type {
  StoredPurpose,
  StoredTransaction,
  TransactionVersion,
} from '../../contracts/storedtransaction.ts';
import { Emitter } from '../../lib/emitter.ts';
import { MultiMap } from '../../lib/multimap.ts';
import { Mutex } from '../../lib/mutex.ts';
import type { Logger } from '../../logger.ts';

/** Where the account's transactions are kept; filled by the composition root, since it lies on another floor. */
export interface TransactionStore {
  load(): Promise<readonly StoredTransaction[]>;
  /** All or nothing, and on the disk when it resolves. */
  save(changed: readonly StoredTransaction[], deleted?: readonly StoredTransaction[]): Promise<void>;
}

/** What a transaction is to bring about; two of the same subject would bring about the same. */
export interface Subject {
  readonly purpose: StoredPurpose;
  readonly slotId?: SlotId | undefined;
  readonly period?: number | undefined;
}

/**
 * The account's transactions: in memory, and in the store. Whatever must be on the disk before something is sent is
 * there when the call resolves; what the chain tells is written down as well as can be, since it can be asked again.
 *
 * Kept are those that are settled for 45 days, which is longer than a request may last, so that what a sale cost and
 * that its fill was mined can be told as long as it runs; proofs, of which there are hundreds a day, for two days.
 */
export class TransactionBook {
  /** Each record that changed, as it is now. */
  readonly changes = new Emitter<StoredTransaction>();
  readonly #store: TransactionStore;
  readonly #logger: Logger;
  readonly #recordsById = new Map<string, StoredTransaction>();
  readonly #idsBySlot = new MultiMap<SlotId, string>();
  readonly #unsettled = new Set<string>();
  readonly #writing = new Mutex();
  /** The first nonce that is free by what is known here. */
  #nextNonce = 0;

  constructor({ store, logger }: { store: TransactionStore; logger: Logger }) {
    this.#store = store;
    this.#logger = logger;
  }

  get nextNonce(): number {
    return this.#nextNonce;
  }

  async load(): Promise<void> {
    for (const record of await this.#store.load()) this.#remember(record);
  }

  get(id: string): StoredTransaction | undefined {
    return this.#recordsById.get(id);
  }

  /** Oldest first. */
  of(slotId: SlotId): StoredTransaction[] {
    return sorted([...this.#idsBySlot.get(slotId)].flatMap((id) => this.#recordsById.get(id) ?? []));
  }

  /** Those of which something may still change, the lowest nonce first. */
  unsettled(): StoredTransaction[] {
    return sorted([...this.#unsettled].flatMap((id) => this.#recordsById.get(id) ?? []));
  }

  /** Those whose nonce is not used on the chain yet, the lowest first. */
  unmined(): StoredTransaction[] {
    return this.unsettled().filter(isUnmined);
  }

  /** The newest of a subject that is not gone. */
  newestOf({ purpose, slotId, period }: Subject): StoredTransaction | undefined {
    if (slotId === undefined) return undefined;
    return this.of(slotId).findLast(
      (record) => record.purpose === purpose && record.period === period && record.state !== 'gone',
    );
  }

  /** Of whichever version. */
  withHash(hash: string): StoredTransaction | undefined {
    return (
      this.#recordsById.get(hash) ??
      [...this.#recordsById.values()].find(({ versions }) =>
        versions.some((version) => version.hash === hash),
      )
    );
  }

  all(): IterableIterator<StoredTransaction> {
    return this.#recordsById.values();
  }

  /** A nonce is taken by somebody else, so that none of ours may use it. */
  usedByOthers(nonce: number): void {
    this.#nextNonce = Math.max(this.#nextNonce, nonce + 1);
  }

  /** On the disk when it resolves. When that fails it is as if it had not been called. */
  async add(record: StoredTransaction): Promise<void> {
    await this.#writing.run(async () => {
      await this.#store.save([record]);
      this.#remember(record);
    });
    this.changes.emit(record);
  }

  /** As `add`. */
  async addVersion(
    id: string,
    version: TransactionVersion,
    changes: Partial<StoredTransaction> = {},
  ): Promise<void> {
    await this.#change(id, async (record) => {
      const next = { ...record, ...changes, versions: [...record.versions, version] };
      await this.#store.save([next]);
      return next;
    });
  }

  /** Writes down what became known of it; in memory also when the disk fails. Rejects never. */
  async note(id: string, changes: (record: StoredTransaction) => StoredTransaction): Promise<void> {
    await this.#change(id, async (record) => {
      const next = changes(record);
      await this.#try(() => this.#store.save([next]));
      return next;
    });
  }

  /** One that certainly nobody has: its nonce is free again. */
  async drop(id: string): Promise<void> {
    await this.#writing.run(async () => {
      const record = this.#recordsById.get(id);
      if (!record) return;
      // Kept on the disk it would be sent after a restart, so memory follows only then.
      await this.#store.save([], [record]);
      this.#forget(record);
      if (record.nonce === this.#nextNonce - 1) this.#nextNonce = record.nonce;
    });
  }

  /** Forgets what is settled for so long that nobody asks for it any more. */
  async prune(nowSeconds: number): Promise<void> {
    await this.#writing.run(async () => {
      const old = [...this.#recordsById.values()].filter((record) => isOld(record, nowSeconds));
      if (old.length === 0) return;
      await this.#try(async () => {
        await this.#store.save([], old);
        for (const record of old) this.#forget(record);
      });
    });
  }

  async #change(
    id: string,
    change: (record: StoredTransaction) => Promise<StoredTransaction>,
  ): Promise<void> {
    const next = await this.#writing.run(async () => {
      const record = this.#recordsById.get(id);
      if (!record) return undefined;
      const next = await change(record);
      this.#remember(next);
      return next;
    });
    if (next) this.changes.emit(next);
  }

  async #try(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#logger.error(
        'What became of a transaction could not be written down; after a restart it is looked for again',
        {
          error,
        },
      );
    }
  }

  #remember(record: StoredTransaction): void {
    const { id, slotId, nonce, isSettled, goneBecause } = record;
    this.#recordsById.set(id, record);
    if (slotId !== undefined) this.#idsBySlot.add(slotId, id);
    if (isSettled) this.#unsettled.delete(id);
    else this.#unsettled.add(id);
    // Of one whose nonce somebody else has used, the chain says what comes next.
    if (goneBecause !== 'nonceTaken') this.#nextNonce = Math.max(this.#nextNonce, nonce + 1);
  }

  #forget({ id, slotId }: StoredTransaction): void {
    this.#recordsById.delete(id);
    this.#unsettled.delete(id);
    if (slotId !== undefined) this.#idsBySlot.delete(slotId, id);
  }
}

export const isUnmined = ({ inclusion, isSettled }: StoredTransaction): boolean => !inclusion && !isSettled;

/** What it stands for now: the version made last. */
export function newestVersion({ versions }: StoredTransaction): TransactionVersion {
  const version = versions.at(-1);
  if (!version) throw new Error('A transaction without a version');
  return version;
}

/** Without what only sending needs. */
export function settled(record: StoredTransaction): StoredTransaction {
  const versions = record.versions.map(({ data: _data, raw: _raw, ...version }) => version);
  return { ...record, versions, isSettled: true };
}

const sorted = (records: StoredTransaction[]): StoredTransaction[] =>
  records.sort((a, b) => a.nonce - b.nonce || a.storedAtMs - b.storedAtMs);

function isOld(
  { isSettled, purpose, inclusion, storedAtMs }: StoredTransaction,
  nowSeconds: number,
): boolean {
  const at = inclusion?.minedAt ?? storedAtMs / 1000;
  return isSettled && nowSeconds - at > (purpose === 'prove' ? PROOF_DAYS : OTHER_DAYS) * 86_400;
}

const PROOF_DAYS = 2;
const OTHER_DAYS = 45;
