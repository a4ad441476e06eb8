import type { PeersRow } from '../../../shared/rows.ts';
import { t } from '../i18n/t.ts';
import { timeText } from './format.ts';

export interface ReachabilityWords {
  readonly shape: 'selling' | 'working' | 'waiting' | 'attention';
  readonly state: string;
  /** What to do, where there is something. */
  readonly advice?: string;
}

/** Whether readers can fetch from this node, in words. Times are the computer's own. */
export function reachabilityWords({ reachability, mapsPorts, listening }: PeersRow): ReachabilityWords {
  const { state, sinceMs = 0, lastContactMs } = reachability;
  switch (state) {
    case 'looking':
      return { shape: 'working', state: t('reachability.looking') };
    case 'noAddress':
      return {
        shape: 'attention',
        state: t('reachability.noAddress'),
        advice: t(mapsPorts ? 'reachability.noRouter' : 'reachability.notMapped', portsOf(listening)),
      };
    case 'unproven':
      return {
        shape: 'waiting',
        state:
          lastContactMs === undefined
            ? t('reachability.unproven')
            : t('reachability.unprovenSince', { time: timeText(lastContactMs / 1000, Date.now() / 1000) }),
        advice: t('reachability.letIn', portsOf(listening)),
      };
    case 'reachable':
      return {
        shape: 'selling',
        state: t('reachability.reachable', { time: timeText(sinceMs / 1000, Date.now() / 1000) }),
      };
  }
}

/** As the names they are, not as numbers with thousands. */
export const portsOf = ({ tcp, udp }: PeersRow['listening']) => ({ tcp: String(tcp), udp: String(udp) });
