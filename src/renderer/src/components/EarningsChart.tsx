/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a drawing along which the arrow keys read is a slider, and no field */
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import type { EarningBar, EarningChart, EarningStep } from '../../../shared/accounts.ts';
import { exactTokens, gasText, tokensText } from '../../../shared/units.ts';
import { useEarningChart } from '../api/accounts.ts';
import { useToken } from '../api/node.tsx';
import { t } from '../i18n/t.ts';
import { barName } from '../lib/earnings.ts';
import { useWidth } from '../lib/measure.ts';
import { DataTable, type Column } from './DataTable.tsx';
import css from './EarningsChart.module.css';
import { EarningsPlot } from './EarningsPlot.tsx';
import { Failure } from './Failure.tsx';
import { Hatched } from './Hatch.tsx';
import { Section } from './Page.tsx';

interface EarningsChartProps {
  readonly title: string;
  readonly step: EarningStep;
  /** What else stands above right. */
  readonly aside?: ReactNode;
}

/** What was settled and slashed, what is expected right of today; the same as a table on demand. */
export function EarningsChart({ title, step, aside }: EarningsChartProps) {
  const { value: chart, failure } = useEarningChart(step);
  const [isTable, setTable] = useState(false);
  return (
    <Section
      title={title}
      aside={
        <div className={css['tools']}>
          <Legend />
          <button
            type="button"
            className={css['quiet']}
            aria-pressed={isTable}
            onClick={() => setTable((before) => !before)}
          >
            {isTable ? t('earnings.asChart') : t('earnings.asTable')}
          </button>
          {aside}
        </div>
      }
    >
      {failure && !chart ? (
        <Failure what={t('earnings.chartFailed')} error={failure} />
      ) : (
        <div className={css['body']}>
          {!chart && <Axes />}
          {chart && (isTable ? <ChartTable chart={chart} /> : <Plot chart={chart} />)}
        </div>
      )}
    </Section>
  );
}

/** What stands before the data come. */
const Axes = () => (
  <div className={css['axes']} aria-hidden="true">
    <span />
    <span />
    <span />
  </div>
);

const Legend = () => (
  <ul className={css['legend']}>
    <li>
      <span className={css['settled']} />
      {t('earnings.settled')}
    </li>
    <li>
      <span className={css['expected']}>
        <Hatched ink="accent" />
      </span>
      {t('earnings.expected')}
    </li>
    <li>
      <span className={css['slashed']} />
      {t('earnings.slashed')}
    </li>
  </ul>
);

/** Arrow keys move the reading line; what stands at it is said below in words. */
function Plot({ chart }: { chart: EarningChart }) {
  const { bars, step } = chart;
  const { symbol, decimals } = useToken();
  const { ref, widthPx } = useWidth(604);
  const today = todayIn(chart);
  const [chosen, setChosen] = useState<number>();
  const at = Math.min(chosen ?? today, bars.length - 1);
  const bar = bars[at];
  const text = bar ? readingOf(bar) : '';
  const move = (event: KeyboardEvent) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setChosen(Math.max(0, Math.min(bars.length - 1, to)));
  };
  return (
    <>
      <div
        ref={ref}
        className={css['plot']}
        role="slider"
        tabIndex={0}
        aria-label={t('earnings.chart')}
        aria-valuemin={0}
        aria-valuemax={bars.length - 1}
        aria-valuenow={at}
        aria-valuetext={text}
        onKeyDown={move}
      >
        <EarningsPlot
          chart={chart}
          today={today}
          chosen={chosen}
          choose={setChosen}
          widthPx={widthPx}
          decimals={decimals}
        />
      </div>
      <p className={css['reading']}>
        {text}
        {chart.later > 0n && (
          <span className="third">
            {' '}
            {t('earnings.later', { amount: tokensText(chart.later, decimals), symbol })}
          </span>
        )}
      </p>
    </>
  );

  function readingOf({ settled, expected, slashed, ...named }: EarningBar): string {
    const amount = (of: bigint) => `${tokensText(of, decimals)} ${symbol}`;
    const parts = [
      t('earnings.readSettled', { amount: amount(settled) }),
      ...(expected > 0n ? [t('earnings.readExpected', { amount: amount(expected) })] : []),
      ...(slashed < 0n ? [t('earnings.readSlashed', { amount: amount(slashed) })] : []),
    ];
    return `${barName(named, step)}: ${parts.join(', ')}.`;
  }
}

function ChartTable({ chart: { bars, step } }: { chart: EarningChart }) {
  const { symbol, decimals } = useToken();
  const amount = (key: 'settled' | 'expected' | 'slashed', head: string): Column<EarningBar> => ({
    key,
    head: `${head} (${symbol})`,
    width: 'minmax(0, 1fr)',
    align: 'right',
    cell: ({ [key]: value }) => (
      <span className={value === 0n ? 'third' : undefined} title={exactTokens(value, decimals)}>
        {tokensText(value, decimals)}
      </span>
    ),
  });
  return (
    <div className={css['table']}>
      <DataTable
        label={t('earnings.chart')}
        isVirtual
        rows={bars}
        rowKey={({ name }) => name}
        columns={[
          { key: 'name', head: t(`earnings.${step}`), width: '96px', cell: (bar) => barName(bar, step) },
          amount('settled', t('earnings.settled')),
          amount('expected', t('earnings.expected')),
          amount('slashed', t('earnings.slashed')),
          {
            key: 'gas',
            head: t('earnings.gasHead'),
            width: 'minmax(0, 1fr)',
            align: 'right',
            isMinor: true,
            cell: ({ gas }) => <span title={exactTokens(gas)}>{gasText(gas)}</span>,
          },
        ]}
      />
    </div>
  );
}

/** The bar that is still being earned. */
const todayIn = ({ bars, now }: EarningChart): number =>
  Math.max(
    0,
    bars.findLastIndex(({ from }) => from <= now),
  );
