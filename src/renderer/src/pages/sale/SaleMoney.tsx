import type { ReactNode } from 'react';
import type { SaleRow } from '../../../../shared/rows.ts';
import { exactTokens, gasText, MINUS, tokensText } from '../../../../shared/units.ts';
import { useChainNow, useToken } from '../../api/node.tsx';
import { t } from '../../i18n/t.ts';
import { timeText } from '../../lib/format.ts';
import { fullPay } from '../../../../shared/salepay.ts';
import { accrued, atRisk } from '../../lib/salemoney.ts';
import { hasEnded, isSelling } from '../../lib/salewords.ts';
import css from './Sale.module.css';
import { SaleRisk } from './SaleRisk.tsx';

/** What came in or will, and what stands against it. */
export function SaleMoney({ sale }: { sale: SaleRow }) {
  const { symbol } = useToken();
  return (
    <aside className={css['right']} aria-label={t('sale.money', { symbol })}>
      <h2>{t('sale.money', { symbol })}</h2>
      <dl className={css['amounts']}>{hasEnded(sale) ? <Settled sale={sale} /> : <Running sale={sale} />}</dl>
      <dl className={css['amounts']}>
        <div>
          <dt>{t('sale.gas')}</dt>
          <dd title={exactTokens(sale.gasCost)}>{gasText(sale.gasCost)} ETH</dd>
        </div>
      </dl>
      {isSelling(sale) && <SaleRisk sale={sale} />}
    </aside>
  );
}

function Running({ sale }: { sale: SaleRow }) {
  const now = useChainNow();
  const pay = fullPay(sale);
  const soFar = accrued(sale, now);
  const { collateral, currentCollateral = collateral, filledAt, requestEndsAt } = sale;
  if (filledAt === undefined) return <Line name={t('sale.willBring')} amount={pay} />;
  return (
    <>
      <Line name={t('sale.accrued')} amount={soFar} isStrong />
      <Line name={t('sale.toAccrue')} amount={pay - soFar} />
      <Line name={t('sale.collateralLeft')} amount={currentCollateral ?? 0n} />
      <Line name={t('sale.ifLost')} amount={-atRisk(sale, now)} isDanger />
      {requestEndsAt !== undefined && (
        <Line name={t('sale.payoutOn', { time: timeText(requestEndsAt, now) })} amount={pay} isStrong />
      )}
    </>
  );
}

/** What never was filled had nothing put in. */
function Settled({ sale }: { sale: SaleRow }) {
  const { payout = 0n, collateral = 0n, currentCollateral = collateral, outcome, filledAt } = sale;
  const lost = outcome?.code === 'slotLost' ? collateral : collateral - currentCollateral;
  return (
    <>
      <Line name={t('sale.paid')} amount={payout} isStrong />
      {filledAt !== undefined && <Line name={t('sale.collateralBack')} amount={collateral - lost} />}
      {lost > 0n && <Line name={t('sale.slashed')} amount={-lost} isDanger />}
    </>
  );
}

interface LineProps {
  readonly name: ReactNode;
  readonly amount: bigint;
  readonly isStrong?: boolean;
  readonly isDanger?: boolean;
}

function Line({ name, amount, isStrong = false, isDanger = false }: LineProps) {
  const { decimals } = useToken();
  const size = amount < 0n ? -amount : amount;
  return (
    <div data-strong={isStrong || undefined}>
      <dt>{name}</dt>
      <dd title={exactTokens(amount, decimals)} className={isDanger ? 'danger' : ''}>
        {amount < 0n && MINUS}
        {size === 0n ? '0' : tokensText(size, decimals)}
      </dd>
    </div>
  );
}
