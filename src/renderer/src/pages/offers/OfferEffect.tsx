import type { AvailabilityRow } from '../../../../shared/rows.ts';
import { bytesText, exactTokens, MINUS, tokensText } from '../../../../shared/units.ts';
import { useToken } from '../../api/node.tsx';
import { MoneyPair, type Side } from '../../components/MoneyPair.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { monthlyIfSold, type Offer } from '../../lib/offerdraft.ts';
import css from './Offers.module.css';
import { OfferBacktest } from './OfferBacktest.tsx';
import { useOfferChecks } from './offerchecks.ts';

interface OfferEffectProps {
  readonly values: Partial<Offer>;
  /** The offer that is edited; absent for a new one. */
  readonly edited: AvailabilityRow | undefined;
  readonly onTake: (values: Partial<Offer>) => void;
  /** What it may bring, where more is known than that all of it may be sold. */
  readonly gain?: Side | undefined;
}

/** What the offer may bring and cost, answered while one types, what it would have taken, what stands in its way. */
export function OfferEffect({ values, edited, onTake, gain }: OfferEffectProps) {
  const ifAllIsSold = useGain(values);
  const checks = useOfferChecks(values, edited);
  return (
    <div className={css['effect']}>
      <div className={css['pair']}>
        <MoneyPair gain={gain ?? ifAllIsSold} loss={useLoss(values)} />
      </div>
      <OfferBacktest values={values} edited={edited} onTake={onTake} />
      <h3 className={css['checksTitle']}>{edited ? t('offers.beforeSave') : t('offers.before')}</h3>
      <dl className={css['checks']}>
        {checks.map(({ name, shape, text }) => (
          <div key={name}>
            <dt>
              <StatusMark shape={shape}>{t(`check.${name}`)}</StatusMark>
            </dt>
            <dd className={shape === 'attention' ? 'attention' : shape === 'danger' ? 'danger' : ''}>
              {text}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function useGain({ totalBytes, minPricePerBytePerSecond: price, ...rest }: Partial<Offer>) {
  const { symbol, decimals } = useToken();
  const isKnown = totalBytes !== undefined && price !== undefined;
  const amount = isKnown
    ? monthlyIfSold({ ...(rest as Offer), totalBytes, minPricePerBytePerSecond: price })
    : 0n;
  return {
    label: t('offers.gain'),
    ...(isKnown
      ? { value: tokensText(amount, decimals), unit: symbol, exact: exactTokens(amount, decimals) }
      : { value: undefined }),
    assumption: isKnown ? t('offers.gainNote', { size: bytesText(totalBytes) }) : t('offers.gainNeeds'),
  };
}

function useLoss({ totalCollateral }: Partial<Offer>) {
  const { symbol, decimals } = useToken();
  return {
    label: t('offers.loss'),
    ...(totalCollateral === undefined
      ? { value: undefined }
      : {
          value: `${MINUS}${tokensText(totalCollateral, decimals)}`,
          unit: symbol,
          exact: exactTokens(-totalCollateral, decimals),
        }),
    assumption: totalCollateral === undefined ? t('offers.lossNeeds') : t('offers.lossNote'),
  };
}
