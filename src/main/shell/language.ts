import { app } from 'electron';
import { languageOf, type Language } from '../../shared/i18n/language.ts';
import type { Settings } from '../../shared/settings.ts';

/** The language of what the system shows: as set, else the system's own where it is one of ours. */
export const shellLanguage = ({ language }: Pick<Settings, 'language'> = { language: 'system' }): Language =>
  languageOf(language, app.getPreferredSystemLanguages());
