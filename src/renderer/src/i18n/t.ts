import { fill, type Names, type PluralStem, type TranslationOf } from '../../../shared/i18n/catalogue.ts';
import { currentLanguage, pluralForm, type Language } from '../../../shared/i18n/language.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { numberText } from './numbers.ts';

export type TextKey = keyof typeof en;

/** The text of `key` in the current language with its `{names}` filled in. A missing name or key does not compile. */
export function t<Key extends TextKey>(key: Key, ...values: ValuesOf<Key>): string {
  const text = catalogues[currentLanguage()][key];
  const filling: Readonly<Record<string, string | number>> | undefined = values[0];
  if (!filling) return text;
  const texts = Object.entries(filling).map(([name, value]) => [name, numberText(value)]);
  return fill(text, Object.fromEntries(texts) as Record<string, string>);
}

/** Picks `key.one` or `key.other` by the language's rule; `{count}` is filled in. */
export function plural(key: PluralStem<TextKey>, count: number): string {
  const text = catalogues[currentLanguage()][`${key}.${pluralForm(count)}`];
  return fill(text, { count: numberText(count) });
}

/** Whether there is a text of that name: for codes that come from outside. */
export const isTextKey = (key: string): key is TextKey => Object.hasOwn(en, key);

const catalogues: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = {
  en,
  de: de satisfies TranslationOf<typeof en, typeof de>,
};

type ValuesOf<Key extends TextKey> = [Names<(typeof en)[Key]>] extends [never]
  ? []
  : [Readonly<Record<Names<(typeof en)[Key]>, string | number>>];
