import { useEffect, useState } from 'react';
import { afterMs } from '../../../shared/after.ts';
import { shownError } from '../lib/shownerror.ts';

export interface Answer<T> {
  /** The newest answer; it stays while the next one is on its way. */
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
  const [answer, setAnswer] = useState<{ key: string } & Omit<Answer<T>, 'isAsking'>>();
  useEffect(() => {
    if (question === undefined || key === undefined) return undefined;
    const ending = new AbortController();
    const callOff = afterMs(quietMs, () => {
      ask(question, ending.signal).then(
        (value) => !ending.signal.aborted && setAnswer({ key, value }),
        (error: unknown) => !ending.signal.aborted && setAnswer({ key, failure: shownError(error) }),
      );
    });
    return () => {
      callOff();
      ending.abort();
    };
    // The question is the same while its content is; what asks does not change with it.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  const { key: answered, ...known } = answer ?? { key: undefined };
  return { ...known, isAsking: key !== undefined && key !== answered };
}

const keyOf = (question: unknown): string =>
  JSON.stringify(question, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
