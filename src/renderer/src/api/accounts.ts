import { useEffect, useState } from 'react';
import type {
  AccountCheck,
  AccountFilter,
  AccountLine,
  AccountPage,
  AccountTotals,
  EarningChart,
  EarningStep,
} from '../../../shared/accounts.ts';
import type { Api } from '../../../shared/api.ts';
import type { Client } from '../../../shared/contract.ts';
import { useConnection, useLiveStatus, useOnly } from './node.tsx';

/** What was asked: the last answer, also while a newer one is asked for or could not be had. */
export interface Answer<T> {
  readonly value?: T;
  readonly failure?: Error;
}

export const useAccountTotals = (): Answer<AccountTotals> =>
  useAnswer((client) => client.accountTotals({}), 'totals');

export const useEarningChart = (step: EarningStep): Answer<EarningChart> =>
  useAnswer((client) => client.accountChart({ step }), step);

/** So many of the newest lines that fit. */
export const useAccountLines = (filter: AccountFilter, count: number): Answer<AccountPage> =>
  useAnswer((client) => pageOf(client, filter, count), JSON.stringify([filter, count]));

/** As compared last; `again` compares anew, which may fail and then leaves what was. */
export function useAccountCheck(): Answer<AccountCheck> & {
  readonly again: () => void;
  readonly isChecking: boolean;
} {
  const [{ asked, isChecking }, setAsked] = useState({ asked: 0, isChecking: false });
  const answer = useAnswer(
    (client) =>
      client
        .accountCheck({ isFresh: asked > 0 })
        .finally(() => setAsked((before) => ({ ...before, isChecking: false }))),
    `check ${asked}`,
    { isLive: false },
  );
  return {
    ...answer,
    isChecking,
    again: () => setAsked((before) => ({ asked: before.asked + 1, isChecking: true })),
  };
}

/** Asks again when `key` changes, when money moves, and when the node is there again; once a second at most. */
function useAnswer<T>(
  ask: (client: Client<Api>) => Promise<T>,
  key: string,
  { isLive: followsMoney = true }: { isLive?: boolean } = {},
): Answer<T> {
  const { client, onEvent } = useConnection();
  const isLive = useLiveStatus().name === 'live';
  const isRunning = useOnly('node')?.state === 'running';
  const [answer, setAnswer] = useState<Answer<T> & { key?: string }>({});
  useEffect(() => {
    if (!isLive || !isRunning) return undefined;
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      timer = undefined;
      ask(client).then(
        (value) => isCurrent && setAnswer({ value, key }),
        (failure: Error) => isCurrent && setAnswer((before) => ({ ...before, failure, key })),
      );
    };
    look();
    const stop = followsMoney ? onEvent('accounts', () => (timer ??= setTimeout(look, AGAIN_MS))) : undefined;
    return () => {
      isCurrent = false;
      clearTimeout(timer);
      stop?.();
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` says when the question is another one
  }, [client, onEvent, isLive, isRunning, key, followsMoney]);
  return answer;
}

async function pageOf(client: Client<Api>, filter: AccountFilter, count: number): Promise<AccountPage> {
  const lines: AccountLine[] = [];
  for (;;) {
    const limit = Math.min(MOST_AT_ONCE, count - lines.length);
    const page = await client.accountLines({ ...filter, offset: lines.length, limit });
    lines.push(...page.lines);
    if (page.lines.length < limit || lines.length >= count) return { ...page, lines };
  }
}

const MOST_AT_ONCE = 1000;
const AGAIN_MS = 1000;
