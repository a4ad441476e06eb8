import { WireFailure } from '../shared/client.ts';
import { describeError, EngineError } from './engine/errors.ts';
import { isAborted } from './engine/lib/abort.ts';

/** How our programs for the terminal end. A second Ctrl-C ends at once, also with `interrupted`. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, nodeNotRunning: 3, interrupted: 130 } as const;

/** The first SIGINT or SIGTERM stops in order; a second one ends at once. */
export function stopOnSignals(): AbortController {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCodes.interrupted);
      controller.abort();
    });
  }
  return controller;
}

export function exitCodeOf(error: unknown): number {
  if (isAborted(error)) return exitCodes.interrupted;
  const code = codeOf(error);
  if (code === 'USAGE') return exitCodes.usage;
  return code === 'NODE_NOT_RUNNING' ? exitCodes.nodeNotRunning : exitCodes.failed;
}

/** The code of what the engine refused, here or in the node that was asked; undefined for any other error. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof EngineError || error instanceof WireFailure ? error.code : undefined;

/** Says on standard error why a program could not go on. */
export function tellFailure(error: unknown): void {
  const code = codeOf(error);
  const shown = code === undefined ? '' : ` (${code})`;
  process.stderr.write(`Slotkeeper could not go on${shown}: ${describeError(error)}\n`);
}
