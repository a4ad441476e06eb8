import { useState } from 'react';
import { shownError, type ShownError } from './shownerror.ts';

/** Calls the node, one call at a time, and keeps why it was refused until it is tried again. */
export function useSending(onChange: () => void = () => {}) {
  const [failure, setFailure] = useState<ShownError>();
  const [isSending, setSending] = useState(false);
  /** Answers with whether it was done. */
  const run = async (call: () => Promise<unknown>): Promise<boolean> => {
    if (isSending) return false;
    setSending(true);
    setFailure(undefined);
    try {
      await call();
      onChange();
      return true;
    } catch (error) {
      setFailure(shownError(error));
      return false;
    } finally {
      setSending(false);
    }
  };
  return { run, failure, isSending, forget: () => setFailure(undefined) };
}

/** Where main has no window of its own, whoever runs the node says yes at the terminal. */
export const isAtTerminal = ({ code }: ShownError): boolean => code === 'CONFIRM_AT_TERMINAL';
