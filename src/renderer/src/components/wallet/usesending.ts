import { useState } from 'react';
import { shownError } from '../../lib/shownerror.ts';

/** Calls the node, one call at a time, and keeps why it was refused until it is tried again. */
export function useSending() {
  const [failure, setFailure] = useState<ReturnType<typeof shownError>>();
  const [isSending, setSending] = useState(false);
  const send = async (call: () => Promise<void>) => {
    if (isSending) return;
    setSending(true);
    setFailure(undefined);
    try {
      await call();
    } catch (error) {
      setFailure(shownError(error));
    } finally {
      setSending(false);
    }
  };
  return { send, failure, isSending, forget: () => setFailure(undefined) };
}
