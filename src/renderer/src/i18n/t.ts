import { en } from './en.ts';

export type TextKey = keyof typeof en;

/** The text of `key` with its `{names}` filled in. A missing name or key does not compile. */
export function t<Key extends TextKey>(key: Key, ...values: ValuesOf<Key>): string {
  const text: string = en[key];
  const filling: Readonly<Record<string, string | number>> = values[0] ?? {};
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(filling[name] ?? whole));
}

/** Picks `key.one` or `key.other` by the language's rule; `{count}` is filled in. */
export function plural(key: PluralKey, count: number): string {
  const form = rules.select(count) === 'one' ? 'one' : 'other';
  const text: string = en[`${key}.${form}`];
  return text.replace('{count}', count.toLocaleString(locale));
}

/** Whether there is a text of that name: for codes that come from outside. */
export const isTextKey = (key: string): key is TextKey => Object.hasOwn(en, key);

export const locale = 'en';
const rules = new Intl.PluralRules(locale);

type Names<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type NamesOf<Key extends TextKey> = Names<(typeof en)[Key]>;
type ValuesOf<Key extends TextKey> = [NamesOf<Key>] extends [never]
  ? []
  : [Readonly<Record<NamesOf<Key>, string | number>>];
type PluralKey = TextKey extends infer Key ? (Key extends `${infer Stem}.one` ? Stem : never) : never;
