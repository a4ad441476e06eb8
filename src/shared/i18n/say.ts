import { errorMessage } from '../errors.ts';
import { outcomeText, type ToldOutcome } from '../outcome.ts';
import { bytesText, countText, gasText, tokensText } from '../units.ts';
import { sharedText, type SharedKey, type SharedValues } from './shared.ts';

/**
 * A sentence that crosses from the node to whoever shows it: its key, and what it speaks of as facts. Each side says it
 * in its own language.
 */
export interface Sentence {
  readonly key: SharedKey;
  readonly values: Readonly<Record<string, Fact>>;
}

export type Fact =
  | string
  | number
  | { readonly bytes: bigint }
  | { readonly wei: bigint }
  | { readonly count: bigint }
  | { readonly tokens: bigint; readonly decimals: number; readonly symbol: string }
  | { readonly error: { readonly code: string; readonly message: string } }
  | { readonly outcome: ToldOutcome | undefined }
  | Sentence;

/** A sentence with all that its text names; what is missing does not compile. */
export function sentence<Key extends SharedKey>(key: Key, ...values: SharedValues<Key, Fact>): Sentence {
  return { key, values: values[0] ?? {} };
}

/** The sentences one after the other; those that are not there are left out. */
export function joined(first: Sentence, ...others: readonly (Sentence | undefined)[]): Sentence {
  return others.reduce<Sentence>(
    (all, next) => (next ? sentence('joined', { first: all, next }) : all),
    first,
  );
}

/** The sentence in the current language. */
export function say({ key, values }: Sentence): string {
  const texts = Object.entries(values).map(([name, fact]) => [name, factText(fact)]);
  return sharedText(key, Object.fromEntries(texts) as Record<string, string>);
}

function factText(fact: Fact): string {
  if (typeof fact === 'string') return fact;
  if (typeof fact === 'number') return String(fact);
  if ('bytes' in fact) return bytesText(fact.bytes);
  if ('wei' in fact) return `${gasText(fact.wei)} ETH`;
  if ('count' in fact) return countText(fact.count);
  if ('tokens' in fact) return `${tokensText(fact.tokens, fact.decimals)} ${fact.symbol}`.trim();
  if ('error' in fact) return errorMessage(fact.error);
  return 'outcome' in fact ? outcomeText(fact.outcome) : say(fact);
}
