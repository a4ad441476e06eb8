import { setMaxListeners } from 'node:events';

/**
 * A signal of one's own below a parent's, or several, for a narrow lifetime: `using scope = abortScope(parent)`.
 * The listeners on the parents go when the scope is disposed. (`AbortSignal.any` keeps its sources' listeners until
 * collected: 119 MB after 100,000 uses on Node 20.)
 */
export function abortScope(...parents: readonly (AbortSignal | undefined)[]): AbortScope {
  const controller = new AbortController();
  // Many wait below one signal; that none of them stays behind is for the tests to hold, not for a warning at ten.
  setMaxListeners(0, controller.signal);
  const forward = () => controller.abort(parents.find((parent) => parent?.aborted)?.reason);
  if (parents.some((parent) => parent?.aborted)) forward();
  else for (const parent of parents) parent?.addEventListener('abort', forward, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => {
      for (const parent of parents) parent?.removeEventListener('abort', forward);
      controller.abort();
    },
  };
}

export interface AbortScope extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/** Whether `error` says that work was called off. Such an error is caught at the foot of a loop and not logged. */
export function isAborted(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'AbortError' || (error as { code?: unknown }).code === 'ABORT_ERR')
  );
}

/** The error that aborted work rejects with, whatever reason the signal carries. */
export function abortError(signal?: AbortSignal): Error {
  const reason: unknown = signal?.reason;
  if (reason instanceof Error && isAborted(reason)) return reason;
  return new DOMException('The operation was aborted', 'AbortError');
}

export function throwIfAborted(signal?: AbortSignal): void {
  if (signal?.aborted) throw abortError(signal);
}

/** Rejects when `signal` aborts, else settles as `promise` does. The work behind `promise` is not stopped by this. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    // Nobody else may be listening to it.
    promise.catch(() => {});
    throw abortError(signal);
  }
  let onAbort: (() => void) | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        onAbort = () => reject(abortError(signal));
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    ]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
