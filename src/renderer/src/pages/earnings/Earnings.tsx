import { Button } from '@mantine/core';
import { useState } from 'react';
import type { AccountFilter, AccountTotals, EarningStep } from '../../../../shared/accounts.ts';
import { countText, exactTokens, gasText, tokensText } from '../../../../shared/units.ts';
import { useAccountTotals } from '../../api/accounts.ts';
import { useChainNow, useIsLoading, useOnly, useToken } from '../../api/node.tsx';
import { EarningsChart } from '../../components/EarningsChart.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Figure, FigureRow } from '../../components/Figure.tsx';
import { Page } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { t } from '../../i18n/t.ts';
import { exactTimeText, timeText } from '../../lib/format.ts';
import { BalanceCheck } from './BalanceCheck.tsx';
import css from './Earnings.module.css';
import { ExportButtons } from './ExportButtons.tsx';
import { LineTable } from './LineTable.tsx';
import { SumTables } from './SumTables.tsx';

/** The accounts: what came, what went, what was lost, each with its transaction; and whether it adds up. */
export function Earnings() {
  const { value: totals, failure } = useAccountTotals();
  const { symbol } = useToken();
  const [step, setStep] = useState<EarningStep>('day');
  const [filter, setFilter] = useState<AccountFilter>({});
  return (
    <Page
      title={t('nav.earnings')}
      line={<Since totals={totals} />}
      actions={<ExportButtons filter={filter} />}
    >
      {failure && !totals ? (
        <Failure what={t('earnings.failed')} error={failure} />
      ) : (
        <>
          <div className={css['figures']}>
            <Figures totals={totals} />
          </div>
          <BalanceCheck hasBegun={totals?.began !== undefined} />
          <EarningsChart
            title={t('earnings.over', { symbol })}
            step={step}
            aside={<StepSwitch step={step} setStep={setStep} />}
          />
          {totals?.all.lines === 0 ? (
            <EmptyState what={t('earnings.empty')} first={t('earnings.emptyFirst')} />
          ) : (
            <>
              <SumTables totals={totals} filter={filter} setFilter={setFilter} />
              <LineTable filter={filter} setFilter={setFilter} />
            </>
          )}
        </>
      )}
    </Page>
  );
}

function Since({ totals }: { totals: AccountTotals | undefined }) {
  const now = useChainNow();
  if (!totals) return undefined;
  if (!totals.began) return t('earnings.notBegun');
  const { at, block } = totals.began;
  return (
    <span title={exactTimeText(at)}>
      {t('earnings.since', { time: timeText(at, now), block: countText(block) })}
    </span>
  );
}

function Figures({ totals }: { totals: AccountTotals | undefined }) {
  const { symbol, decimals } = useToken();
  const money = useOnly('money');
  const isLoading = useIsLoading();
  const waiting = { value: <Skeleton width="96px" height={36} /> };
  const tokens = (amount: bigint | undefined) =>
    amount === undefined || isLoading
      ? waiting
      : {
          value: tokensText(amount, decimals),
          unit: symbol,
          exact: `${exactTokens(amount, decimals)} ${symbol}`,
        };
  const all = totals?.all;
  return (
    <FigureRow>
      <Figure label={t('home.earned')} {...tokens(all?.earned)} note={t('earnings.earnedNote')} />
      <Figure
        label={t('earnings.slashedFigure')}
        {...tokens(all?.slashed)}
        {...(all && all.slashed < 0n && { tone: 'danger' as const })}
        note={t('earnings.slashedNote')}
      />
      <Figure
        label={t('earnings.gasFigure')}
        {...(all ? { value: gasText(all.gas), unit: 'ETH', exact: `${exactTokens(all.gas)} ETH` } : waiting)}
        note={t('earnings.gasNote')}
      />
      <Figure label={t('home.accruing')} {...tokens(money?.accruing)} note={t('earnings.accruingNote')} />
    </FigureRow>
  );
}

function StepSwitch({ step, setStep }: { step: EarningStep; setStep: (step: EarningStep) => void }) {
  return (
    <fieldset className={css['switch']} aria-label={t('earnings.steps')}>
      {(['day', 'month'] as const).map((name) => (
        <Button
          key={name}
          size="xs"
          variant={name === step ? 'light' : 'subtle'}
          aria-pressed={name === step}
          onClick={() => setStep(name)}
        >
          {t(`earnings.by.${name}`)}
        </Button>
      ))}
    </fieldset>
  );
}
