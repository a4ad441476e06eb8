import type { Api, LogLine } from '../../../shared/api.ts';
import type { Client, Events } from '../../../shared/contract.ts';
import type { LiveChange, LiveSnapshot } from '../../../shared/live.ts';
import type { walletCalls } from '../../../shared/wallet.ts';
import { WireFailure, type OnEvent } from '../../../shared/client.ts';
import type { Connection } from '../api/connect.ts';
import { LiveStore } from '../api/live-store.ts';
import type { PracticeSlash } from '../../../shared/practiceslash.ts';
import {
  emptyChart,
  fixtureChart,
  fixtureCheck,
  fixturePage,
  fixtureTotals,
  noTotals,
  pageOfSale,
} from './fixtureaccounts.ts';
import { fixtureDiagnostics, fixtureExportStep } from './fixturelogs.ts';
import { fixtureNetworks, fixtureSettings, fixtureUse, noProposal } from './fixturenetwork.ts';
import { fixtureStorage } from './fixturestorage.ts';
import { fixtureWallet } from './fixturewallet.ts';
import { fixtureBacktest, fixtureRisk, fixtureWhyNot } from './fixtureinsight.ts';

type Calls = Client<Api>;
type EventName = keyof Events<Api>;

/** A node that is only rows: what the window sees of one, with every call kept. For looking and for tests. */
export class FixtureNode {
  readonly connection: Connection;
  readonly calls: { readonly name: string; readonly input: unknown }[] = [];
  /** What a call answers instead, by its name. */
  readonly answers: { -readonly [Name in keyof Calls]?: Calls[Name] } = {};

  readonly #snapshot: LiveSnapshot;
  readonly #listeners = new Map<EventName, Set<(payload: never) => void>>();
  readonly #connectionListeners = new Set<(connected: boolean) => void>();
  #revision: number;

