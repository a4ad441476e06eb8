import { useCallback, useMemo, useState } from 'react';
import type { SaleRow } from '../../../../shared/rows.ts';
import { countText, formatBytes, shortId, tokensText, type ByteUnit } from '../../../../shared/units.ts';
import { useChainNow, useToken } from '../../api/node.tsx';
import { DataTable, stretched, type Column } from '../../components/DataTable.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { TimelineAxis, TimelineLines } from '../../components/TimelineAxis.tsx';
import { TimelineBar } from '../../components/TimelineBar.tsx';
import type { Language } from '../../../../shared/i18n/language.ts';
import { useLanguage } from '../../i18n/language.ts';
import { t } from '../../i18n/t.ts';
import { useWidth } from '../../lib/measure.ts';
import { hrefOf } from '../../lib/router.ts';
import { accrued, atRisk } from '../../lib/salemoney.ts';
import { saleWords } from '../../lib/salewords.ts';
import { steadyNow, windowAround, type SpanName, type TimeWindow } from '../../lib/timeline.ts';
import { isProofDue, lastProofText } from './lastproof.ts';
import css from './Sales.module.css';
import { SalesLegend } from './SalesLegend.tsx';

interface SalesTableProps {
  readonly sales: readonly SaleRow[];
  readonly span: SpanName;
  /** Of the column of sizes. */
  readonly unit: ByteUnit;
  readonly isLoading: boolean;
}

/** All sales on one axis. Only the rows in sight are drawn, and of those only what changed. */
export function SalesTable({ sales, span, unit, isLoading }: SalesTableProps) {
  const language = useLanguage();
  const now = useChainNow();
  const { decimals, symbol } = useToken();
  const { ref, widthPx } = useWidth(USUAL_WIDTH_PX);
  const [range, setRange] = useState({ first: 0, last: 0 });
  const layout = useMemo(() => layoutFor(widthPx), [widthPx]);
  const barNow = steadyNow(now, span, layout.barPx);
  const window = useMemo(() => windowAround(barNow, span, layout.barPx), [barNow, span, layout]);
  // What a cell shows is kept until its column is another one: those that go with time are apart from the rest.
  const steady = useMemo(() => steadyColumns(language, unit), [language, unit]);
  const ticking = useMemo(() => tickingColumns(language, decimals, now), [language, decimals, now]);
  const bar = useMemo(() => barColumn(language, window, span), [language, window, span]);
  const columns = useMemo(() => {
    const all = [...steady, ...ticking.money, bar, ticking.last];
    return all.filter(({ key }) => layout.keys.has(key));
  }, [steady, ticking, bar, layout]);
  const overlay = useMemo(
    () => (
      <>
        <TimelineLines window={window} span={span} leftPx={layout.beforeBarPx} />
        {isLoading && <Skeleton rows={6} />}
      </>
    ),
    [window, span, layout, isLoading],
  );
  const onRange = useCallback((first: number, last: number) => setRange({ first, last }), []);
  return (
    <>
      <div className={css['rows']} ref={ref}>
        <DataTable
          label={t('sales.title')}
          columns={columns}
          rows={sales}
          rowKey={keyOf}
          isVirtual
          overlay={overlay}
          onRange={onRange}
        />
      </div>
      <SalesLegend
        text={t('sales.range', {
          first: countText(Math.min(range.first + 1, sales.length)),
          last: countText(range.last),
          all: countText(sales.length),
          symbol,
        })}
      />
    </>
  );
}

const keyOf = ({ id }: SaleRow) => id;

const GAP_PX = 16;
const FIXED = { id: 126, state: 152, size: 48, accrued: 60, risk: 60, last: 128 } as const;
const USUAL_WIDTH_PX = 1000;
const NARROW_PX = 820;
const LEAST_BAR_PX = 120;

/** The bar takes what the other columns leave. In a narrow window it goes before size and last proof, which the sale's page tells. */
function layoutFor(tableWidthPx: number) {
  const isNarrow = tableWidthPx < NARROW_PX;
  const before = (['id', 'state', 'size', 'accrued', 'risk'] as const).filter(
    (key) => !isNarrow || key !== 'size',
  );
  const beforeBarPx = before.reduce((sum, key) => sum + FIXED[key] + GAP_PX, 0);
  const afterPx = isNarrow ? 0 : FIXED.last + GAP_PX;
  return {
    keys: new Set<string>([...before, 'bar', ...(isNarrow ? [] : ['last'])]),
    beforeBarPx,
    barPx: Math.max(LEAST_BAR_PX, Math.floor(tableWidthPx - beforeBarPx - afterPx)),
  };
}

// Columns hold texts, so that each is made of the language, too.
const steadyColumns = (_language: Language, unit: ByteUnit): Column<SaleRow>[] => [
  {
    key: 'id',
    head: t('sales.request'),
    width: `${FIXED.id}px`,
    cell: ({ id, requestId, slotIndex }) => (
      <a className={`${stretched} id`} href={hrefOf('sales', id)} title={requestId}>
        {shortId(requestId)} <span className="third">· {slotIndex}</span>
      </a>
    ),
  },
  {
    key: 'state',
    head: t('sales.state'),
    width: `${FIXED.state}px`,
    cell: (sale) => <State sale={sale} />,
  },
  {
    key: 'size',
    head: unit,
    width: `${FIXED.size}px`,
    align: 'right',
    cell: ({ slotSizeBytes }) => formatBytes(slotSizeBytes, unit).value,
  },
];

/** What grows or comes nearer by the second. */
const tickingColumns = (_language: Language, decimals: number, now: number) => ({
  money: [
    {
      key: 'accrued',
      head: t('sales.accrued'),
      width: `${FIXED.accrued}px`,
      align: 'right',
      cell: (sale) => <Amount amount={accrued(sale, now)} decimals={decimals} />,
    },
    {
      key: 'risk',
      head: t('sales.atRisk'),
      width: `${FIXED.risk}px`,
      align: 'right',
      cell: (sale) => <Amount amount={atRisk(sale, now)} decimals={decimals} />,
    },
  ] satisfies Column<SaleRow>[],
  last: {
    key: 'last',
    head: t('sales.lastProof'),
    width: `${FIXED.last}px`,
    align: 'right',
    cell: (sale) => <span className={isProofDue(sale) ? '' : 'third'}>{lastProofText(sale, now)}</span>,
  } satisfies Column<SaleRow>,
});

const barColumn = (_language: Language, window: TimeWindow, span: SpanName): Column<SaleRow> => ({
  key: 'bar',
  head: <TimelineAxis window={window} span={span} />,
  width: `${window.widthPx}px`,
  cell: (sale) => <TimelineBar sale={sale} window={window} />,
});

function State({ sale }: { sale: SaleRow }) {
  const { shape, word } = saleWords(sale);
  return <StatusMark shape={shape}>{word}</StatusMark>;
}

/** A zero is grey, a loss is red. */
function Amount({ amount, decimals }: { amount: bigint; decimals: number }) {
  if (amount === 0n) return <span className="third">0</span>;
  return <span className={amount < 0n ? 'danger' : ''}>{tokensText(amount, decimals)}</span>;
}
