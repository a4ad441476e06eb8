import type { SlotId } from '../contracts/ids.ts';
import { isEngineError } from '../errors.ts';
import { abortScope, throwIfAborted } from '../lib/abort.ts';
import { sleep } from '../lib/retry.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import { BLOCK_SIZE } from '../network/blocknetwork.ts';
import type { Database } from '../stores/database.ts';
import { ScrubRecords, type ScrubPlace, type SlotCheck } from '../stores/scrubrecords.ts';
import type { SlotStore } from '../stores/slotstore.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import type { LocalSlotHost } from './host.ts';
import { isWhole } from './slotreader.ts';
import { harmedPaths, trueManifest } from './slotproofs.ts';

export interface ScrubModules {
  readonly slotStore: SlotStore;
  readonly host: Pick<LocalSlotHost, 'onDoubt' | 'onMissing'>;
  readonly database: Database;
  readonly logger: Logger;
}

export interface ScrubOptions {
  /** Never read faster than this; 4 MiB/s. */
  readonly bytesPerSecond?: number;
  /** How long a round over everything takes at least, and at most where `bytesPerSecond` allows it; a week. */
  readonly roundSeconds?: number;
  /** Whether the disk is needed for something that cannot wait: a proof, a download. */
  readonly isBusy?: () => boolean;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Wall time. Only told, never reckoned with. */
  readonly nowMs?: () => number;
}

/**
 * Reads again all that is held, round after round and slowly, and compares it with what was verified when it came. A
 * block that is harmed or cannot be read is durably struck out, so that it is neither served nor proven as if it were
 * there, and whoever sells the slot is told and fetches it again. A slot in which harm was found otherwise is read at
 * once, at full speed: where one block of a disk is lost, there are often more. Its place outlives a restart.
 */
export class Scrub {
  readonly #modules: ScrubModules;
  readonly #options: Required<ScrubOptions>;
  #bytesPerSecond: number;
  readonly #records: ScrubRecords;
  readonly #checks = new Map<SlotId, SlotCheck>();
  readonly #suspects = new Set<SlotId>();
  readonly #stopping = new AbortController();
  readonly #tasks: Tasks;
  #unsubscribe: (() => void)[] = [];
  #place: ScrubPlace | undefined;
  #unsavedMs = 0;
  #rate: { readonly bytesPerSecond: number; ageMs: number } | undefined;
  /** Slept for others, since somebody last was not busy. */
  #pausedMs = 0;
  /** The slot that is read at the moment. */
  #reading: SlotId | undefined;
  #wake = () => {};

