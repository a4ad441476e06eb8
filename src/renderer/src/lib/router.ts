import { useSyncExternalStore } from 'react';

export const pageNames = ['home', 'offers', 'sales', 'queue', 'earnings', 'activity', 'settings'] as const;
export type PageName = (typeof pageNames)[number];

/** The pages, and the first steps, which stand in place of all of them. */
const placeNames = [...pageNames, 'welcome'] as const;
export type PlaceName = (typeof placeNames)[number];

/** Where the window is: a page and, on some, one thing in it. */
export interface Place {
  readonly page: PlaceName;
  readonly id?: string;
}

/** `#/sales/0x12` → sales, 0x12. Whatever else the fragment holds is home. */
export function placeOf(hash: string): Place {
  const [, name, id] = /^#\/([a-z]+)(?:\/(.+))?$/.exec(hash) ?? [];
  const page = placeNames.find((known) => known === name);
  if (!page) return { page: 'home' };
  return id === undefined ? { page } : { page, id: decoded(id) };
}

export const hrefOf = (page: PlaceName, id?: string): string =>
  id === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(id)}`;

/** Is there at once; the browser tells of a new fragment only later. */
export function goTo(page: PlaceName, id?: string): void {
  location.hash = hrefOf(page, id);
  for (const listener of listeners) listener();
}

export function usePlace(): Place {
  return placeOf(useSyncExternalStore(subscribe, () => location.hash));
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('hashchange', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('hashchange', listener);
  };
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
