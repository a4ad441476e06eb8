import { useEffect, useState } from 'react';
import { afterMs } from '../../../shared/after.ts';
import { shownError } from '../lib/shownerror.ts';

export interface Answer<T> {
  /** The last answer; it stays while a newer one is on its way or could not be had. */
  readonly value?: T;
  /** Why the newest question was not answered. */
  readonly failure?: ReturnType<typeof shownError>;
  /** A newer question waits for its answer. */
  readonly isAsking: boolean;
}

/**
 * What a call answers to `question`, asked again when that changes in content and `quietMs` passed without another
 * change. Only the newest question counts: an older one's signal is aborted and its answer dropped. Without a question
 * nothing is asked.
 */
export function useAnswer<Question, T>(
  ask: (question: Question, signal: AbortSignal) => Promise<T>,
  question: Question | undefined,
  quietMs = 0,
): Answer<T> {
  const key = question === undefined ? undefined : keyOf(question);
  const [answer, setAnswer] = useState<{ key?: string } & Omit<Answer<T>, 'isAsking'>>({});
  useEffect(() => {
    if (question === undefined || key === undefined) return undefined;
    const ending = new AbortController();
    const look = () =>
      void ask(question, ending.signal).then(
        (value) => !ending.signal.aborted && setAnswer({ key, value }),
        (error: unknown) => {
          const failure = shownError(error);
          if (!ending.signal.aborted) setAnswer((before) => ({ ...before, key, failure }));
        },
      );
    let callOff = () => {};
    if (quietMs > 0) callOff = afterMs(quietMs, look);
    else look();
    return () => {
      callOff();
      ending.abort();
    };
    // The question is the same while its content is; what asks does not change with it.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  const { key: answered, ...known } = answer;
  return { ...known, isAsking: key !== undefined && key !== answered };
}

const keyOf = (question: unknown): string =>
  JSON.stringify(question, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
