import { describeError, EngineError, isEngineError } from './engine/errors.ts';

/** How our programs for the terminal end. A second Ctrl-C ends at once, also with `interrupted`. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, nodeNotRunning: 3, interrupted: 130 } as const;

export function exitCodeOf(error: unknown): number {
  if (isEngineError(error, 'USAGE')) return exitCodes.usage;
  return isEngineError(error, 'NODE_NOT_RUNNING') ? exitCodes.nodeNotRunning : exitCodes.failed;
}

/** Says on standard error why a program could not go on. */
export function tellFailure(error: unknown): void {
  const code = error instanceof EngineError ? ` (${error.code})` : '';
  process.stderr.write(`Slotkeeper could not go on${code}: ${describeError(error)}\n`);
}