  constructor(modules: ScrubModules, options: ScrubOptions = {}) {
    const { logger } = modules;
    this.#modules = modules;
    this.#options = {
      bytesPerSecond: 4 * 2 ** 20,
      roundSeconds: 7 * 86_400,
      isBusy: () => false,
      sleep,
      nowMs: Date.now,
      ...options,
    };
    this.#bytesPerSecond = this.#options.bytesPerSecond;
    this.#records = new ScrubRecords(modules);
    this.#tasks = new Tasks((error) => logger.error('What is held is no longer checked', { error }));
  }

  /** Of each slot the last time that all of it was read. */
  get checks(): ReadonlyMap<SlotId, SlotCheck> {
    return this.#checks;
  }

  start(): void {
    const { slotStore, host } = this.#modules;
    this.#unsubscribe.push(
      slotStore.onStruckOut.subscribe(({ slotId }) => this.suspect(slotId)),
      host.onDoubt.subscribe((slotId) => this.suspect(slotId)),
    );
    this.#tasks.track('scrub', this.#run(this.#stopping.signal));
  }

  /** Nothing of it runs any more, and its place is kept. Idempotent. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#stopping.abort();
    await this.#tasks.settle();
  }

  /** Never read faster than this from the next few blocks on. */
  setRate(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#rate = undefined;
  }

  /** The slot is read next, all of it. */
  suspect(slotId: SlotId): void {
    if (this.#reading === slotId) return;
    this.#suspects.add(slotId);
    this.#wake();
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      await this.#again(signal, () => this.#load());
      for (;;) await this.#again(signal, () => this.#round(signal));
    } finally {
      await this.#savePlace();
    }
  }

  /** Until it succeeds. A disk that is gone is told of a few times, not thousands. */
  async #again(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        return await work();
      } catch (error) {
        throwIfAborted(signal);
        if (Number.isInteger(Math.log2(failures)))
          this.#modules.logger.warn('What is held cannot be checked now; it is tried again', { error });
        await this.#options.sleep(
          Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10), HOUR_MS),
          signal,
        );
      }
    }
  }

  async #load(): Promise<void> {
    for (const check of await this.#records.checks()) this.#checks.set(check.slotId, check);
    this.#place = await this.#records.place();
  }

  /** Over all slots in the order of their ids, from the place on. */
  async #round(signal: AbortSignal): Promise<void> {
    const slots = await this.#modules.slotStore.list();
    this.#rate = undefined;
    let hasRead = false;
    const pay = async (bytes: number) => {
      hasRead ||= bytes > 0;
      await this.#pay(bytes, signal);
    };
    for (const slotId of slots) {
      if (this.#place && slotId < this.#place.slotId) continue;
      if (this.#place?.slotId !== slotId) this.#place = { slotId, position: 0, harmedBlocks: 0 };
      await this.#checkSlot(this.#place, pay, signal, (place) => (this.#place = place));
      await this.#savePlace();
    }
    const known = new Set<SlotId>(slots);
    const gone = [...this.#checks.values()].filter(({ slotId }) => !known.has(slotId));
    for (const { slotId } of gone) this.#checks.delete(slotId);
    this.#place = undefined;
    await this.#keep(() => this.#records.endRound(gone));
    if (!hasRead) await this.#wait(HOUR_MS, signal);
    await this.#checkSuspects(signal);
  }

  /** One that cannot be read at all keeps no other from being read. */
  async #checkSlot(
    from: ScrubPlace,
    pay: (bytes: number) => Promise<void>,
    signal: AbortSignal,
    onPlace: (place: ScrubPlace) => void = () => {},
  ): Promise<void> {
    const { slotId } = from;
    let place = from;
    try {
      for (;;) {
        await this.#untilQuiet(signal);
        throwIfAborted(signal);
        const step = await this.#step(place);
        if (step === 'gone') return;
        place = { slotId, position: step.next, harmedBlocks: place.harmedBlocks + step.harmed };
        onPlace(place);
        if (step.isLast) break;
        await pay(step.readBytes);
      }
      await this.#noteCheck(place);
    } catch (error) {
      throwIfAborted(signal);
      // Where all are gone there is no use in going through them one by one.
      if (isEngineError(error, 'SLOT_FOLDER_GONE')) throw error;
      this.#modules.logger.warn('A held slot cannot be checked', { slotId, error });
      await this.#options.sleep(FIRST_RETRY_MS, signal);
    }
  }

  /** Reads the next few blocks of a slot, or what is kept beside them when all have been read. */
  async #step({ slotId, position }: ScrubPlace): Promise<Step | 'gone'> {
    const slot = await this.#modules.slotStore.open(slotId);
    if (!slot) return 'gone';
    this.#reading = slotId;
    try {
      const positions = held(slot, position);
      await slot.check(positions, isWhole);
      const lost = positions.filter((each) => !slot.has(each));
      this.#tellHarm(slotId, lost);
      const last = positions.at(-1);
      if (last !== undefined)
        return {
          isLast: false,
          next: last + 1,
          harmed: lost.length,
          readBytes: positions.length * BLOCK_SIZE,
        };
      return { isLast: true, next: position, harmed: await this.#checkRest(slotId, slot) };
    } catch (error) {
      if (isEngineError(error, 'SLOT_CLOSED')) return 'gone';
      throw error;
    } finally {
      this.#reading = undefined;
      await slot.close();
    }
  }

  /** Tree and manifest. Whoever sells the slot hears once a round, too, of what has been missing for longer. */
  async #checkRest(slotId: SlotId, slot: StoredSlot): Promise<number> {
    const harmed = slot.isComplete ? await harmedPaths(slot, { signal: this.#stopping.signal }) : [];
    // All digests are those of their blocks, so it is the paths that are kept with these.
    if (harmed.length > 0) await slot.check(harmed, () => false);
    this.#tellHarm(slotId, harmed);
    if (!slot.isComplete || !(await trueManifest(slot))) this.#modules.host.onMissing.emit(slotId);
    return harmed.length;
  }

  #tellHarm(slotId: SlotId, positions: readonly number[]): void {
    if (positions.length === 0) return;
    this.#modules.logger.warn(
      'Blocks on this disk are harmed and no longer count as held; where the slot is ours they are fetched again',
      { slotId, positions },
    );
  }

  async #noteCheck({ slotId, harmedBlocks }: ScrubPlace): Promise<void> {
    const check = { slotId, checkedAtMs: Math.max(0, Math.floor(this.#options.nowMs())), harmedBlocks };
    this.#checks.set(slotId, check);
    this.#modules.logger.debug('All of a held slot was checked', check);
    await this.#keep(() => this.#records.saveCheck(check));
  }

  async #checkSuspects(signal: AbortSignal): Promise<void> {
    const pay = (bytes: number) => this.#options.sleep((bytes * 1000) / this.#bytesPerSecond, signal);
    for (const slotId of this.#suspects) {
      this.#suspects.delete(slotId);
      await this.#checkSlot({ slotId, position: 0, harmedBlocks: 0 }, pay, signal);
    }
  }

  /** Waits for as long as reading so many bytes is to take; what became urgent meanwhile is done. */
  async #pay(bytes: number, signal: AbortSignal): Promise<void> {
    for (let owed = bytes; owed >= 1;) {
      const rate = await this.#currentRate();
      const ms = Math.min((owed * 1000) / rate, HOUR_MS);
      if (await this.#wait(ms, signal)) owed -= (rate * ms) / 1000;
      if (this.#unsavedMs >= SAVE_MS) await this.#savePlace();
      await this.#checkSuspects(signal);
    }
  }

  /** Bytes per second at which a round takes the time it may take. Slots come and go, so it is not kept for long. */
  async #currentRate(): Promise<number> {
    if (this.#rate && this.#rate.ageMs < HOUR_MS) return this.#rate.bytesPerSecond;
    const { roundSeconds } = this.#options;
    const total = Math.max(BLOCK_SIZE, Number(await this.#modules.slotStore.totalBytes()));
    this.#rate = { bytesPerSecond: Math.min(this.#bytesPerSecond, total / roundSeconds), ageMs: 0 };
    return this.#rate.bytesPerSecond;
  }

  /** What keeps it waiting for longer than an hour is no reason to wait any more: it reads slowly in any case. */
  async #untilQuiet(signal: AbortSignal): Promise<void> {
    while (this.#options.isBusy() && this.#pausedMs < HOUR_MS) {
      await this.#options.sleep(PAUSE_MS, signal);
      this.#pausedMs += PAUSE_MS;
    }
    if (!this.#options.isBusy()) this.#pausedMs = 0;
  }

  /** Answers with false when it was woken before. */
  async #wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#suspects.size > 0) return false;
    using scope = abortScope(signal);
    this.#wake = () => scope.abort();
    try {
      await this.#options.sleep(ms, scope.signal);
      this.#unsavedMs += ms;
      if (this.#rate) this.#rate.ageMs += ms;
      return true;
    } catch (error) {
      throwIfAborted(signal);
      if (!scope.signal.aborted) throw error;
      return false;
    } finally {
      this.#wake = () => {};
    }
  }

  async #savePlace(): Promise<void> {
    const place = this.#place;
    this.#unsavedMs = 0;
    if (place) await this.#keep(() => this.#records.savePlace(place));
  }

  /** What cannot be kept is done again after a restart, at worst. */
  async #keep(save: () => Promise<void>): Promise<void> {
    try {
      await save();
    } catch (error) {
      this.#modules.logger.warn('How far the check of the slots has come cannot be stored', { error });
    }
  }
}

type Step =
  | { readonly isLast: false; readonly next: number; readonly harmed: number; readonly readBytes: number }
  | { readonly isLast: true; readonly next: number; readonly harmed: number };

const GROUP_BLOCKS = 16;
const FIRST_RETRY_MS = 5_000;
const PAUSE_MS = 5_000;
const SAVE_MS = 60_000;
const HOUR_MS = 3_600_000;

function held(slot: StoredSlot, from: number): number[] {
  const positions: number[] = [];
  for (let at = from; at < slot.layout.steps && positions.length < GROUP_BLOCKS; at++) {
    if (slot.has(at)) positions.push(at);
  }
  return positions;
}
