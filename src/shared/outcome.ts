import { currentLanguage } from './i18n/language.ts';
import { isSharedKey, said, sharedText } from './i18n/shared.ts';
import { refusalText, type ToldRefusal } from './refusal.ts';

/** How a sale ended: a code, the node's own English sentence with all its figures, and the rule that failed if one did. */
export interface ToldOutcome {
  readonly code: string;
  readonly text: string;
  readonly refusal?: ToldRefusal;
}

/** One plain sentence; in another language than the node's the one of the rule, or else of the code. */
export function outcomeText(outcome: ToldOutcome | undefined, offerName?: string): string {
  if (!outcome) return said('outcome.unknown');
  const { code, text, refusal } = outcome;
  if (currentLanguage() === 'en' && text !== '') return text;
  const ofRule = refusal && refusalText(refusal, offerName);
  const key = `outcome.${code}`;
  return ofRule ?? (isSharedKey(key) ? sharedText(key, {}) : text);
}
