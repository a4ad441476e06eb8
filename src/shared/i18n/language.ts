/** The languages that every text of the program is written in. */
export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/** What an owner can choose. */
export const languageChoices = ['system', ...languages] as const;
export type LanguageChoice = (typeof languageChoices)[number];

/** The one that was chosen, else the first of the system's (as `de-AT`) that is here; English when none is. */
export function languageOf(choice: LanguageChoice, ofSystem: readonly string[]): Language {
  if (choice !== 'system') return choice;
  const wanted = ofSystem.map((tag) => tag.toLowerCase().split('-')[0]);
  return wanted.map((tag) => languages.find((name) => name === tag)).find(Boolean) ?? 'en';
}

/** The language of all texts and numbers of this process: English, until the window sets another one. */
export const currentLanguage = (): Language => current;

export function setCurrentLanguage(language: Language): void {
  current = language;
}

/** What `say` says in another language than this process's own. It must not wait: others would speak that language meanwhile. */
export function inLanguage<Told>(language: Language, say: () => Told): Told {
  const usual = current;
  current = language;
  try {
    return say();
  } finally {
    current = usual;
  }
}

/** The signs between digits. */
export const numberSigns: Readonly<Record<Language, { readonly decimal: string; readonly group: string }>> = {
  en: { decimal: '.', group: ',' },
  de: { decimal: ',', group: '.' },
};

/** For `Intl`: dates in English are those of Europe, `20 Nov`. */
export const intlLocales: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de-DE' };

/** The form of a counted word, by the language's rule. */
export const pluralForm = (count: number): 'one' | 'other' =>
  pluralRules[current].select(count) === 'one' ? 'one' : 'other';

let current: Language = 'en';

const pluralRules: Readonly<Record<Language, Intl.PluralRules>> = {
  en: new Intl.PluralRules('en'),
  de: new Intl.PluralRules('de'),
};
