import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A program of ours that runs: what it prints, and its end. */
export class RunningProcess {
  readonly child: ChildProcess;
  #output = '';
  #listeners = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    const add = (chunk: Buffer) => {
      this.#output += chunk.toString();
      for (const listener of this.#listeners) listener();
    };
    this.child.stdout?.on('data', add);
    this.child.stderr?.on('data', add);
  }

  /** All it printed so far. */
  get output(): string {
    return this.#output;
  }

  /** The first match in what it prints. Rejects when it ends or `timeoutMs` passes without one. */
  async waitFor(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
    return new Promise((resolveMatch, reject) => {
      const finish = (settle: () => void) => {
        this.#listeners.delete(look);
        this.child.off('close', onClose);
        clearTimeout(timer);
        settle();
      };
      const look = () => {
        const match = pattern.exec(this.#output);
        if (match) finish(() => resolveMatch(match));
      };
      const onClose = () => {
        look();
        finish(() => reject(new Error(`It ended without printing ${pattern}:\n${this.#output}`)));
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`It did not print ${pattern} in time:\n${this.#output}`))),
        timeoutMs,
      );
      this.#listeners.add(look);
      this.child.on('close', onClose);
      look();
    });
  }

  /** Resolves with the exit code once it has ended; null when a signal ended it. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended();
  }
}
