import { useSyncExternalStore } from 'react';
import type { LiveState } from '../../../shared/live.ts';
import type { NodeRow, SaleRow } from '../../../shared/rows.ts';
import { keepSetting, keptSetting } from './kept.ts';
import { hrefOf, type PageName } from './router.ts';

/** What a newcomer sees happen, in the order in which it does. */
export const tourStepNames = ['offer', 'request', 'filled', 'proof', 'paid', 'slash'] as const;
export type TourStepName = (typeof tourStepNames)[number];

export interface TourStep {
  readonly name: TourStepName;
  readonly isDone: boolean;
  /** Where it is seen: a page, or one sale. */
  readonly page: PageName;
  readonly href: string;
}

/** How far one has come, by the rows alone: what has happened once stays so, as ended sales stay. */
export function tourSteps(tables: Pick<LiveState['tables'], TourTable>): TourStep[] {
  const { node, money, availabilities, sales, queue, refused } = tables;
  const rows = [...sales.values()];
  const { proofsSent = 0, proofsMissed = 0, earned = 0n } = money.get('money') ?? {};
  const filled = rows.findLast(({ filledAt }) => filledAt !== undefined);
  const proven = rows.findLast(({ proofs }) => proofs.sent > 0);
  const slash = node.get('node')?.practiceSlash;
  const missed = rows.findLast(({ proofs }) => proofs.missed > 0);
  const chosen = rows.findLast(({ slotId }) => slotId === slash?.slotId);
  return [
    { name: 'offer', isDone: availabilities.size > 0 || filled !== undefined, ...at('offers') },
    { name: 'request', isDone: queue.size + rows.length + refused.size > 0, ...at('queue') },
    { name: 'filled', isDone: filled !== undefined, ...atSale(filled) },
    { name: 'proof', isDone: proofsSent > 0 || proven !== undefined, ...atSale(proven ?? filled) },
    { name: 'paid', isDone: earned > 0n || rows.some(isPaid), ...at('earnings') },
    { name: 'slash', isDone: proofsMissed > 0 || missed !== undefined, ...atSale(chosen ?? missed) },
  ];
}

type TourTable = 'node' | 'money' | 'availabilities' | 'sales' | 'queue' | 'refused';

/** On the practice network only: as the owner left it, else where its scenario is the tour. */
export function isTourShown(node: NodeRow | undefined, choice = tourChoice()): boolean {
  if (node?.network.kind !== 'practice') return false;
  return choice === null ? node.network.scenario === 'tour' : choice === SHOWN;
}

export function showTour(isShown: boolean): void {
  const choice = isShown ? SHOWN : 'away';
  keepSetting(KEY, choice);
  chosen = keptSetting(KEY) === choice ? undefined : choice;
  for (const listener of listeners) listener();
}

export function useIsTourShown(node: NodeRow | undefined): boolean {
  return isTourShown(node, useSyncExternalStore(subscribe, tourChoice));
}

const KEY = 'slotkeeper.tour';
const SHOWN = 'shown';
const listeners = new Set<() => void>();
/** What was chosen in this window, should the browser keep nothing. */
let chosen: string | undefined;

const tourChoice = (): string | null => chosen ?? keptSetting(KEY);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const isPaid = ({ outcome }: SaleRow): boolean => outcome?.code === 'paid' || outcome?.code === 'partlyPaid';

const at = (page: PageName) => ({ page, href: hrefOf(page) });
const atSale = (sale: SaleRow | undefined) => ({
  page: 'sales' as const,
  href: hrefOf('sales', sale?.id),
});
