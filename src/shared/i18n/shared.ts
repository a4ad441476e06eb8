import { fill, type Names, type PluralStem, type TranslationOf } from './catalogue.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { currentLanguage, pluralForm, type Language } from './language.ts';

export type SharedKey = keyof typeof en;

/** One value for each name in the text of `Key`. */
export type SharedValues<Key extends SharedKey, Value> = [Names<(typeof en)[Key]>] extends [never]
  ? []
  : [Readonly<Record<Names<(typeof en)[Key]>, Value>>];

/** A text that both worlds say, filled in, in the current language. */
export function sharedText(key: SharedKey, values: Readonly<Record<string, string | number>>): string {
  return fill(catalogues[currentLanguage()][key], values);
}

/** As `sharedText`, for texts whose names the compiler knows. */
export function said<Key extends SharedKey>(key: Key, ...values: SharedValues<Key, string | number>): string {
  return sharedText(key, values[0] ?? {});
}

/** Picks `key.one` or `key.other` by the language's rule. */
export function saidOf(
  stem: PluralStem<SharedKey>,
  count: number,
  values: Readonly<Record<string, string>> = {},
): string {
  return sharedText(`${stem}.${pluralForm(count)}`, { ...values, count });
}

export const isSharedKey = (key: string): key is SharedKey => Object.hasOwn(en, key);

const catalogues: Readonly<Record<Language, Readonly<Record<SharedKey, string>>>> = {
  en,
  de: de satisfies TranslationOf<typeof en, typeof de>,
};
