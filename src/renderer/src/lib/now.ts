import { useSyncExternalStore } from 'react';
import type { ChainRow, NodeRow } from '../../../shared/rows.ts';

/** Wall time in milliseconds, renewed once a second while anything on the screen asks for it. */
export const useWallNow = (): number => useSyncExternalStore(subscribe, () => nowMs);

/**
 * Chain time in Unix seconds: the last block's time, carried on by the wall clock at the speed at which chain time
 * runs. It stands still while the chain does not answer, so that nothing is counted that was not seen.
 */
export function chainTime(chain: ChainRow, speed: number, wallMs: number): number {
  const until = chain.unreachableSinceMs ?? wallMs;
  const elapsed = Math.max(0, Math.min(until, wallMs) - chain.seenAtMs) / 1000;
  return Math.floor(chain.time + elapsed * speed);
}

/** 1 on a real network. */
export const chainSpeed = (node: NodeRow | undefined): number => node?.practiceSpeed ?? 1;

const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  nowMs = Date.now();
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}
