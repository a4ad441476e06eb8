import { useSyncExternalStore } from 'react';
import {
  currentLanguage,
  languageChoices,
  languageOf,
  setCurrentLanguage,
  type Language,
  type LanguageChoice,
} from '../../../shared/i18n/language.ts';
import { keptSetting, keepSetting } from '../lib/kept.ts';

/** What the owner chose, kept by the browser; `system` when nothing was chosen. */
export const useLanguageChoice = (): LanguageChoice => useSyncExternalStore(subscribe, currentChoice);

/** The language that is shown; who draws text from it is drawn again when it changes. */
export const useLanguage = (): Language => useSyncExternalStore(subscribe, currentLanguage);

export function setLanguageChoice(choice: LanguageChoice): void {
  keepSetting(settingKey, choice);
  chosen = choice;
  applyLanguage();
}

/** Sets the language now and whenever the system's changes; returns what stops that. */
export function followLanguage(): () => void {
  chosen = undefined;
  applyLanguage();
  addEventListener('languagechange', applyLanguage);
  return () => removeEventListener('languagechange', applyLanguage);
}

const settingKey = 'slotkeeper.language';
const listeners = new Set<() => void>();
let chosen: LanguageChoice | undefined;

function currentChoice(): LanguageChoice {
  const kept = keptSetting(settingKey);
  return (chosen ??= languageChoices.find((name) => name === kept) ?? 'system');
}

function applyLanguage(): void {
  const language = languageOf(currentChoice(), navigator.languages);
  setCurrentLanguage(language);
  document.documentElement.lang = language;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
