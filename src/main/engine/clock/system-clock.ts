import { sleep } from '../lib/retry.ts';
import type { Clock } from './clock.ts';

/** The computer's time. */
export class SystemClock implements Clock {
  now(): number {
    return Math.floor(Date.now() / 1000);
  }

  async waitUntil(time: number, { signal }: { signal: AbortSignal }): Promise<void> {
    for (let left = time * 1000 - Date.now(); left > 0; left = time * 1000 - Date.now()) await sleep(left, signal);
  }
}
