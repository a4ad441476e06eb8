import type { LogLine } from '../../shared/api.ts';
import { Emitter } from '../engine/lib/emitter.ts';

/** The newest lines, and those who follow them: new lines are handed on together, at most ten times a second. */
export class RecentLines {
  readonly #lines: LogLine[] = [];
  readonly #listeners: Emitter<LogLine[]>;
  readonly #max: number;
  #waiting: LogLine[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ max, onError }: { max: number; onError: (error: unknown) => void }) {
    this.#max = max;
    this.#listeners = new Emitter(onError);
  }

  add(line: LogLine): void {
    this.#lines.push(line);
    // Dropped in lots, so that adding stays cheap.
    if (this.#lines.length >= 2 * this.#max) this.#lines.splice(0, this.#lines.length - this.#max);
    if (this.#listeners.size === 0) return;
    this.#waiting.push(line);
    this.#timer ??= setTimeout(() => this.#flush(), 100).unref();
  }

  /** The newest `limit` lines, oldest first. */
  last(limit: number): LogLine[] {
    const count = Math.min(limit, this.#max);
    return count <= 0 ? [] : this.#lines.slice(-count);
  }

  subscribe(listener: (lines: LogLine[]) => void): () => void {
    return this.#listeners.subscribe(listener);
  }

  /** Hands on what waits. Lines added later are still handed on. */
  close(): void {
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#waiting.splice(-this.#max);
    this.#waiting = [];
    if (lines.length > 0) this.#listeners.emit(lines);
  }
}
