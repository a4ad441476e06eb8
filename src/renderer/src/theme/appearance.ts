import { useSyncExternalStore } from 'react';
import { keepSetting, keptSetting } from '../lib/kept.ts';

export const appearances = ['system', 'light', 'dark'] as const;
export type Appearance = (typeof appearances)[number];
export const contrasts = ['system', 'normal', 'high'] as const;
export type Contrast = (typeof contrasts)[number];
export type Theme = 'light' | 'dark' | 'contrast-light' | 'contrast-dark';

/** What the owner chose, kept by the browser; `system` when nothing was chosen or nothing can be kept. */
export const readAppearance = (): Appearance => oneOf(appearances, keptSetting(appearanceKey));
export const readContrast = (): Contrast => oneOf(contrasts, keptSetting(contrastKey));

export function setAppearance(appearance: Appearance): void {
  keepSetting(appearanceKey, appearance);
  chosen = { ...currentChoice(), appearance };
  tell();
}

export function setContrast(contrast: Contrast): void {
  keepSetting(contrastKey, contrast);
  chosen = { ...currentChoice(), contrast };
  tell();
}

/** Sets the theme now and whenever the system's preference changes; returns what stops that. */
export function followSystem(): () => void {
  applyTheme();
  const queries = [darkQuery, contrastQuery].map((query) => matchMedia(query));
  for (const query of queries) query.addEventListener('change', tell);
  return () => {
    for (const query of queries) query.removeEventListener('change', tell);
  };
}

export const useAppearance = (): Appearance =>
  useSyncExternalStore(subscribe, () => currentChoice().appearance);
export const useContrast = (): Contrast => useSyncExternalStore(subscribe, () => currentChoice().contrast);
export const useTheme = (): Theme => useSyncExternalStore(subscribe, currentTheme);

const appearanceKey = 'slotkeeper.appearance';
const contrastKey = 'slotkeeper.contrast';
const darkQuery = '(prefers-color-scheme: dark)';
const contrastQuery = '(prefers-contrast: more)';

interface Choice {
  readonly appearance: Appearance;
  readonly contrast: Contrast;
}

const listeners = new Set<() => void>();
let chosen: Choice | undefined;

const currentChoice = (): Choice => (chosen ??= { appearance: readAppearance(), contrast: readContrast() });

function currentTheme(): Theme {
  const { appearance, contrast } = currentChoice();
  const isDark = appearance === 'dark' || (appearance === 'system' && matchMedia(darkQuery).matches);
  const isHigh = contrast === 'high' || (contrast === 'system' && matchMedia(contrastQuery).matches);
  const shade = isDark ? 'dark' : 'light';
  return isHigh ? `contrast-${shade}` : shade;
}

function applyTheme(): void {
  document.documentElement.dataset['theme'] = currentTheme();
}

function tell(): void {
  applyTheme();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const oneOf = <Name extends string>(names: readonly ['system', ...Name[]], kept: string | null) =>
  names.find((name) => name === kept) ?? 'system';
