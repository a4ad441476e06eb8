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
import { afterMs } from '../../../shared/after.ts';
import type { Api } from '../../../shared/api.ts';
import type { Client } from '../../../shared/contract.ts';
import { useAnswer, type Answer } from './answer.ts';
import { useConnection, useLiveStatus, useOnly } from './node.tsx';

export const useAccountTotals = (): Answer<AccountTotals> =>
  useAccountAnswer((client) => client.accountTotals({}), 'totals');

export const useEarningChart = (step: EarningStep): Answer<EarningChart> =>
  useAccountAnswer((client) => client.accountChart({ step }), step);

/** So many of the newest lines that fit. */
export const useAccountLines = (filter: AccountFilter, count: number): Answer<AccountPage> =>
  useAccountAnswer((client) => pageOf(client, filter, count), { filter, count });

/** As compared last; `again` compares anew, which may fail and then leaves what was. */
export function useAccountCheck(): Answer<AccountCheck> & { readonly again: () => void } {
  const { client } = useConnection();
  const canAsk = useCanAsk();
  const [asked, setAsked] = useState(0);
  const answer = useAnswer(
    async ({ asked }: { asked: number }) => client.accountCheck({ isFresh: asked > 0 }),
    canAsk ? { asked } : undefined,
  );
  return { ...answer, again: () => setAsked((before) => before + 1) };
}

/** Asks again when the question changes, when money moves, and when the node is there again. */
function useAccountAnswer<T>(ask: (client: Client<Api>) => Promise<T>, question: unknown): Answer<T> {
  const { client } = useConnection();
  const canAsk = useCanAsk();
  const moves = useMoneyMoves();
  return useAnswer(async () => ask(client), canAsk ? { question, moves } : undefined);
}

function useCanAsk(): boolean {
  const isLive = useLiveStatus().name === 'live';
  return useOnly('node')?.state === 'running' && isLive;
}

/** Grows when movements of money came or went, once a second at most. */
function useMoneyMoves(): number {
  const { onEvent } = useConnection();
  const [moves, setMoves] = useState(0);
  useEffect(() => {
    let callOff: (() => void) | undefined;
    const stop = onEvent('accounts', () => {
      callOff ??= afterMs(AGAIN_MS, () => {
        callOff = undefined;
        setMoves((before) => before + 1);
      });
    });
    return () => {
      stop();
      callOff?.();
    };
  }, [onEvent]);
  return moves;
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
