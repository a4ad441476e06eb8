import type { Api } from '../../shared/api.ts';
import type { Handlers } from '../../shared/contract.ts';
import { sentence, type Sentence } from '../../shared/i18n/say.ts';
import type { LiveSnapshot } from '../../shared/live.ts';
import type { PracticeSlash } from '../../shared/practiceslash.ts';
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
  /** Absent where no node is ever started. */
  practice?: PracticeControls;
  restartNode?: (options: { force: boolean }) => Promise<void>;
}

/** @throws NotNowError NOT_ON_PRACTICE, NODE_NOT_RUNNING */
export interface PracticeControls {
  setSpeed(speed: number): Promise<void>;
  makeSlash(): PracticeSlash;
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

export const notOnPractice = (): NotNowError =>
  new NotNowError('NOT_ON_PRACTICE', {}, { message: 'This can be done only on the practice network.' });

/** What the node does for each call of the contract. */
export function createHandlers(modules: HandlerModules): Handlers<Api> {
  const { snapshot, node, practice, restartNode, storage, confirm, signal, tellActivity } = modules;
  const onExport = (told: Sentence) => tellActivity('export', told);
  const running = () => {
    const current = node();
    if (current) return current;
    throw nodeNotRunning();
  };
  const practised = () => {
    if (practice) return practice;
    throw notOnPractice();
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
        title: sentence('ask.move'),
        lines: [sentence('ask.moveCopies', { folder }), sentence('ask.moveNext'), sentence('ask.moveDisk')],
        yes: sentence('ask.moveYes'),
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
    restartNode: async (options) => {
      if (!restartNode) throw nodeNotRunning();
      await restartNode(options);
      return null;
    },
    setPracticeSpeed: async ({ speed }) => {
      await practised().setSpeed(speed);
      return null;
    },
    makePracticeSlash: () => practised().makeSlash(),
  };
}
