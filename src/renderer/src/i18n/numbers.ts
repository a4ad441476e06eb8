import { currentLanguage, intlLocales, languages, type Language } from '../../../shared/i18n/language.ts';

/** A number as the language writes it; what is text already stays as it is. */
export const numberText = (value: string | number): string =>
  typeof value === 'string' ? value : numbers[currentLanguage()].format(value).replace('-', '−');

/** The same format made once for each language, for those of `Intl`. */
export const perLanguage = <Format>(make: (locale: string) => Format): Readonly<Record<Language, Format>> =>
  Object.fromEntries(languages.map((language) => [language, make(intlLocales[language])])) as Record<
    Language,
    Format
  >;

const numbers = perLanguage((locale) => new Intl.NumberFormat(locale));
