import { bytesText, percentText } from '../../../../shared/units.ts';
import type { SaleRow } from '../../../../shared/rows.ts';
import { useTable } from '../../api/node.tsx';
import { Section } from '../../components/Page.tsx';
import { StatePath, type Stop } from '../../components/StatePath.tsx';
import { t } from '../../i18n/t.ts';
import { hasEnded } from '../../lib/salewords.ts';

/** From the first offer to its first filled slot: what has happened, and what is waited for. Gone after that. */
export function FirstSale() {
  const offers = [...useTable('availabilities').values()].filter(({ state }) => state === 'active');
  const sales = [...useTable('sales').values()];
  const waiting = useTable('queue').size;
  const isOver = sales.some(({ filledAt, endedAt }) => filledAt !== undefined || endedAt !== undefined);
  if (offers.length === 0 || isOver) return undefined;
  const size = offers.reduce((sum, { totalBytes }) => sum + totalBytes, 0n);
  return (
    <Section title={t('firstSale.title')}>
      <StatePath stops={stopsOf(foremost(sales), size, waiting)} />
    </Section>
  );
}

/** Where the one that has come furthest stands. */
function stopsOf(sale: SaleRow | undefined, offered: bigint, waiting: number): Stop[] {
  const reached = sale ? placeOf(sale) : 0;
  const notes = [
    t('firstSale.liveNote', { size: bytesText(offered) }),
    sale ? t('firstSale.found') : t('firstSale.waits', { count: waiting }),
    downloadText(sale),
    '',
    '',
  ];
  return stops.map((name, index) => ({
    name,
    state: index <= reached ? 'done' : index === reached + 1 ? 'now' : 'toCome',
    note: notes[index] || (index === reached + 1 ? t('firstSale.now') : ''),
  }));
}

const stops = [
  'firstSale.live',
  'firstSale.request',
  'firstSale.download',
  'firstSale.proof',
  'firstSale.filled',
] as const;

/** The last stop that is behind it. */
function placeOf({ state }: SaleRow): number {
  switch (state) {
    case 'initialProving':
      return 2;
    case 'filling':
      return 3;
    default:
      return 1;
  }
}

function foremost(sales: readonly SaleRow[]): SaleRow | undefined {
  return sales.filter((sale) => !hasEnded(sale)).toSorted((a, b) => placeOf(b) - placeOf(a))[0];
}

function downloadText(sale: SaleRow | undefined): string {
  if (sale?.state !== 'downloading' || !sale.progress) return '';
  return percentText(sale.progress.doneBytes, sale.progress.totalBytes);
}
