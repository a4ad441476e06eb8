import { useEffect, useRef, useState } from 'react';

/**
 * Where the focus was before the caller came. When the caller goes and takes the focus with it, it goes back there; to the
 * page after `forget()`, for a place that is about to go as well.
 */
export function useFocusBack(): { readonly forget: () => void } {
  // Read while the caller is drawn for the first time: its own fields may take the focus right after.
  const [before] = useState<Element | null>(() => document.activeElement);
  // Counts at once: the caller may go before it is drawn again.
  const isForgotten = useRef(false);
  useEffect(() => () => giveFocusBack(isForgotten.current ? null : before), [before]);
  return { forget: () => void (isForgotten.current = true) };
}

/**
 * Nothing when the focus has gone elsewhere; to the page when that place is gone or cannot have it, so that a keyboard is
 * never lost.
 */
export function giveFocusBack(before: Element | null): void {
  if (!isFocusLost()) return;
  if (before instanceof HTMLElement && before.isConnected) before.focus();
  if (isFocusLost()) document.getElementById('main')?.focus();
}

const isFocusLost = (): boolean =>
  document.activeElement === null || document.activeElement === document.body;
