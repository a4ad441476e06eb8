import { Button } from '@mantine/core';
import { useState } from 'react';
import { errorText } from '../../../../shared/errors.ts';
import { slotToSlash, type PracticeSlash } from '../../../../shared/practiceslash.ts';
import type { NodeRow } from '../../../../shared/rows.ts';
import { durationText, shortId, tokensText } from '../../../../shared/units.ts';
import { useChainNow, useConnection, useOnly, useTable } from '../../api/node.tsx';
import { useRisk } from '../../api/risk.ts';
import { t } from '../../i18n/t.ts';
import { timeText } from '../../lib/format.ts';
import { shownError } from '../../lib/shownerror.ts';
import css from './Tour.module.css';

/** Has a proof missed on demand: what that will cost, then how far it has come, then what it did. */
export function TourSlash({ node }: { node: NodeRow }) {
  const { makeSlash, isAsking, failure } = useMakeSlash();
  const cost = useSlashCost();
  const now = useChainNow();
  const { practiceSlash: slash, practiceSpeed: speed = 1 } = node;
  const isUnderWay = slash?.state === 'waiting' || slash?.state === 'heldBack';
  const amount = (tokens: bigint) => `${tokensText(tokens, node.token.decimals)} ${node.token.symbol}`;
  const canBeMade = node.state === 'running' && cost !== undefined && !isUnderWay && !isAsking;
  return (
    <div className={css['slash']}>
      <div className={css['ask']}>
        <Button variant="default" disabled={!canBeMade} onClick={makeSlash}>
          {t('tour.makeSlash')}
        </Button>
        {!isUnderWay && (
          <p>{cost === undefined ? t('tour.noSlot') : t('tour.slashCost', { amount: amount(cost) })}</p>
        )}
      </div>
      <output>{failure ?? (slash && progressText(slash, { now, speed, cost: amount(slash.cost) }))}</output>
    </div>
  );
}

function useMakeSlash(): { makeSlash: () => void; isAsking: boolean; failure: string | undefined } {
  const { client } = useConnection();
  const [isAsking, setAsking] = useState(false);
  const [failure, setFailure] = useState<string>();
  const makeSlash = () => {
    setAsking(true);
    setFailure(undefined);
    client
      .makePracticeSlash({})
      .catch((error: unknown) => setFailure(errorText(shownError(error))))
      .finally(() => setAsking(false));
  };
  return { makeSlash, isAsking, failure };
}

/** Tokens; undefined while no slot could be slashed. */
function useSlashCost(): bigint | undefined {
  const { value: report } = useRisk();
  const sales = useTable('sales');
  const chain = useOnly('chain');
  const now = useChainNow();
  if (!report || !chain) return undefined;
  return slotToSlash({ slots: report.slots, asOf: now }, sales.values(), chain)?.cost;
}

/** Waiting is said in the time of the clock on the wall. */
function progressText(
  { state, slotId, at }: PracticeSlash,
  { now, speed, cost }: { now: number; speed: number; cost: string },
): string {
  const slot = shortId(slotId);
  if (state === 'slashed') return t('tour.slashed', { amount: cost, slot, time: timeText(at, now) });
  if (state === 'calledOff') return t('tour.calledOff');
  if (speed === 0) return t('tour.timeStands');
  const time = durationText(Math.ceil(Math.max(0, at - now) / speed));
  if (at > now) return t(state === 'waiting' ? 'tour.waiting' : 'tour.heldBack', { slot, time });
  return state === 'waiting' ? t('tour.waitingOn', { slot }) : t('tour.marking', { slot });
}
