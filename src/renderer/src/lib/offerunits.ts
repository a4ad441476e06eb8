import { exactPricePerGbMonth, exactTokens } from '../../../shared/units.ts';
import { dayOf, type Offer, type OfferDraft } from './offerdraft.ts';

/** What could be read, as the protocol's own numbers; what could not stays as typed. */
export function rawDraft(values: Partial<Offer>): Partial<OfferDraft> {
  return present({
    space: values.totalBytes?.toString(),
    price: values.minPricePerBytePerSecond?.toString(),
    longest: values.durationSeconds?.toString(),
    collateral: values.totalCollateral?.toString(),
  });
}

/** The way back, with every digit. */
export function humanDraft(values: Partial<Offer>, decimals: number): Partial<OfferDraft> {
  const { totalBytes, minPricePerBytePerSecond, durationSeconds, totalCollateral } = values;
  return present({
    space: totalBytes === undefined ? undefined : exactTokens(totalBytes, 9),
    price:
      minPricePerBytePerSecond === undefined
        ? undefined
        : exactPricePerGbMonth(minPricePerBytePerSecond, decimals),
    longest: durationSeconds === undefined ? undefined : daysText(durationSeconds),
    collateral: totalCollateral === undefined ? undefined : exactTokens(totalCollateral, decimals),
  });
}

/** Everything of an offer as the form shows it. */
export const draftOf = (offer: Offer, decimals: number): OfferDraft => ({
  space: '',
  price: '',
  longest: '',
  collateral: '',
  ...humanDraft(offer, decimals),
  name: offer.name,
  until: dayOf(offer.until),
});

const DAY = 86_400n;

/** Days where they are whole, else the seconds with their unit, so that nothing is lost. */
const daysText = (seconds: bigint) => (seconds % DAY === 0n ? String(seconds / DAY) : `${seconds} s`);

function present(draft: { [Field in keyof OfferDraft]?: string | undefined }): Partial<OfferDraft> {
  return Object.fromEntries(Object.entries(draft).filter(([, text]) => text !== undefined));
}
