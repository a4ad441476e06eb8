import type { LiveState } from '../../shared/live.ts';
import type { MoneyRow, SaleRow } from '../../shared/rows.ts';
import { said, saidOf } from '../../shared/i18n/shared.ts';
import { runningSales, statusSentence, type Status } from '../../shared/status.ts';
import { durationText, tokensText } from '../../shared/units.ts';

/** What the tray shows, in plain lines of the current language. Equal models need no new menu: on Linux that would close an open one. */
export interface TrayModel {
  readonly shape: Status['shape'];
  /** The state line, and under it the practice network's. Not to be chosen. */
  readonly head: readonly string[];
  readonly facts: readonly string[];
  /** Undefined when there is no offer to pause or to resume. */
  readonly offers?: { readonly label: string; readonly enables: boolean; readonly ids: readonly string[] };
  readonly quit: string;
}

export function trayModel(tables: LiveState['tables']): TrayModel {
  const { shape, sentence } = statusSentence({ tables });
  const isPractice = tables.node.get('node')?.network.kind === 'practice';
  const offers = offersItem(tables);
  return {
    shape,
    head: [sentence, ...(isPractice ? [said('shell.practice')] : [])],
    facts: facts(tables),
    ...(offers && { offers }),
    quit: quitLabel(tables),
  };
}

type LiveTables = LiveState['tables'];

function facts({ money, chain, node, sales }: LiveTables): string[] {
  const now = chain.get('chain')?.time;
  const row = money.get('money');
  if (!row || now === undefined) return [];
  const { symbol, decimals } = node.get('node')?.token ?? usualToken;
  const today = tokensText(paidToday(sales.values(), now), decimals, { plus: true });
  return [...nextProof(row, now), said('shell.earnedToday', { amount: `${today} ${symbol}`.trim() })];
}

/** Only a proof that is known is named; else when the next can be drawn at the earliest. */
function nextProof({ nextProofBy, noneDueUntil }: MoneyRow, now: number): string[] {
  if (nextProofBy !== undefined && nextProofBy >= now)
    return [said('shell.nextProof', { time: atMost(nextProofBy - now) })];
  return noneDueUntil !== undefined && noneDueUntil > now
    ? [said('shell.noneDue', { time: clockText(noneDueUntil) })]
    : [];
}

/** Payouts of sales that ended since the last midnight here, in chain time. */
function paidToday(sales: Iterable<SaleRow>, now: number): bigint {
  const midnight = new Date(now * 1000).setHours(0, 0, 0, 0) / 1000;
  const today = [...sales].filter(({ endedAt }) => endedAt !== undefined && endedAt >= midnight);
  return today.reduce((sum, { payout = 0n }) => sum + payout, 0n);
}

/** Rounded up to whole minutes, so that the menu does not change every second. */
const atMost = (seconds: number): string => durationText(Math.max(1, Math.ceil(seconds / 60)) * 60);

function offersItem({ availabilities }: LiveTables): TrayModel['offers'] {
  const idsOf = (wanted: 'active' | 'paused') =>
    [...availabilities.values()].filter(({ state }) => state === wanted).map(({ id }) => id);
  const active = idsOf('active');
  if (active.length > 0) return { label: said('shell.pauseOffers'), enables: false, ids: active };
  const paused = idsOf('paused');
  return paused.length > 0 ? { label: said('shell.resumeOffers'), enables: true, ids: paused } : undefined;
}

function quitLabel(tables: LiveTables): string {
  const cost = quitCost(tables);
  return cost === undefined ? said('shell.quit') : said('shell.quitAtCost', { cost });
}

/**
 * What quitting costs at most: the collateral of the slots for which a proof is due and not sent, and by when the first
 * is. Undefined while none is due.
 */
export function quitCost({ sales, chain, node }: LiveTables): string | undefined {
  const now = chain.get('chain')?.time ?? 0;
  const due = runningSales(sales.values()).filter(({ proofs }) => (proofs.dueBy ?? 0) > now);
  if (due.length === 0) return undefined;
  const atStake = due.reduce((sum, sale) => sum + (sale.currentCollateral ?? sale.collateral ?? 0n), 0n);
  const first = Math.min(...due.map(({ proofs }) => proofs.dueBy ?? Infinity));
  const { symbol, decimals } = node.get('node')?.token ?? usualToken;
  const amount = `${tokensText(atStake, decimals)} ${symbol}`.trim();
  return saidOf('shell.cost', due.length, { time: clockText(first), amount });
}

/** `12:35` on this computer's clock. */
const clockText = (unixSeconds: number): string => {
  const date = new Date(unixSeconds * 1000);
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
};

const usualToken = { symbol: '', decimals: 18 };
