import { expect } from 'vitest';

/**
 * Counts the timers and open handles of the process; call what it answers with when all should be gone again. What
 * ends a turn of the event loop later is waited for.
 */
export function watchLeaks(): () => Promise<void> {
  const before = count();
  return async () => {
    for (let turns = 0; turns < 50 && excess(before).length > 0; turns++) await new Promise(setImmediate);
    expect(excess(before)).toEqual([]);
  };
}

/** A listener left on a signal keeps its owner alive; this signal counts its own. */
export function countingSignal(): { controller: AbortController; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  const live = new Set<unknown>();
  Object.assign(signal, {
    addEventListener: (type: string, listener: () => void, options?: { once?: boolean }) => {
      live.add(listener);
      add(type, listener, options);
    },
    removeEventListener: (type: string, listener: () => void) => {
      live.delete(listener);
      remove(type, listener);
    },
  });
  return { controller, listeners: () => live.size };
}

/** Of immediates and ticks the process has some of its own at any time. */
const counted = new Set([
  'Timeout',
  'TCPSocketWrap',
  'TCPServerWrap',
  'ProcessWrap',
  'FSEvent',
  'MessagePort',
]);

function count(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (counted.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function excess(before: ReadonlyMap<string, number>): string[] {
  return [...count()].filter(([kind, n]) => n > (before.get(kind) ?? 0)).map(([kind, n]) => `${kind}: ${n}`);
}
