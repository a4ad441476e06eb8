import type { StorageState } from '../shared/api.ts';
import { describeError } from './engine/errors.ts';
import { abortScope, isAborted, type AbortScope } from './engine/lib/abort.ts';
import { Mutex } from './engine/lib/mutex.ts';
import type { Logger } from './engine/logger.ts';
import { SlotMove, type MoveModules, type MoveProgress } from './engine/stores/moveslots.ts';

/** Moves the slots of a data folder beside the node, for those who look on. One move at a time. */
export class StorageMover {
  readonly #move: SlotMove;
  readonly #nodeFolder: string;
  readonly #logger: Logger;
  readonly #oneAtATime = new Mutex();
  #copying: { readonly scope: AbortScope; readonly ended: Promise<void> } | undefined;
  #progress: MoveProgress | undefined;
  #failure: string | undefined;
  #isStopped = false;
  readonly #nowMs: () => number;
  #own: { readonly bytes: number; readonly atMs: number } | undefined;

  constructor(modules: MoveModules) {
    this.#move = new SlotMove(modules);
    this.#nodeFolder = modules.dataDir;
    this.#logger = modules.logger;
    this.#nowMs = modules.nowMs ?? (() => performance.now());
  }

  async state(): Promise<StorageState> {
    const { folder, move, leaving } = await this.#move.place();
    const shown = move && {
      ...move,
      isRunning: this.#copying !== undefined,
      ...this.#progress,
      ...(this.#failure !== undefined && { failure: this.#failure }),
    };
    const disk = await this.#disk();
    return {
      folder,
      nodeFolder: this.#nodeFolder,
      ...(disk && { disk }),
      ...(shown && { move: shown }),
      ...(leaving !== undefined && { leaving }),
    };
  }

  /** @throws StoreError when `begin` would refuse the folder */
  demandUsable(folder: string): Promise<void> {
    return this.#move.demandUsable(folder);
  }

  /** Resolves once it has begun; called again with the same folder it goes on. @throws StoreError as `SlotMove.begin` */
  async begin(folder: string): Promise<void> {
    await this.#oneAtATime.run(async () => {
      const running = this.#copying;
      const to = await this.#move.begin(folder);
      // One that ended meanwhile may have been undone by this beginning.
      if ((running && running === this.#copying) || this.#isStopped) return;
      const scope = abortScope();
      this.#failure = undefined;
      this.#copying = { scope, ended: this.#copy(to, scope) };
    });
  }

  async cancel(): Promise<void> {
    await this.#oneAtATime.run(async () => {
      await this.#end();
      await this.#move.cancel();
    });
  }

  /** What was copied stays, and is gone on with when somebody asks for it. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#oneAtATime.run(() => this.#end());
  }

  /** What is ours is counted anew now and then only: there may be thousands of files. */
  async #disk(): Promise<StorageState['disk']> {
    const disk = await this.#move.disk();
    if (!disk) return undefined;
    const nowMs = this.#nowMs();
    if (!this.#own || nowMs - this.#own.atMs >= COUNTED_FOR_MS)
      this.#own = { bytes: await this.#move.slotBytes(), atMs: nowMs };
    return { freeBytes: disk.freeBytes, sizeBytes: disk.totalBytes, ownBytes: BigInt(this.#own.bytes) };
  }

  async #end(): Promise<void> {
    this.#copying?.scope.abort();
    await this.#copying?.ended;
  }

  async #copy(to: string, scope: AbortScope): Promise<void> {
    try {
      const onProgress = (progress: MoveProgress) => void (this.#progress = progress);
      await this.#move.copy(to, { signal: scope.signal, onProgress });
      this.#logger.notice('All slots are copied; the next start of the node uses the copies', { to });
    } catch (error) {
      if (isAborted(error)) return;
      this.#failure = describeError(error);
      this.#logger.error('The slots could not be copied to another folder', { to, error });
    } finally {
      this.#copying = undefined;
      this.#progress = undefined;
      scope[Symbol.dispose]();
    }
  }
}

const COUNTED_FOR_MS = 10_000;
