import { useEffect, useState } from 'react';
import type { LogLine } from '../../../shared/api.ts';
import { useConnection, useLiveStatus } from './node.tsx';

export interface Logs {
  /** Oldest first, at most `KEPT`. */
  readonly lines: readonly LogLine[];
  /** Why the lines of before could not be had; undefined when they could. */
  readonly failure?: Error;
}

/** The newest log lines, and those that come while the caller is on the screen. Undefined until the first are here. */
export function useLogs(): Logs | undefined {
  const { client, onEvent } = useConnection();
  const isLive = useLiveStatus().name === 'live';
  const [logs, setLogs] = useState<Logs>();
  useEffect(() => {
    if (!isLive) return undefined;
    let isCurrent = true;
    const add = (lines: readonly LogLine[], failure?: Error) => {
      if (isCurrent)
        setLogs((before) => ({ lines: joined(before?.lines ?? [], lines), ...(failure && { failure }) }));
    };
    const stop = onEvent('log', (lines) => add(lines));
    client.recentLogs({ limit: KEPT }).then(
      (lines) => add(lines),
      (error: Error) => add([], error),
    );
    return () => {
      isCurrent = false;
      stop();
    };
  }, [client, onEvent, isLive]);
  return logs;
}

/**
 * The lines in order of `seq`, each once. A node that was started again counts from the beginning: its lines come
 * after those of the one before, told apart by their time.
 */
export function joined(before: readonly LogLine[], added: readonly LogLine[]): readonly LogLine[] {
  const last = before.at(-1);
  if (!last || added.every((line) => line.seq > last.seq)) return newest([...before, ...added]);
  const known = new Set(before.map(keyOf));
  const all = [...before, ...added.filter((line) => !known.has(keyOf(line)))];
  return newest(all.sort((a, b) => a.timeMs - b.timeMs || a.seq - b.seq));
}

const KEPT = 2000;
const newest = (lines: readonly LogLine[]) => lines.slice(-KEPT);
const keyOf = ({ seq, timeMs }: LogLine) => `${seq}@${timeMs}`;
