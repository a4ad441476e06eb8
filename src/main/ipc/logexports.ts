import { sentence } from '../../shared/i18n/say.ts';
import { randomUUID } from 'node:crypto';
import type { LogExportBegun, LogExportStep } from '../../shared/api.ts';
import { fitterOf, type LogFilter } from '../../shared/logfilter.ts';
import { exportGone, openExport, type ExportFile } from '../exportfile.ts';
import type { Logger } from '../engine/logger.ts';
import type { LogArchive } from '../logging/archive.ts';
import { exportedLine, type LogRecord } from '../logging/records.ts';
import type { ChooseFile } from './wallet-handlers.ts';

export interface LogExportWish {
  readonly filter: LogFilter;
  readonly from?: LogPlace | undefined;
  readonly until?: LogPlace | undefined;
  readonly to: 'file' | 'text';
}

/** A line by its time and its record. */
interface LogPlace {
  readonly timeMs: number;
  readonly json: string;
}

export interface LogExportModules {
  readonly archive: LogArchive;
  readonly chooseFile?: ChooseFile | undefined;
  /** Told of one that is done. */
  readonly onDone?: (lines: number) => void;
  /** Told of one that could not be taken away at the end. */
  readonly logger?: Pick<Logger, 'warn'> | undefined;
  readonly signal: AbortSignal;
}

/**
 * Exports of the log that are under way. Each goes on by steps that are asked for, so that it can be called off between
 * any two, and one of which nobody wants more costs nothing; of those only the newest few are kept.
 */
export class LogExports {
  readonly #modules: LogExportModules;
  readonly #running = new Map<string, Running>();
  #isClosed = false;

  constructor(modules: LogExportModules) {
    this.#modules = modules;
  }

  /** @throws ExportError EXPORT_UNWRITABLE */
  async begin({ to, ...wish }: LogExportWish): Promise<LogExportBegun> {
    const { archive, chooseFile, signal } = this.#modules;
    const name = `slotkeeper-log-${new Date().toISOString().slice(0, 10)}.ndjson`;
    const path = to === 'file' ? await chooseFile?.({ title: sentence('ask.exportLog'), name }) : undefined;
    if (to === 'file' && chooseFile && path === undefined) return { kind: 'notChosen' };
    const totalBytes = await archive.size();
    const target = path === undefined ? undefined : await openExport(path);
    const running: Running = {
      records: archive.records({ signal }),
      isWanted: wantedBy(wish),
      target,
      totalBytes,
      doneBytes: 0,
      lines: 0,
    };
    if (this.#isClosed) {
      await end(running);
      throw exportGone();
    }
    const id = randomUUID();
    this.#running.set(id, running);
    const [oldest = ''] = this.#running.keys();
    if (this.#running.size > MOST_AT_ONCE) await this.cancel(oldest);
    return { kind: 'begun', id, name, ...(path !== undefined && { file: path }) };
  }

  /** @throws ExportError EXPORT_UNWRITABLE, EXPORT_GONE; after either nothing of it is left */
  async step(id: string): Promise<LogExportStep> {
    const running = this.#running.get(id);
    if (!running) throw exportGone();
    try {
      const step = await stepOf(running);
      // Called off meanwhile: its records ended early, which is not their end.
      if (this.#running.get(id) !== running) throw exportGone();
      if (step.isDone) {
        await running.target?.finish();
        this.#modules.onDone?.(step.lines);
        await this.cancel(id);
      }
      return step;
    } catch (error) {
      this.#running.delete(id);
      await end(running);
      throw error;
    }
  }

  /** What is finished stays. */
  async cancel(id: string): Promise<void> {
    const running = this.#running.get(id);
    this.#running.delete(id);
    if (running) await end(running);
  }

  /** Calls off all there are; those that are begun later are gone at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ended = await Promise.allSettled([...this.#running.keys()].map((id) => this.cancel(id)));
    for (const result of ended) {
      if (result.status === 'rejected')
        this.#modules.logger?.warn('An export was not taken away', { error: result.reason as unknown });
    }
  }
}

/** Waits for the step that is under way. */
async function end({ records, target }: Running): Promise<void> {
  try {
    await records.return(undefined);
  } finally {
    await target?.discard();
  }
}

interface Running {
  readonly records: AsyncGenerator<LogRecord, unknown>;
  readonly isWanted: Wanted;
  readonly target: ExportFile | undefined;
  readonly totalBytes: number;
  doneBytes: number;
  lines: number;
}

type Wanted = (record: LogRecord) => boolean | 'end';

async function stepOf(running: Running): Promise<LogExportStep> {
  const { records, isWanted, target, totalBytes } = running;
  const lines: string[] = [];
  let isDone = false;
  for (let bytes = 0; bytes < BYTES_A_STEP;) {
    const { value: record, done } = (await records.next()) as IteratorResult<LogRecord, undefined>;
    const wanted = done ? 'end' : isWanted(record);
    if (done || wanted === 'end') {
      isDone = true;
      break;
    }
    const size = Buffer.byteLength(record.json) + 1;
    bytes += size;
    running.doneBytes += size;
    if (wanted) lines.push(`${exportedLine(record)}\n`);
  }
  running.lines += lines.length;
  const text = lines.join('');
  await target?.write(text);
  const doneBytes = isDone ? totalBytes : Math.min(running.doneBytes, totalBytes);
  return { isDone, lines: running.lines, doneBytes, totalBytes, ...(!target && { text }) };
}

/** Whether a record is among those from one line to another that fit. They come in the order of the files. */
function wantedBy({ filter, from, until }: Omit<LogExportWish, 'to'>): Wanted {
  const fits = fitterOf(filter);
  let hasBegun = from === undefined;
  let hasEnded = false;
  return (record) => {
    if (hasEnded) return 'end';
    // A line that its file has let go of is passed all the same.
    hasBegun ||= from !== undefined && (record.json === from.json || record.timeMs > from.timeMs);
    if (!hasBegun) return false;
    if (until && record.json === until.json) hasEnded = true;
    else if (until && record.timeMs > until.timeMs) return 'end';
    return fits(record);
  };
}

const BYTES_A_STEP = 1_000_000;
const MOST_AT_ONCE = 4;
