import { useEffect, useRef } from 'react';
import { giveFocusBack } from './focusback.ts';

/** A dialog that is open, over everything, while it is there; the focus goes back to where it was. */
export function useModal() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    shown?.showModal();
    shown?.querySelector('input')?.focus();
    return () => {
      shown?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      // What opened it may be gone with what was decided here, or wait for an answer.
      giveFocusBack(before);
    };
  }, []);
  return dialog;
}
