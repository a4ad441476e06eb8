/** What every catalogue of texts has in common: keys with texts, and `{names}` in them that are filled in. */
export type Texts = Readonly<Record<string, string>>;

/** Fills in the names; one without a value stays as it stands. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The names in a text. */
export type Names<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** The stems of keys that have the forms `.one` and `.other`. */
export type PluralStem<Key> = Key extends `${infer Stem}.one` ? Stem : never;

/** A translation of `Original`: every key, and in each text the same names. What is wrong says so in its type. */
export type TranslationOf<Original extends Texts, Text extends Texts> = {
  readonly [Key in keyof Original]: Key extends keyof Text
    ? SameNames<Names<Original[Key]>, Names<Text[Key]>> extends true
      ? string
      : { readonly differs: Names<Original[Key]> }
    : { readonly isMissing: Key };
};

type SameNames<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
