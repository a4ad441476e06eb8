import { useEffect, useMemo, useRef, useState } from 'react';
import type { LogLine, LogPage } from '../../../../shared/api.ts';
import { fitterOf, type LogFilter } from '../../../../shared/logfilter.ts';
import { useLogs } from '../../api/logs.ts';
import { useConnection } from '../../api/node.tsx';
import { FittingLines } from '../../lib/fittinglines.ts';
import { shownError } from '../../lib/shownerror.ts';

/** So many stay in the window; older ones are asked for again. */
const KEPT = 100_000;
/** Found in one go before it waits to be asked for more. */
const AT_ONCE = 500;

export interface OlderLines {
  /** Looks on, until so many more were found or there are none. */
  readonly search: () => void;
  readonly stop: () => void;
  readonly isSearching: boolean;
  /** The log begins with what is shown. */
  readonly isAll: boolean;
  /** Not yet looked through; undefined before the first search. */
  readonly leftBytes?: number;
  readonly failure?: ReturnType<typeof shownError>;
}

/** The lines that fit, oldest first: those that come, and before them those of the files that were asked for. */
export function useLogLines(filter: LogFilter) {
  const logs = useLogs({ kept: KEPT });
  const fits = useFitter(filter);
  const live = useFitting(logs?.lines, fits);
  const { lines, ...older } = useOlder(filter, logs?.lines);
  const shown = useMemo(() => (lines.length > 0 ? [...lines, ...(live ?? [])] : live), [lines, live]);
  return { shown, older, failure: logs?.failure };
}

const keyOf = (filter: LogFilter) => JSON.stringify(filter);

function useFitter(filter: LogFilter) {
  const key = keyOf(filter);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the same while its content is
  return useMemo(() => fitterOf(filter), [key]);
}

/** Only what is new is looked at, as lines come ten times a second. */
function useFitting(lines: readonly LogLine[] | undefined, fits: (line: LogLine) => boolean) {
  const [known] = useState(() => new FittingLines());
  return useMemo(() => lines && known.of(lines, fits), [known, lines, fits]);
}

interface Found {
  readonly lines: readonly LogLine[];
  readonly next?: string;
  readonly leftBytes?: number;
  readonly isAll: boolean;
  readonly failure?: ReturnType<typeof shownError>;
}

const nothing: Found = { lines: [], isAll: false };

/** The lines of the files that fit, before the first that came. Another filter, or another first line, begins anew. */
function useOlder(
  filter: LogFilter,
  live: readonly LogLine[] | undefined,
): OlderLines & Pick<Found, 'lines'> {
  const { client } = useConnection();
  const key = `${keyOf(filter)} ${live?.[0]?.seq}`;
  const [known, setKnown] = useState({ key, found: nothing });
  const found = known.key === key ? known.found : nothing;
  const [isSearching, setSearching] = useState(false);
  const searching = useRef<AbortController>(undefined);
  useEffect(() => () => searching.current?.abort(), [key]);

  const search = async (signal: AbortSignal) => {
    let all = found;
    let left = AT_ONCE;
    while (left > 0 && !all.isAll) {
      const before =
        all.next === undefined ? { timeMs: live?.[0]?.timeMs ?? Date.now() } : { cursor: all.next };
      const page = await client.olderLogs({ filter: plainFilter(filter), before, limit: left });
      if (signal.aborted) return;
      const lines = all.next === undefined ? withoutKnown(page, live ?? []) : page.lines;
      left -= lines.length;
      all = {
        lines: [...lines, ...all.lines],
        leftBytes: page.leftBytes,
        isAll: page.next === undefined,
        ...(page.next !== undefined && { next: page.next }),
      };
      setKnown({ key, found: all });
    }
  };
  return {
    ...found,
    isSearching,
    search: () => {
      if (isSearching || found.isAll) return;
      const ending = new AbortController();
      searching.current = ending;
      ending.signal.addEventListener('abort', () => setSearching(false));
      setSearching(true);
      search(ending.signal)
        .catch((error: unknown) => setKnown({ key, found: { ...found, failure: shownError(error) } }))
        .finally(() => ending.abort());
    },
    stop: () => searching.current?.abort(),
  };
}

/** Of one moment there may be several lines, of which the window has some. */
function withoutKnown({ lines }: LogPage, live: readonly LogLine[]): readonly LogLine[] {
  const first = live[0]?.timeMs;
  const known = new Set<string>();
  for (const { timeMs, json } of live) {
    if (timeMs !== first) break;
    known.add(json);
  }
  return lines.filter(({ timeMs, json }) => timeMs !== first || !known.has(json));
}

/** What crosses names only what matters. */
export const plainFilter = ({ level, topics, search }: LogFilter) => ({
  ...(level !== undefined && { level }),
  ...(topics !== undefined && topics.length > 0 && { topics: [...topics] }),
  ...(search !== undefined && search.trim() !== '' && { search }),
});
