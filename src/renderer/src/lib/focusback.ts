import { useEffect, useState } from 'react';

/**
 * Where the focus was before the caller came. When the caller goes and takes the focus with it, it goes back there; to the
 * page after `forget()`, for a place that is about to go as well.
 */
export function useFocusBack(): { readonly forget: () => void } {
  // Read while the caller is drawn for the first time: its own fields may take the focus right after.
  const [before, setBefore] = useState<Element | null>(() => document.activeElement);
  useEffect(() => () => giveFocusBack(before), [before]);
  return { forget: () => setBefore(null) };
}

/** Nothing when the focus has gone elsewhere; to the page when that place is gone, so that a keyboard is never lost. */
export function giveFocusBack(before: Element | null): void {
  if (document.activeElement && document.activeElement !== document.body) return;
  const place =
    before instanceof HTMLElement && before.isConnected && before !== document.body
      ? before
      : document.getElementById('main');
  place?.focus();
}
