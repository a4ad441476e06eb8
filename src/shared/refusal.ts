import { said } from './i18n/shared.ts';
import {
  bytesText,
  countText,
  durationText,
  exactPricePerGbMonth,
  exactTokens,
  GB,
  pricePerGbMonth,
  tokensText,
} from './units.ts';
import { utcMinute, utcSecond } from './utctext.ts';

/** What did not go together, in the units of the rule: bytes, seconds, tokens; prices and collateral per byte. */
export interface RefusalFigures {
  readonly asked: bigint;
  readonly yours: bigint;
}

/** The rule that kept an offer from taking a slot, as it crosses to the window. */
export interface ToldRefusal {
  readonly rule: string;
  readonly availabilityId?: string;
  readonly details?: RefusalFigures;
}

/** The sentence of a refusal; undefined for a rule without one, or when what it speaks of is not known. */
export function refusalText({ rule, details }: ToldRefusal, offerName?: string): string | undefined {
  if (rule === 'noOffer') return said('refusal.noOffer');
  if (rule === 'disabled')
    return offerName === undefined ? undefined : said('refusal.paused', { name: offerName });
  if (!details || !isMeasuredRule(rule)) return undefined;
  return ruleText(rule, details);
}

export type MeasuredRule = 'price' | 'duration' | 'until' | 'size' | 'freeSpace' | 'collateral';

/** Of an offer without an end: what a record can hold. */
export const LAST_SECOND = BigInt(Number.MAX_SAFE_INTEGER);

/** What a request asks and what an offer has, by the rule that they break. */
export function ruleText(rule: MeasuredRule, details: RefusalFigures): string {
  switch (rule) {
    case 'price':
      return said('refusal.price', told(details, pricePerGbMonth, exactPricePerGbMonth));
    case 'duration':
      return said(
        'refusal.duration',
        told(details, durationText, (seconds) => `${countText(seconds)} s`),
      );
    case 'until':
      return details.asked > LAST_SECOND
        ? said('refusal.endless')
        : said('refusal.until', told(details, utcMinute, utcSecond));
    case 'size':
      return details.asked <= 0n
        ? said('refusal.empty')
        : said('refusal.size', told(details, bytesText, exactBytes));
    case 'freeSpace':
      return said('refusal.freeSpace', told(details, bytesText, exactBytes));
    case 'collateral':
      return said('refusal.collateral', told(details, perGb(tokensText), perGb(exactTokens)));
  }
}

const measuredRules: ReadonlySet<string> = new Set<MeasuredRule>([
  'price',
  'duration',
  'until',
  'size',
  'freeSpace',
  'collateral',
]);
const isMeasuredRule = (rule: string): rule is MeasuredRule => measuredRules.has(rule);

/** Two amounts that differ shall not read the same: where the short text hides it, the exact one is shown. */
function told(
  { asked, yours }: RefusalFigures,
  short: (value: bigint) => string,
  exact: (value: bigint) => string,
): { asked: string; yours: string } {
  const text = short(asked) === short(yours) ? exact : short;
  return { asked: text(asked), yours: text(yours) };
}

const exactBytes = (bytes: bigint) => `${countText(bytes)} B`;

const perGb = (text: (amount: bigint) => string) => (eachByte: bigint) => text(eachByte * GB);
