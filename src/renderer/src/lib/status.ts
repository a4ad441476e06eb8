import { useSyncExternalStore } from 'react';
import { statusSentence, type Status } from '../../../shared/status.ts';
import { useConnection } from '../api/node.tsx';
import type { Shape } from '../components/StatusMark.tsx';

/** The one sentence of the window and the tray, with its shape on the page. */
export function useStatus(): { shape: Shape; sentence: string } {
  const { live } = useConnection();
  const state = useSyncExternalStore(live.state.subscribe, live.state.getSnapshot);
  const { shape, sentence } = statusSentence(state);
  return { shape: shapes[shape], sentence };
}

const shapes: Readonly<Record<Status['shape'], Shape>> = {
  selling: 'selling',
  idle: 'waiting',
  attention: 'attention',
  stopped: 'stopped',
};
