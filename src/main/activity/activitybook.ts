import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { say, sentence, type Sentence } from '../../shared/i18n/say.ts';
import { encode } from '../../shared/json.ts';
import type { ActivityRow } from '../../shared/rows.ts';
import { writeFileDurably } from '../engine/stores/durablefile.ts';
import { diskFiles } from '../engine/stores/filesystem.ts';
import type { Logger } from '../engine/logger.ts';
import { rowIn } from './storedrow.ts';

export interface ActivityBookModules {
  /** Where the rows are shown. */
  readonly rows: { set(row: ActivityRow): void; delete(id: string): void };
  readonly logger: Logger;
  /** Chain time where it is known, Unix seconds. */
  readonly now: () => number | undefined;
  readonly nowMs?: () => number;
}

export interface ActivityBookOptions {
  readonly dataDir: string;
  /** Kept of those that come all the time, and of all others: money must not be pushed out by requests not taken. */
  readonly routineKept?: number;
  readonly kept?: number;
}

/** What an event says beside its sentence. */
export type Told = Pick<ActivityRow, 'saleId' | 'offerId' | 'amount'>;

/**
 * What happened, in the order in which it did: lines of the engine and of the program around it. The newest are kept over
 * restarts, in `activity.ndjson` of the data folder. They are a comfort: what cannot be written is logged once.
 */
export class ActivityBook {
  readonly #modules: Required<ActivityBookModules>;
  readonly #options: Required<ActivityBookOptions>;
  readonly #rows = new Map<string, ActivityRow>();
  /** The last line of the file may have been cut off: by a crash before this start, or by a full disk. */
  #mayBeTorn = true;
  #lastId = 0;
  #unwritten: string[] = [];
  #written = 0;
  #writing: Promise<void> | undefined;
  #loading: Promise<void> | undefined;
  #isFaulty = false;

  constructor(modules: ActivityBookModules, options: ActivityBookOptions) {
    this.#modules = { nowMs: Date.now, ...modules };
    this.#options = { routineKept: 200, kept: 300, ...options };
  }

  /** Shows what happened before this start; idempotent. Says so when the program ended without having been stopped. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  tell(kind: ActivityRow['kind'], told: Sentence, more: Told = {}): void {
    const last = this.#newest()?.at ?? 0;
    // Where the chain does not tell the time it is at least as late as it was.
    const at = this.#modules.now() ?? Math.max(last, Math.floor(this.#modules.nowMs() / 1000));
    this.add({ at, kind, text: say(told), sentence: told, ...more });
  }

  /** A line of the engine, which counts its own from the beginning at each start. */
  add({ id: _engines, ...row }: Omit<ActivityRow, 'id' | 'atMs'> & { readonly id?: string }): void {
    const atMs = this.#modules.nowMs();
    // Rises also where the clock was set back.
    this.#lastId = Math.max(this.#lastId + 1, atMs);
    this.#keep({ ...row, id: String(this.#lastId).padStart(15, '0'), atMs }, true);
  }

  /** Waits until all is written. */
  async settle(): Promise<void> {
    await this.#loading;
    while (this.#writing) await this.#writing;
  }

  #newest(): ActivityRow | undefined {
    return [...this.#rows.values()].at(-1);
  }

  #keep(row: ActivityRow, isNew: boolean): void {
    const { routineKept, kept } = this.#options;
    this.#rows.set(row.id, row);
    this.#modules.rows.set(row);
    const isRoutine = routine.has(row.kind);
    const alike = [...this.#rows.values()].filter(({ kind }) => routine.has(kind) === isRoutine);
    const [oldest] = alike;
    if (oldest && alike.length > (isRoutine ? routineKept : kept)) {
      this.#rows.delete(oldest.id);
      this.#modules.rows.delete(oldest.id);
    }
    if (!isNew) return;
    this.#unwritten.push(`${encode(row)}\n`);
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  async #load(): Promise<void> {
    let text = '';
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#failed(error);
    }
    const before = text.split('\n').flatMap((line) => (line === '' ? [] : (rowIn(line) ?? [])));
    const since = [...this.#rows.values()];
    for (const { id } of since) this.#rows.delete(id);
    this.#written = before.length;
    for (const { id } of before) this.#lastId = Math.max(this.#lastId, Number(id));
    for (const row of before.slice(-this.#most)) this.#keep(row, false);
    for (const row of since) this.#keep(row, false);
    const last = before.findLast(({ sentence }) => sentence !== undefined && marks.has(sentence.key));
    if (last?.sentence?.key === 'activity.nodeStarted')
      this.tell('nodeFailed', sentence('activity.nodeCutOff'));
  }

  async #write(): Promise<void> {
    // In one piece what comes in one turn.
    await Promise.resolve();
    while (this.#unwritten.length > 0) {
      const lines = this.#unwritten.splice(0);
      try {
        await mkdir(dirname(this.#path), { recursive: true });
        this.#written += lines.length;
        // A file that was never read may hold more than what is known here.
        if (this.#loading && this.#written > 2 * this.#most) await this.#rewrite();
        else await appendFile(this.#path, `${this.#mayBeTorn ? '\n' : ''}${lines.join('')}`, { mode: 0o600 });
        this.#mayBeTorn = false;
      } catch (error) {
        this.#mayBeTorn = true;
        this.#failed(error);
      }
    }
  }

  async #rewrite(): Promise<void> {
    const rows = [...this.#rows.values()];
    await writeFileDurably(this.#path, rows.map((row) => `${encode(row)}\n`).join(''), diskFiles, {
      mode: 0o600,
    });
    this.#written = rows.length;
  }

  #failed(error: unknown): void {
    if (!this.#isFaulty) this.#modules.logger.warn('What happened cannot be kept over a restart', { error });
    this.#isFaulty = true;
  }

  get #most(): number {
    return this.#options.routineKept + this.#options.kept;
  }

  get #path(): string {
    return join(this.#options.dataDir, 'activity.ndjson');
  }
}

const routine = new Set<ActivityRow['kind']>(['downloading', 'proof', 'refused']);
/** By the last of them one knows how the run before ended. */
const marks = new Set<string>([
  'activity.nodeStarted',
  'activity.nodeStopped',
  'activity.nodeFailed',
  'activity.nodeCutOff',
]);
