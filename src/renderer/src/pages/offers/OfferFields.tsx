import { bytesText, exactPricePerGbMonth, GB, parseTokens, perGbMonth } from '../../../../shared/units.ts';
import { useTable, useToken } from '../../api/node.tsx';
import { Field } from '../../components/Field.tsx';
import { t } from '../../i18n/t.ts';
import { askedIn } from '../../lib/asked.ts';
import { shortPrice, shortTokens } from '../../lib/format.ts';
import type { CheckedDraft, Limits, OfferDraft, OfferField } from '../../lib/offerdraft.ts';
import css from './Offers.module.css';

interface OfferFieldsProps {
  readonly draft: OfferDraft;
  readonly checked: CheckedDraft;
  readonly limits: Limits | undefined;
  readonly isRaw: boolean;
  readonly errorOf: (field: OfferField) => string | undefined;
  readonly change: (field: OfferField, text: string) => void;
  readonly enter: (field: OfferField) => void;
  readonly leave: (field: OfferField) => void;
}

/** The fields: label left, limit right, unit inside, the error below. */
export function OfferFields({
  draft,
  checked,
  limits,
  isRaw,
  errorOf,
  change,
  enter,
  leave,
}: OfferFieldsProps) {
  const { symbol, decimals } = useToken();
  const asked = askedIn(useTable('queue').values());
  const { totalBytes, minPricePerBytePerSecond: price, totalCollateral } = checked.values;
  const field = (name: OfferField) => ({
    name,
    value: draft[name],
    error: errorOf(name),
    onChange: (text: string) => change(name, text),
    onEnter: () => enter(name),
    onLeave: () => leave(name),
  });
  return (
    <>
      <Field
        {...field('space')}
        label={t('offers.space')}
        help={limits && t('offers.leftInQuota', { left: bytesText(limits.quotaLeft) })}
        {...(isRaw ? { unit: t('offers.bytes') } : namesUnit(draft.space) ? {} : { unit: 'GB' })}
      />
      <Field
        {...field('price')}
        label={t('offers.lowestPrice')}
        help={priceHelp()}
        unit={isRaw ? t('offers.rawPriceUnit') : t('offers.priceUnit', { symbol })}
        unitWidth={176}
      />
      <div className={css['two']}>
        <Field
          {...field('longest')}
          label={t('offers.longest')}
          unit={isRaw ? t('offers.seconds') : t('offers.days')}
          unitWidth={72}
        />
        <Field {...field('until')} type="date" label={t('offers.endsOn')} help={t('offers.optional')} />
      </div>
      <Field
        {...field('collateral')}
        label={t('offers.collateral')}
        help={collateralHelp()}
        unit={isRaw ? t('offers.rawUnit') : symbol}
        unitWidth={isRaw ? 96 : 48}
      />
      <Field {...field('name')} label={t('offers.name')} />
    </>
  );

  /** What is kept where it is not what was typed, since the chain's unit is coarser; else what the market pays. */
  function priceHelp(): string | undefined {
    if (isRaw) return undefined;
    const typed = parseTokens(draft.price, decimals, symbol);
    if (price !== undefined && typed.ok && perGbMonth(price) !== typed.value) {
      return t('offers.exactPrice', { price: exactPricePerGbMonth(price, decimals) });
    }
    if (!asked) return undefined;
    const { low, high } = asked.price;
    if (low === high) return t('offers.askedOnePrice', { price: shortPrice(low, decimals) });
    return t('offers.askedPrice', { low: shortPrice(low, decimals), high: shortPrice(high, decimals) });
  }

  function collateralHelp(): string | undefined {
    if (totalBytes === undefined || totalCollateral === undefined || isRaw) return undefined;
    return t('offers.perGb', { amount: shortTokens((totalCollateral * GB) / totalBytes, decimals) });
  }
}

/** `333 MB` says its unit itself: another one beside it would contradict it. */
const namesUnit = (space: string): boolean => /\p{L}/u.test(space);