  constructor(snapshot: LiveSnapshot, logs: readonly LogLine[] = []) {
    this.#snapshot = snapshot;
    this.#revision = snapshot.revision;
    const client: Calls = {
      snapshot: this.#call('snapshot', async () => ({ ...this.#snapshot, revision: this.#revision })),
      createAvailability: this.#call('createAvailability', async () => ({ id: `0x${'00'.repeat(32)}` })),
      updateAvailability: this.#call('updateAvailability', async () => null),
      deleteAvailability: this.#call('deleteAvailability', async () => ({ state: 'deleted' as const })),
      setWorkers: this.#call('setWorkers', async () => null),
      setAvailabilityEnabled: this.#call('setAvailabilityEnabled', async () => null),
      whyNot: this.#call('whyNot', async () =>
        fixtureWhyNot(snapshot.tables.chain[0]?.time ?? 0, snapshot.tables.availabilities),
      ),
      backtest: this.#call('backtest', async (offer) => fixtureBacktest(offer)),
      risk: this.#call('risk', async () =>
        fixtureRisk(snapshot.tables.chain[0]?.time ?? 0, snapshot.tables.sales),
      ),
      accountTotals: this.#call('accountTotals', async () => (this.#isEmpty ? noTotals : fixtureTotals)),
      accountLines: this.#call('accountLines', async ({ limit = 200, offset = 0, kind, saleId }) => {
        if (this.#isEmpty) return { lines: [], total: 0, sums: noTotals.all };
        const sale = snapshot.tables.sales.find(({ id }) => id === saleId);
        return sale ? pageOfSale(sale) : fixturePage(limit, offset, kind);
      }),
      accountChart: this.#call('accountChart', async ({ step = 'day' }) =>
        this.#isEmpty ? emptyChart(step) : fixtureChart(step),
      ),
      accountCheck: this.#call('accountCheck', async () => fixtureCheck),
      exportAccounts: this.#call('exportAccounts', async () => ({ kind: 'notChosen' as const })),
      recentLogs: this.#call('recentLogs', async () => [...logs]),
      logTopics: this.#call('logTopics', async () =>
        [...new Set(logs.flatMap(({ topics }) => topics))].sort(),
      ),
      olderLogs: this.#call('olderLogs', async () => ({ lines: [], leftBytes: 0 })),
      beginLogExport: this.#call('beginLogExport', async () => ({ kind: 'notChosen' as const })),
      continueLogExport: this.#call('continueLogExport', async () => fixtureExportStep),
      cancelLogExport: this.#call('cancelLogExport', async () => null),
      diagnostics: this.#call('diagnostics', async () => fixtureDiagnostics),
      saveDiagnostics: this.#call('saveDiagnostics', async () => ({ kind: 'notChosen' as const })),
      networks: this.#call('networks', async () => fixtureNetworks),
      proposeNetworkUpdate: this.#call('proposeNetworkUpdate', async ({ id }) => noProposal(id)),
      proposeNetworkRevert: this.#call('proposeNetworkRevert', async ({ id }) => noProposal(id)),
      acceptNetworkUpdate: this.#call('acceptNetworkUpdate', async () => null),
      proposeNetworkUse: this.#call('proposeNetworkUse', async ({ network }) =>
        network.kind === 'archivist' ? fixtureUse : noProposal('practice'),
      ),
      useNetwork: this.#call('useNetwork', async () => null),
      checkNetwork: this.#call('checkNetwork', async ({ id }) => ({ id, servers: [], problems: [] })),
      settings: this.#call('settings', async () => fixtureSettings),
      changeSettings: this.#call('changeSettings', async () => fixtureSettings),
      openAccess: this.#call('openAccess', async () => null),
      closeAccess: this.#call('closeAccess', async () => null),
      setMetrics: this.#call('setMetrics', async () => ({})),
      ...this.#walletCalls(),
      storage: this.#call('storage', async () => fixtureStorage),
      moveStorage: this.#call('moveStorage', async () => null),
      cancelStorageMove: this.#call('cancelStorageMove', async () => null),
      restartNode: this.#call('restartNode', async () => null),
      setPracticeSpeed: this.#call('setPracticeSpeed', async () => null),
      makePracticeSlash: this.#call('makePracticeSlash', async () => waitingSlash),
    };
    const onConnection = (listener: (connected: boolean) => void) => {
      this.#connectionListeners.add(listener);
      return () => void this.#connectionListeners.delete(listener);
    };
    const live = new LiveStore({ client, onEvent: this.#onEvent, onConnection });
    this.connection = { client, onEvent: this.#onEvent, live };
  }

  /** Tells the window what changed. */
  push(...changes: LiveChange[]): void {
    this.emit('live', { revision: ++this.#revision, changes });
  }

  emit<Name extends EventName>(name: Name, payload: Events<Api>[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(payload as never);
  }

  setConnected(connected: boolean): void {
    for (const listener of this.#connectionListeners) listener(connected);
  }

  /** From now on the call is refused with `code`. */
  refuse(name: keyof Calls, code: string, message = code): void {
    Object.assign(this.answers, { [name]: () => Promise.reject(new WireFailure(code, message)) });
  }

  get #isEmpty(): boolean {
    return this.#snapshot.tables.sales.length === 0;
  }

  #walletCalls(): Pick<Calls, keyof typeof walletCalls> {
    const { words, positions, address } = fixtureWallet;
    return {
      walletStatus: this.#call('walletStatus', async () => fixtureWallet.status),
      createWallet: this.#call('createWallet', async () => ({ words, positions })),
      confirmMnemonic: this.#call('confirmMnemonic', async () => ({ address })),
      importWallet: this.#call('importWallet', async () => ({ address })),
      unlockWallet: this.#call('unlockWallet', async () => null),
      lockWallet: this.#call('lockWallet', async () => null),
      changePassphrase: this.#call('changePassphrase', async () => null),
      setUnattended: this.#call('setUnattended', async () => null),
      exportWallet: this.#call('exportWallet', async () => ({ file: '/home/someone/slotkeeper.json' })),
      removeWallet: this.#call('removeWallet', async () => ({ keptAs: '/data/wallet/keystore-old.json' })),
    };
  }

  #call<Name extends keyof Calls>(name: Name, usual: Calls[Name]): Calls[Name] {
    const call = (input: never) => {
      this.calls.push({ name, input });
      return ((this.answers[name] ?? usual) as (input: never) => Promise<unknown>)(input);
    };
    return call as Calls[Name];
  }

  readonly #onEvent: OnEvent<Api> = (name, listener) => {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  };
}

const waitingSlash: PracticeSlash = {
  state: 'waiting',
  slotId: `0x${'00'.repeat(32)}`,
  cost: 10n ** 18n,
  at: 0,
};
