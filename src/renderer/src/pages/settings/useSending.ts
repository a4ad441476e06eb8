import { useState } from 'react';
import { WireFailure } from '../../../../shared/client.ts';

/** Calls the node, one call at a time, and keeps what went wrong until it is tried again. */
export function useSending(onChange: () => void = () => {}) {
  const [failure, setFailure] = useState<Error>();
  const [isSending, setSending] = useState(false);
  /** Answers with whether it was done. */
  const run = async (call: () => Promise<unknown>): Promise<boolean> => {
    setSending(true);
    setFailure(undefined);
    try {
      await call();
      onChange();
      return true;
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
      return false;
    } finally {
      setSending(false);
    }
  };
  return { run, failure, isSending, forget: () => setFailure(undefined) };
}

/** Where main has no window of its own, whoever runs the node says yes at the terminal. */
export const isAtTerminal = (failure: Error): boolean => isRefusal(failure, 'CONFIRM_AT_TERMINAL');

export const isRefusal = (failure: Error, code: string): boolean =>
  failure instanceof WireFailure && failure.code === code;
