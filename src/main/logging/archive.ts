import { open, type FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { LogLine, LogPage } from '../../shared/api.ts';
import { fitterOf, type LogFilter } from '../../shared/logfilter.ts';
import { throwIfAborted } from '../engine/lib/abort.ts';
import { lineOf, recordOf, type LogRecord } from './records.ts';
import { logPartNames } from './rotating-file.ts';

/** Where a search goes on: from the lines before a moment, or from where the last page ended. */
export type Before = { readonly timeMs: number } | { readonly cursor: string };

/** The log of a data folder as it lies in its files. What it takes of memory does not grow with them. */
export class LogArchive {
  readonly #folder: string;

  constructor({ folder }: { folder: string }) {
    this.#folder = folder;
  }

  /** All records there are now, the oldest first; what is written meanwhile is not among them. */
  async *records({ signal }: { signal: AbortSignal }): AsyncGenerator<LogRecord> {
    const parts = await this.#open();
    try {
      for (const part of parts) {
        for await (const { text } of linesForward(part, signal)) {
          const record = recordOf(text);
          if (record) yield record;
        }
      }
    } finally {
      await closeAll(parts);
    }
  }

  /** Bytes of all files. */
  async size(): Promise<number> {
    const parts = await this.#open();
    await closeAll(parts);
    return parts.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * The newest lines before a place that fit, at most `limit` of them, and where to go on. One call reads some MB at most,
   * so that a page may come back with few lines, or none, and still not be the last. A place holds while files are parted.
   */
  async page(
    filter: LogFilter,
    { before, limit }: { before: Before; limit: number },
    { signal }: { signal: AbortSignal },
  ): Promise<LogPage> {
    const parts = await this.#open();
    try {
      return await pageOf(parts, fitterOf(filter), { before, limit, signal });
    } finally {
      await closeAll(parts);
    }
  }

  /** Oldest first. Open files stay the ones they are, also when they get other names. */
  async #open(): Promise<Part[]> {
    const parts: Part[] = [];
    try {
      // Newest first, as files move to older names only: one that is moved meanwhile is met twice, never missed.
      for (const name of logPartNames.toReversed()) {
        const part = await openPart(join(this.#folder, name));
        if (part) parts.push(part);
      }
    } catch (error) {
      await closeAll(parts);
      throw error;
    }
    const isFirst = ({ identity }: Part, at: number) =>
      parts.findIndex((other) => other.identity === identity) === at;
    await closeAll(parts.filter((part, at) => !isFirst(part, at)));
    return parts.filter(isFirst).toReversed();
  }
}

async function openPart(path: string): Promise<Part | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size, dev, ino } = await file.stat({ bigint: true });
    return { file, size: Number(size), identity: `${dev}:${ino}` };
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Part {
  readonly file: FileHandle;
  readonly size: number;
  /** The same for the same file, whatever it is called by. */
  readonly identity: string;
}

const closeAll = async (parts: readonly Part[]): Promise<void> =>
  void (await Promise.all(parts.map(({ file }) => file.close())));

async function pageOf(
  parts: readonly Part[],
  fits: (line: LogRecord) => boolean,
  { before, limit, signal }: { before: Before; limit: number; signal: AbortSignal },
): Promise<LogPage> {
  const start = await startOf(parts, before);
  if (!start) return { lines: [], leftBytes: 0 };
  let { at, offset } = start;
  let isSkipping = 'timeMs' in before;
  let budget = BYTES_A_PAGE;
  const found: LogLine[] = [];
  for (; at >= 0; offset = parts[--at]?.size ?? 0) {
    const part = parts[at];
    if (!part) continue;
    for await (const { text, start: lineStart } of linesBackward(part, offset, signal)) {
      offset = lineStart;
      budget -= text.length;
      const record = recordOf(text);
      // Only those at the end: a clock that was set back must not hide what is before it.
      if (isSkipping && 'timeMs' in before && record && record.timeMs > before.timeMs) continue;
      isSkipping &&= !record;
      if (record && fits(record)) found.push(lineOf(record, lineStart));
      if (found.length >= limit || budget <= 0) break;
    }
    if (found.length >= limit || budget <= 0) break;
  }
  const lines = found.reverse();
  const left =
    parts.slice(0, Math.max(0, at)).reduce((sum, { size }) => sum + size, 0) + (at < 0 ? 0 : offset);
  const here = parts[at];
  return here && left > 0
    ? { lines, leftBytes: left, next: `${await nameOf(here)}:${offset}` }
    : { lines, leftBytes: 0 };
}

async function startOf(
  parts: readonly Part[],
  before: Before,
): Promise<{ at: number; offset: number } | undefined> {
  const newest = parts.at(-1);
  if (!newest) return undefined;
  if ('timeMs' in before) return { at: parts.length - 1, offset: newest.size };
  const [name, offset] = before.cursor.split(':');
  for (const [at, part] of parts.entries()) {
    if ((await nameOf(part)) === name) return { at, offset: Math.min(Number(offset), part.size) };
  }
  // It was let go of meanwhile, and with it all that was before.
  return undefined;
}

/** A file is known by how it begins, whatever it is called by now. */
async function nameOf({ file }: Part): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(BYTES_OF_NAME), 0, BYTES_OF_NAME, 0);
  const first = buffer.subarray(0, bytesRead);
  const end = first.indexOf('\n');
  return createHash('sha256')
    .update(end < 0 ? first : first.subarray(0, end))
    .digest('hex')
    .slice(0, 16);
}

interface Line {
  readonly text: string;
  /** In its file, bytes. */
  readonly start: number;
}

async function* linesForward({ file, size }: Part, signal: AbortSignal): AsyncGenerator<Line> {
  let rest = Buffer.alloc(0);
  for (let at = 0; at < size;) {
    throwIfAborted(signal);
    const chunk = await readAt(file, at, Math.min(CHUNK_BYTES, size - at));
    if (chunk.length === 0) break;
    const start = at - rest.length;
    const bytes = Buffer.concat([rest, chunk]);
    at += chunk.length;
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      yield { text: textOf(bytes.subarray(from, end)), start: start + from };
      from = end + 1;
    }
    rest = Buffer.from(bytes.subarray(from));
  }
  if (rest.length > 0) yield { text: textOf(rest), start: size - rest.length };
}

/** The lines that end before `offset`, the last first. */
async function* linesBackward({ file }: Part, offset: number, signal: AbortSignal): AsyncGenerator<Line> {
  let rest = Buffer.alloc(0);
  for (let at = offset; at > 0;) {
    throwIfAborted(signal);
    const length = Math.min(CHUNK_BYTES, at);
    at -= length;
    const bytes = Buffer.concat([await readAt(file, at, length), rest]);
    let end = bytes.length;
    for (let newline = bytes.lastIndexOf(NEWLINE); newline >= 0; newline = lastBefore(bytes, newline)) {
      if (newline + 1 < end)
        yield { text: textOf(bytes.subarray(newline + 1, end)), start: at + newline + 1 };
      end = newline;
    }
    rest = Buffer.from(bytes.subarray(0, end));
  }
  if (rest.length > 0) yield { text: textOf(rest), start: 0 };
}

// A negative place would count from the end.
const lastBefore = (bytes: Buffer, at: number) => (at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1));

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

const textOf = (bytes: Buffer) => bytes.toString('utf8').replace(/\r$/, '');

const NEWLINE = 0x0a;
const CHUNK_BYTES = 128 * 1024;
const BYTES_A_PAGE = 4_000_000;
const BYTES_OF_NAME = 400;
