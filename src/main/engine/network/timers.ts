import { afterMs, type After } from '../../../shared/after.ts';
import { abortError, throwIfAborted } from '../lib/abort.ts';

/** Time as the DHT needs it: milliseconds since whenever, and a call later. Handed in, so that tests can move it. */
export interface Timers {
  nowMs(): number;
  after: After;
}

export const systemTimers: Timers = { nowMs: () => performance.now(), after: afterMs };

/** Rejects with an abort error. */
export async function pause(
  ms: number,
  { timers, signal }: { timers: Timers; signal: AbortSignal },
): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve, reject) => {
    const cancel = timers.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = () => {
      cancel();
      reject(abortError(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
