import { useSyncExternalStore } from 'react';

export const appearances = ['system', 'light', 'dark'] as const;
export type Appearance = (typeof appearances)[number];
export type Theme = 'light' | 'dark' | 'contrast-light' | 'contrast-dark';

/** What the owner chose, kept by the browser; `system` when nothing was chosen or nothing can be kept. */
export function readAppearance(): Appearance {
  const kept = keptSetting();
  return appearances.find((name) => name === kept) ?? 'system';
}

export function setAppearance(appearance: Appearance): void {
  try {
    localStorage.setItem(settingKey, appearance);
  } catch {
    // A browser that keeps nothing still shows the choice until it is closed.
  }
  chosen = appearance;
  applyTheme();
  for (const listener of listeners) listener();
}

/** Sets the theme now and whenever the system's preference changes; returns what stops that. */
export function followSystem(): () => void {
  applyTheme();
  const queries = [darkQuery, contrastQuery].map((query) => matchMedia(query));
  const changed = () => {
    applyTheme();
    for (const listener of listeners) listener();
  };
  for (const query of queries) query.addEventListener('change', changed);
  return () => {
    for (const query of queries) query.removeEventListener('change', changed);
  };
}

export const useAppearance = (): Appearance => useSyncExternalStore(subscribe, currentAppearance);
export const useTheme = (): Theme => useSyncExternalStore(subscribe, currentTheme);

const settingKey = 'slotkeeper.appearance';
const darkQuery = '(prefers-color-scheme: dark)';
const contrastQuery = '(prefers-contrast: more)';

const listeners = new Set<() => void>();
let chosen: Appearance | undefined;

const currentAppearance = (): Appearance => (chosen ??= readAppearance());

function currentTheme(): Theme {
  const appearance = currentAppearance();
  const isDark = appearance === 'dark' || (appearance === 'system' && matchMedia(darkQuery).matches);
  const shade = isDark ? 'dark' : 'light';
  return matchMedia(contrastQuery).matches ? `contrast-${shade}` : shade;
}

function applyTheme(): void {
  document.documentElement.dataset['theme'] = currentTheme();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function keptSetting(): string | null {
  try {
    return localStorage.getItem(settingKey);
  } catch {
    return null;
  }
}
