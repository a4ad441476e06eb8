import { useEffect, useState } from 'react';
import type { LogLine } from '../../../shared/api.ts';
import { useConnection, useLiveStatus } from './node.tsx';

export interface Logs {
  /** Oldest first, about as many as were asked for at most. */
  readonly lines: readonly LogLine[];
  /** Why the lines of before could not be had; undefined when they could. */
  readonly failure?: Error;
}

/** The newest log lines, and those that come while the caller is on the screen. Undefined until the first are here. */
export function useLogs({ kept = AT_ONCE }: { kept?: number } = {}): Logs | undefined {
  const { client, onEvent } = useConnection();
  const isLive = useLiveStatus().name === 'live';
  const [logs, setLogs] = useState<Logs>();
  useEffect(() => {
    if (!isLive) return undefined;
    let isCurrent = true;
    const add = (lines: readonly LogLine[], failure?: Error) => {
      if (isCurrent)
        setLogs((before) => ({
          lines: joined(before?.lines ?? [], lines, kept),
          ...(failure && { failure }),
        }));
    };
    const stop = onEvent('log', (lines) => add(lines));
    client.recentLogs({ limit: AT_ONCE }).then(
      (lines) => add(lines),
      (error: Error) => add([], error),
    );
    return () => {
      isCurrent = false;
      stop();
    };
  }, [client, onEvent, isLive, kept]);
  return logs;
}

/**
 * The lines in order of `seq`, each once. A node that was started again counts from the beginning: its lines come
 * after those of the one before, told apart by their time.
 */
export function joined(
  before: readonly LogLine[],
  added: readonly LogLine[],
  kept = AT_ONCE,
): readonly LogLine[] {
  const last = before.at(-1);
  if (!last || added.every((line) => line.seq > last.seq)) return newest([...before, ...added], kept);
  const known = new Set(before.map(keyOf));
  const all = [...before, ...added.filter((line) => !known.has(keyOf(line)))];
  return newest(
    all.sort((a, b) => a.timeMs - b.timeMs || a.seq - b.seq),
    kept,
  );
}

/** As many as the node has in memory. */
const AT_ONCE = 2000;
/** Let go of in lots: what begins with the same line as before has only got longer. */
const newest = (lines: readonly LogLine[], kept: number) =>
  lines.length > kept * 1.1 ? lines.slice(-kept) : lines;
const keyOf = ({ seq, timeMs }: LogLine) => `${seq}@${timeMs}`;
