import type { Api } from '../../shared/api.ts';
import type { Handlers } from '../../shared/contract.ts';
import type { Sentence } from '../../shared/i18n/say.ts';
import type { LiveSnapshot } from '../../shared/live.ts';
import { EngineError } from '../engine/errors.ts';
import type { SlotkeeperNode } from '../engine/node.ts';
import type { SlotQueue } from '../engine/sales/slotqueue.ts';
import { mustConfirm } from '../confirm.ts';
import type { StorageMover } from '../storage-mover.ts';
import { createAccessHandlers } from './access-handlers.ts';
import { createAccountHandlers } from './account-handlers.ts';
import { createLogHandlers, type LogHandlerModules } from './log-handlers.ts';
import { createNetworkHandlers, type NetworkHandlerModules } from './network-handlers.ts';
import { createOfferHandlers } from './offer-handlers.ts';
import { createWalletHandlers, type WalletHandlerModules } from './wallet-handlers.ts';

export interface HandlerModules
  extends NetworkHandlerModules, WalletHandlerModules, Omit<LogHandlerModules, 'onExport'> {
  storage: Pick<StorageMover, 'state' | 'demandUsable' | 'begin' | 'cancel'>;
  snapshot: () => LiveSnapshot;
  /** Writes into the time line what was done by a call. */
  tellActivity: TellActivity;
  /** In which the network pays. */
  token: () => { readonly symbol: string; readonly decimals: number };
  /** The node, once it runs. */
  node: () => HandledNode | undefined;
  /** Only on the practice network. */
  setPracticeSpeed?: (speed: number) => Promise<void>;
}

export type TellActivity = (
  kind: 'offer' | 'export',
  told: Sentence,
  more?: { readonly offerId: string },
) => void;

/** What of a node is called. */
export interface HandledNode extends Pick<SlotkeeperNode, 'reservations' | 'insight' | 'accounts'> {
  readonly sales: { readonly queue: Pick<SlotQueue, 'setWorkers'> };
}

export class NotNowError extends EngineError<'NODE_NOT_RUNNING' | 'NOT_ON_PRACTICE'> {}

export const nodeNotRunning = (): NotNowError =>
  new NotNowError(
    'NODE_NOT_RUNNING',
    {},
    { message: 'The node is not running yet. Try again when it has started.' },
  );

/** What the node does for each call of the contract. */
export function createHandlers(modules: HandlerModules): Handlers<Api> {
  const { snapshot, node, setPracticeSpeed, storage, confirm, signal, tellActivity } = modules;
  const onExport = (told: Sentence) => tellActivity('export', told);
  const running = () => {
    const current = node();
    if (current) return current;
    throw nodeNotRunning();
  };
  return {
    snapshot: () => snapshot(),
    ...createOfferHandlers({ running, tellActivity }),
    setWorkers: ({ workers }) => {
      running().sales.queue.setWorkers(workers);
      return null;
    },
    whyNot: (question) => running().insight.whyNotReport(question),
    backtest: async ({ from, to, totalBytes, durationSeconds, ...rest }) =>
      running().insight.backtest({ ...rest, totalSize: totalBytes, duration: durationSeconds }, { from, to }),
    risk: (question) => running().insight.risk(question),
    ...createAccountHandlers({ ...modules, running, onExport }),
    ...createLogHandlers({ ...modules, onExport }),
    ...createNetworkHandlers(modules),
    ...createAccessHandlers(modules),
    ...createWalletHandlers(modules),
    storage: () => storage.state(),
    moveStorage: async ({ folder }) => {
      await storage.demandUsable(folder);
      const question = {
        title: 'Move the slots to another folder?',
        lines: [
          `They are copied to ${folder} while the node goes on.`,
          'Its next start uses the copies and deletes the old ones.',
          'That disk has to stay connected: without it no proof can be given, which costs collateral.',
        ],
        yes: 'Move',
      };
      // One that goes on was agreed to when it began.
      const isKnown = (await storage.state()).move?.to === folder;
      if (!isKnown) await mustConfirm(confirm, question, { signal });
      await storage.begin(folder);
      return null;
    },
    cancelStorageMove: async () => {
      await storage.cancel();
      return null;
    },
    setPracticeSpeed: async ({ speed }) => {
      if (!setPracticeSpeed) {
        throw new NotNowError(
          'NOT_ON_PRACTICE',
          {},
          { message: 'Time can be set only on the practice network.' },
        );
      }
      await setPracticeSpeed(speed);
      return null;
    },
  };
}
