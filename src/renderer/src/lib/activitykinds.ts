import type { ActivityRow } from '../../../shared/rows.ts';
import type { Shape } from '../components/StatusMark.tsx';
import { hrefOf } from './router.ts';

type Kind = ActivityRow['kind'];

export const activityShapes: Readonly<Record<Kind, Shape>> = {
  downloading: 'working',
  filled: 'selling',
  proof: 'passed',
  proofMissed: 'attention',
  dataMissing: 'danger',
  slashed: 'danger',
  paid: 'ended',
  lost: 'danger',
  refused: 'info',
  failed: 'attention',
  node: 'info',
  nodeFailed: 'danger',
  chain: 'attention',
  offer: 'info',
  settings: 'info',
  export: 'info',
};

/** What one looks for in the time line; a thing may be of several. */
export const activityFilters = ['all', 'sales', 'proofs', 'money', 'node', 'changes'] as const;
export type ActivityFilter = (typeof activityFilters)[number];

const kindsOf: Readonly<Record<Exclude<ActivityFilter, 'all'>, readonly Kind[]>> = {
  sales: ['downloading', 'filled', 'paid', 'lost', 'refused', 'failed', 'dataMissing'],
  proofs: ['proof', 'proofMissed', 'dataMissing', 'slashed'],
  money: ['paid', 'slashed', 'lost'],
  node: ['node', 'nodeFailed', 'chain', 'failed'],
  changes: ['offer', 'settings', 'export'],
};

export const fitsActivity = ({ kind }: ActivityRow, filter: ActivityFilter): boolean =>
  filter === 'all' || kindsOf[filter].includes(kind);

/** Newest first. What is told at the same second came in the order of its ids. */
export const byNewest = (a: ActivityRow, b: ActivityRow): number => b.at - a.at || (a.id < b.id ? 1 : -1);

/** Where a line leads: to what it speaks of, or to the log of that minute. */
export function activityHref({ kind, saleId, offerId, atMs }: ActivityRow): string | undefined {
  if (saleId !== undefined) return hrefOf('sales', saleId);
  if (offerId !== undefined) return hrefOf('offers', offerId);
  if (kind === 'proof' || kind === 'downloading') return hrefOf('sales');
  if (kind === 'refused') return hrefOf('queue');
  if (kind === 'offer') return hrefOf('offers');
  if (kind === 'settings') return hrefOf('settings');
  return atMs === undefined ? undefined : hrefOf('activity', new Date(atMs).toISOString().slice(0, 16));
}
