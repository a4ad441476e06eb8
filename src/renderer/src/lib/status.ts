import { useSyncExternalStore } from 'react';
import { statusSentence, type Status } from '../../../shared/status.ts';
import { useConnection } from '../api/node.tsx';
import { statusSums } from './salefolds.ts';
import type { Shape } from '../components/StatusMark.tsx';

/** The one sentence of the window and the tray, with its shape on the page. */
export function useStatus(): { shape: Shape; sentence: string } {
  const { live } = useConnection();
  const status = () => statusSentence(live.state.getSnapshot(), live.folded(statusSums).getSnapshot());
  const shape = useSyncExternalStore(live.state.subscribe, () => status().shape);
  const sentence = useSyncExternalStore(live.state.subscribe, () => status().sentence);
  return { shape: shapes[shape], sentence };
}

const shapes: Readonly<Record<Status['shape'], Shape>> = {
  selling: 'selling',
  idle: 'waiting',
  attention: 'attention',
  stopped: 'stopped',
};
