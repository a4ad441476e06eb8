import { Button } from '@mantine/core';
import type { AccountBalance, AccountCheck } from '../../../../shared/accounts.ts';
import { countText, exactTokens, gasText, tokensText } from '../../../../shared/units.ts';
import { useAccountCheck } from '../../api/accounts.ts';
import { useChainNow, useToken } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { plural, t } from '../../i18n/t.ts';
import { exactTimeText, timeText } from '../../lib/format.ts';
import css from './Earnings.module.css';

/** Whether opening balance and lines make what the chain says the wallet holds; where not, by how much and since when. */
export function BalanceCheck({ hasBegun }: { hasBegun: boolean }) {
  const { value: check, failure, again, isAsking } = useAccountCheck();
  if (!hasBegun) return undefined;
  return (
    <section className={css['check']} aria-label={t('check.title')}>
      <div className={css['checkWords']} aria-live="polite">
        {check ? <Verdict check={check} /> : <p className="second">{failure ? '' : t('check.asking')}</p>}
        {failure && <Failure what={t('check.failed')} error={failure} />}
      </div>
      <Button variant="default" size="xs" loading={isAsking} onClick={again}>
        {t('check.again')}
      </Button>
    </section>
  );
}

function Verdict({ check }: { check: AccountCheck }) {
  const { tokens, gas, otherTransactions, at, block } = check;
  const now = useChainNow();
  const { symbol, decimals } = useToken();
  const when = t('check.when', { block: countText(block), time: timeText(at, now) });
  const units = [
    { balance: tokens, text: (amount: bigint) => `${tokensText(amount, decimals)} ${symbol}`, decimals },
    { balance: gas, text: (amount: bigint) => `${gasText(amount)} ETH`, decimals: 18 },
  ];
  const wrong = units.filter(({ balance }) => balance.difference !== 0n);
  return (
    <>
      {wrong.length === 0 ? (
        <p title={exactTimeText(at)}>
          <StatusMark shape="passed">
            {t('check.holds', {
              tokens: tokensText(tokens.chain, decimals),
              symbol,
              gas: gasText(gas.chain),
            })}
          </StatusMark>{' '}
          <span className="third">{when}</span>
        </p>
      ) : (
        wrong.map(({ balance, text, decimals: places }) => (
          <p key={places + text(1n)} title={exactTokens(balance.difference, places)}>
            <StatusMark shape="attention">{differenceText(balance, text)}</StatusMark>{' '}
            <span className="third">{when}</span>
          </p>
        ))
      )}
      {gas.difference !== 0n && <p className="second">{t('check.otherWays')}</p>}
      {otherTransactions !== 0 && (
        <p className="second">{plural('check.otherTransactions', otherTransactions)}</p>
      )}
    </>
  );

  function differenceText(
    { difference, since = at }: AccountBalance,
    text: (amount: bigint) => string,
  ): string {
    const values = { amount: text(difference < 0n ? -difference : difference), time: timeText(since, now) };
    return difference > 0n ? t('check.more', values) : t('check.less', values);
  }
}
