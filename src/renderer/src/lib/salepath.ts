import type { SaleRow, SaleStateName } from '../../../shared/rows.ts';
import { durationText } from '../../../shared/units.ts';
import type { Stop } from '../components/StatePath.tsx';
import { t } from '../i18n/t.ts';
import { timeText } from './format.ts';
import { hasEnded } from './salewords.ts';

/** The seven stops of a sale, with the engine's states that each one covers. */
const stops = [
  { name: 'path.chosen', states: ['preparing'] },
  { name: 'path.reserved', states: ['slotReserving'] },
  { name: 'path.downloaded', states: ['downloading'] },
  { name: 'path.firstProof', states: ['initialProving'] },
  { name: 'path.filled', states: ['filling', 'filled'] },
  { name: 'path.selling', states: ['proving'] },
  { name: 'path.paid', states: ['payout', 'finished'] },
] as const satisfies readonly { name: Stop['name']; states: readonly SaleStateName[] }[];

/**
 * The way of one sale, stop by stop, with the time spent at each. A sale that failed stops where it failed; one that a
 * restart began in the middle has been through all before.
 */
export function stopsOf(sale: SaleRow, now: number): Stop[] {
  const reached = sale.path.reduce((last, { state }) => Math.max(last, stopOf(state)), 0);
  const isOver = hasEnded(sale);
  const hasGoneWell =
    sale.state === 'finished' || sale.outcome?.code === 'paid' || sale.outcome?.code === 'partlyPaid';
  return stops.map(({ name }, index) => ({ name, state: stateAt(index), note: noteAt(index) }));

  function stateAt(index: number): Stop['state'] {
    if (isOver && hasGoneWell) return 'done';
    if (index < reached) return 'done';
    if (index > reached) return 'toCome';
    return isOver ? 'failed' : 'now';
  }

  function noteAt(index: number): string {
    const state = stateAt(index);
    if (state === 'toCome')
      return index === PAID && !isOver && sale.requestEndsAt ? timeText(sale.requestEndsAt, now) : '';
    if (index === FILLED && sale.filledAt !== undefined) return timeText(sale.filledAt, now);
    if (index === PAID && state === 'done')
      return sale.endedAt === undefined ? '' : timeText(sale.endedAt, now);
    const seconds = secondsAt(index);
    if (seconds === undefined) return '';
    return state === 'now' ? t('path.soFar', { time: durationText(seconds) }) : durationText(seconds);
  }

  /** From entering the stop's first state to going beyond it: a restart in between looks around and comes back. */
  function secondsAt(index: number): number | undefined {
    const entered = sale.path.findIndex(({ state }) => stopOf(state) === index);
    const first = sale.path[entered];
    if (!first) return undefined;
    const next = sale.path.slice(entered).find(({ state }) => stopOf(state) > index);
    return Math.max(0, (next?.at ?? sale.endedAt ?? now) - first.at);
  }
}

const FILLED = 4;
const PAID = 6;

const stopOf = (state: SaleStateName) =>
  stops.findIndex(({ states }) => (states as readonly string[]).includes(state));
