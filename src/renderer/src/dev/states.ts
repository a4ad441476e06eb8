import { fixtureNotices } from './fixturenotices.ts';
import { emptySnapshot, fixtureSale, fixtureSnapshot, idOf, OFFER_ID } from './fixture.ts';
import type { FixtureNode } from './fixturenode.ts';
import { prepareLive } from './fixturelive.ts';
import { prepareStorage } from './fixturestorage.ts';
import { fixtureWallet } from './fixturewallet.ts';
import { fixtureCheck } from './fixtureaccounts.ts';
import { PICTURE_MS } from './frozen.ts';
import type { Hand } from './hand.ts';
import { withManySales } from './manysales.ts';
import type { LiveSnapshot } from '../../../shared/live.ts';
import type { NodeRow, SaleRow, Tables } from '../../../shared/rows.ts';
import { plural, t } from '../i18n/t.ts';
import { hrefOf, type PageName } from '../lib/router.ts';
import { stepHref } from '../pages/welcome/steps.ts';

/** The faces that each view has (product.md §5); `more` is whatever else it can show. */
export type Face = 'full' | 'empty' | 'loading' | 'working' | 'stale' | 'failed' | 'more';

/** One state of the window: where it is seen, and what the node is and answers in it. */
export interface ShownState {
  /** Names the pictures: `home-empty`. */
  readonly id: string;
  readonly page: PageName | 'welcome' | 'unlock' | 'window';
  readonly face: Face;
  /** What is to be seen, in a few words. */
  readonly what: string;
  /** The window's fragment, like `#/offers/new`. */
  readonly at: string;
  readonly snapshot: LiveSnapshot;
  /** Changes what the node answers, before the window opens. */
  readonly prepare?: (node: FixtureNode) => void;
  /** What a person, or the node, does then. */
  readonly act?: (hand: Hand, node: FixtureNode) => Promise<void>;
}

const NOW = PICTURE_MS / 1000;
const DAY = 86_400;
const TOKEN = 10n ** 18n;
const usual = fixtureSnapshot(NOW);
const empty = emptySnapshot(NOW);

/**
 * Every page with every face, and what opens over them. A page that is new adds its states here: `dev.html?state=<id>`
 * shows one, `npm run screenshots` takes pictures of all, a test asks whether a page or a face is missing.
 */
export const shownStates: readonly ShownState[] = [
  ...facesOf('home', {
    empty: { what: 'before the first offer' },
    failed: {
      what: 'the node did not start',
      snapshot: withNode({
        state: 'failed',
        failure: { code: 'PORT_IN_USE', message: 'Port 8070 is taken by another program.' },
      }),
    },
  }),
  more('home', 'home-calm', 'nothing to do', { snapshot: calm() }),
  more('home', 'home-real', 'a real network: no ribbon', { snapshot: onRealNetwork(calm()) }),
  more('home', 'home-node-lost', 'the window has lost the node', {
    face: 'stale',
    act: async ({ pass }, node) => {
      node.setConnected(false);
      await pass(40);
    },
  }),
  more('home', 'home-never', 'the node has not answered yet', {
    face: 'loading',
    prepare: silent,
    act: ({ pass }) => pass(12),
  }),
  more('home', 'home-disk-fault', 'the disk of the slots is gone', {
    face: 'failed',
    snapshot: withRow(usual, 'storage', {
      fault: { code: 'SLOT_FOLDER_GONE', message: 'The folder /data/slotkeeper/slots is not there.' },
    }),
  }),
  more('home', 'home-risk-failed', 'a part of the page could not be had', {
    face: 'failed',
    prepare: (node) =>
      node.refuse('risk', 'CHAIN_UNREACHABLE', 'no server of the chain answered within 10 s'),
  }),
  more('home', 'home-tour', 'the tour of practice, a slash under way', {
    snapshot: withRow(usual, 'node', {
      practiceSpeed: 10,
      network: { kind: 'practice', name: 'Practice network', scenario: 'tour' },
      practiceSlash: {
        state: 'heldBack',
        slotId: usual.tables.sales[0]?.slotId ?? '',
        cost: 1_720_000_000_000_000_000n,
        at: NOW + 300,
      },
    }),
  }),
  more('home', 'home-link', 'a link that led nowhere', { at: '#/home/unknown-link' }),

  ...facesOf('offers', {
    empty: { what: 'none yet: the form stands open' },
    failed: {
      what: 'pausing was refused',
      prepare: (node) => node.refuse('setAvailabilityEnabled', 'NODE_NOT_RUNNING'),
      act: ({ press }) => press(t('offers.switch', { word: t('offers.pause'), name: 'Two weeks' })),
    },
  }),
  more('offers', 'offers-new', 'a new offer', { at: hrefOf('offers', 'new') }),
  more('offers', 'offers-edit', 'an offer is changed, with the effect', {
    at: hrefOf('offers', OFFER_ID),
    act: async ({ type, waitFor }) => {
      await type(t('offers.lowestPrice'), '0.40');
      await waitFor(t('offers.beforeSave'));
    },
  }),
  more('offers', 'offers-errors', 'every field is wrong', {
    at: hrefOf('offers', 'new'),
    act: async ({ type, press }) => {
      await type(t('offers.space'), '9000');
      await type(t('offers.lowestPrice'), 'cheap');
      await type(t('offers.longest'), '0');
      await type(t('offers.collateral'), '');
      await type(t('offers.name'), '');
      await press(t('offers.create'));
    },
  }),
  more('offers', 'offers-raw', 'raw values per byte and second', {
    at: hrefOf('offers', 'new'),
    act: ({ press }) => press(t('offers.rawValues')),
  }),
  more('offers', 'offers-refused', 'the node did not create it', {
    face: 'failed',
    at: hrefOf('offers', 'new'),
    prepare: (node) => node.refuse('createAvailability', 'NODE_NOT_RUNNING'),
    act: ({ press }) => press(t('offers.create')),
  }),
  more('offers', 'offers-past-failed', 'past requests could not be compared', {
    face: 'failed',
    at: hrefOf('offers', 'new'),
    prepare: (node) => node.refuse('backtest', 'INTERNAL', 'the events could not be read'),
  }),
  more('offers', 'offers-delete', 'deleting one with running slots', {
    at: hrefOf('offers', OFFER_ID),
    act: ({ press }) => press(t('offers.delete')),
  }),

  ...facesOf('sales', { empty: { what: 'no offer, no sale' } }),
  more('sales', 'sales-waiting', 'an offer stands, no sale yet', {
    face: 'empty',
    snapshot: { ...usual, tables: { ...usual.tables, sales: [] } },
  }),
  more('sales', 'sales-none-match', 'a search finds nothing', {
    face: 'empty',
    act: ({ type }) => type(t('sales.search'), '0xffff'),
  }),
  more('sales', 'sales-many', '10,000 sales', { snapshot: withManySales(usual, 10_000) }),
  saleState('sale', 'full', 'selling, one proof missed', 11),
  saleState('sale-selling', 'full', 'selling, a proof is due', 14),
  saleState('sale-downloading', 'working', 'downloading', 12),
  more('sales', 'sale-missing', 'missing data is fetched again', {
    face: 'working',
    at: hrefOf('sales', idOf('51d7', 71)),
    snapshot: withSale({
      missingBytes: 402_653_184n,
      progress: { doneBytes: 16_777_216_000n, totalBytes: 17_179_869_184n, bytesPerSecond: 0, peers: [] },
    }),
  }),
  saleState('sale-paying', 'more', 'paying out', 25),
  saleState('sale-ended', 'more', 'ended and paid', 30),
  saleState('sale-lost', 'failed', 'the slot was lost', 26),
  more('sales', 'sale-not-downloaded', 'ended before it was filled', {
    face: 'failed',
    at: hrefOf('sales', idOf('51d7', 71)),
    snapshot: withSale(notDownloaded()),
  }),
  more('sales', 'sale-unknown', 'an id that is not known', { face: 'empty', at: hrefOf('sales', '0x12') }),
  more('sales', 'sale-loading', 'one sale, loading', {
    face: 'loading',
    at: hrefOf('sales', idOf('51d7', 11)),
    prepare: silent,
  }),
  more('sales', 'sale-risk-failed', 'what is at risk could not be had', {
    face: 'failed',
    at: hrefOf('sales', idOf('51d7', 11)),
    prepare: (node) =>
      node.refuse('risk', 'CHAIN_UNREACHABLE', 'no server of the chain answered within 10 s'),
  }),

  ...facesOf('queue', { empty: { what: 'no offer, nothing waits' } }),
  ...facesOf('earnings', {
    empty: { what: 'no line yet' },
    failed: {
      what: 'the accounts could not be read',
      prepare: (node) => node.refuse('accountTotals', 'INTERNAL', 'the database is closed'),
    },
  }),
  more('earnings', 'earnings-months', 'by month, as a table', {
    act: async ({ press }) => {
      await press(t('earnings.by.month'));
      await press(t('earnings.asTable'));
    },
  }),
  more('earnings', 'earnings-differs', 'the chain says something else', {
    prepare: (node) => {
      const tokens = {
        ...fixtureCheck.tokens,
        chain: 1469n * TOKEN,
        difference: -3n * TOKEN,
        since: NOW - 2 * DAY,
      };
      node.answers.accountCheck = async () => ({ ...fixtureCheck, tokens, otherTransactions: 1 });
    },
  }),

  ...facesOf('activity', {
    empty: { what: 'nothing has happened', prepare: (node) => (node.answers.recentLogs = async () => []) },
    failed: {
      what: 'earlier log lines could not be had',
      prepare: (node) => node.refuse('recentLogs', 'INTERNAL', 'the log file is in use'),
    },
  }),
  more('activity', 'activity-record', 'one record opened', {
    act: ({ pressLast }) => pressLast('[role=row] button'),
  }),
  more('activity', 'activity-diagnostics', 'all that diagnostics hold, before they are saved', {
    act: async ({ press, waitFor }) => {
      await press(t('diagnostics.open'));
      await waitFor(t('diagnostics.replaced'));
    },
  }),
  more('activity', 'activity-export', 'the log is being exported', {
    face: 'working',
    prepare: (node) => {
      node.answers.beginLogExport = async () => ({ kind: 'begun', id: 'shown', name: 'slotkeeper.log' });
      const steps = [
        { isDone: false, lines: 41_200, doneBytes: 9_400_000, totalBytes: 26_000_000, text: '' },
      ];
      node.answers.continueLogExport = async () => steps.shift() ?? new Promise<never>(() => {});
    },
    act: async ({ press, waitFor }) => {
      await press(t('log.export'));
      await press(t('log.exportAll'));
      await waitFor(plural('log.lines', 41_200));
    },
  }),
  more('activity', 'activity-none-fit', 'a search finds no line', {
    face: 'empty',
    act: ({ type }) => type(t('log.search'), 'no such thing'),
  }),

  ...facesOf('settings', {
    working: { what: 'the slots are being moved', prepare: (node) => prepareStorage(node, 'moving') },
    failed: { what: 'the move stopped', prepare: (node) => prepareStorage(node, 'failed') },
  }),
  more('settings', 'settings-folder-refused', 'a folder is not empty', {
    prepare: (node) => prepareStorage(node, null),
    act: async ({ type, press }) => {
      await type(t('move.folder'), '/mnt/second-disk/slots');
      await press(t('move.begin'));
    },
  }),
  more('settings', 'settings-real', 'a real network, on the desktop', { snapshot: onRealNetwork(usual) }),
  more('settings', 'settings-live', 'the test network, its wallet, and what waits for the next start', {
    ...liveNetwork(),
    act: async ({ press, waitFor }) => {
      await press(t('network.check'));
      await waitFor('https://rpc.example.org');
    },
  }),
  more('settings', 'settings-network', 'what another network would change', {
    act: async ({ press, waitFor }) => {
      await press(t('network.archivist-testnet'));
      await press(t('network.look'));
      await waitFor(t('network.changes'));
    },
  }),
  more('settings', 'settings-custom', 'a network of one’s own, with errors', {
    act: async ({ press, type }) => {
      await press(t('network.custom'));
      await type(t('network.rpc'), 'example.org');
      await type(t('network.marketplace'), '0x12');
      await type(t('work.quota'), '9 TB');
      await type(t('work.workers'), '99');
    },
  }),
  more('settings', 'settings-wallet', 'every form of the wallet open', {
    ...liveNetwork(),
    act: async ({ press }) => {
      await press(t('wallet.change'));
      await press(t('wallet.export'));
      await press(t('unattended.keyStore'));
      await press(t('unattended.save'));
    },
  }),

  ...welcomeStates(),

  unlockState('unlock', 'full', 'the wallet is locked'),
  {
    ...unlockState('unlock-wrong', 'failed', 'a wrong passphrase'),
    prepare: (node) => node.refuse('unlockWallet', 'WRONG_PASSPHRASE', 'The passphrase is wrong'),
    act: async ({ type, press }) => {
      await type(t('unlock.passphrase'), 'not the one');
      await press(t('unlock.button'));
    },
  },
  unlockState('unlock-unattended', 'failed', 'it did not unlock by itself', {
    failure: { code: 'KEY_STORE_FAILED', message: 'The key store did not answer within 10 s' },
  }),

  windowState('palette', 'find or do', async ({ type }) => {
    dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
    await type(t('palette.title'), '');
  }),
  windowState('palette-search', 'find or do, with letters', async ({ type }) => {
    dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
    await type(t('palette.title'), '9f');
  }),
  windowState('palette-none', 'find or do: nothing has that name', async ({ type }) => {
    dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
    await type(t('palette.title'), 'no such thing');
  }),
  windowState('notices', 'notices in the window', async ({ waitFor }, node) => {
    await waitFor(t('home.newest'));
    for (const notice of fixtureNotices) node.emit('notice', notice);
  }),
  windowState('ribbon-menu', 'the speed of practice time', ({ press }) => press(t('ribbon.change'))),
];

export const stateNamed = (id: string | null): ShownState | undefined =>
  shownStates.find((state) => state.id === id);

type Changes = Partial<Pick<ShownState, 'what' | 'at' | 'snapshot' | 'prepare' | 'act' | 'face'>>;

/** The faces that every page has: they differ in where they are seen. `failed` and `working` need an own way there. */
function facesOf(page: PageName, own: Partial<Record<Face, Changes>>): ShownState[] {
  const usualFaces: Partial<Record<Face, Changes>> = {
    full: { what: 'as usual' },
    empty: { what: 'nothing yet', snapshot: empty },
    loading: { what: 'loading', prepare: silent },
    stale: { what: 'the chain does not answer', snapshot: chainUnreachable() },
  };
  const faces = { ...usualFaces, ...own };
  return (Object.keys(faces) as Face[]).map((face) =>
    more(page, face === 'full' ? page : `${page}-${face}`, '', { face, ...usualFaces[face], ...own[face] }),
  );
}

function more(page: PageName, id: string, what: string, changes: Changes): ShownState {
  return { id, page, face: 'more', what, at: hrefOf(page), snapshot: usual, ...changes };
}

function saleState(id: string, face: Face, what: string, seed: number): ShownState {
  return more('sales', id, what, { face, at: hrefOf('sales', idOf('51d7', seed)) });
}

function windowState(id: string, what: string, act: ShownState['act'] & object): ShownState {
  return { ...more('home', id, what, { act }), page: 'window' };
}

/** The steps of a node that is new, and the wallet's with each thing that is asked there. */
function welcomeStates(): ShownState[] {
  const step = (id: string, what: string, at: string, changes: Changes = {}): ShownState => ({
    ...more('home', id, what, { snapshot: empty, at, ...changes }),
    page: 'welcome',
  });
  const real: Changes = {
    snapshot: withNoWallet(onRealNetwork(empty)),
    prepare: (node) => {
      const { address: _none, ...status } = fixtureWallet.status;
      node.answers.walletStatus = async () => ({ ...status, state: 'none' });
    },
  };
  const words: ShownState['act'] = async ({ type, press, waitFor }) => {
    await type(t('wallet.newPassphrase'), 'correct horse battery staple');
    await type(t('wallet.sameAgain'), 'correct horse battery staple');
    await press(t('wallet.showWords'));
    await waitFor(t('wallet.words'));
  };
  return [
    step('welcome', 'what it is', stepHref('what'), { face: 'full' }),
    step('welcome-network', 'where to sell', stepHref('network')),
    step('welcome-wallet-practice', 'practice needs no wallet', stepHref('wallet')),
    step('welcome-wallet', 'a passphrase for a new wallet', stepHref('wallet'), real),
    step('welcome-wallet-words', 'its words, to write down', stepHref('wallet'), { ...real, act: words }),
    step('welcome-wallet-check', 'some of them repeated', stepHref('wallet'), {
      ...real,
      act: async (hand, node) => {
        await words(hand, node);
        await hand.press(t('wallet.written'));
      },
    }),
    step('welcome-wallet-import', 'a wallet made elsewhere', stepHref('wallet'), {
      ...real,
      act: async ({ press }) => {
        await press(t('wallet.way.import'));
        await press(t('wallet.importButton'));
      },
    }),
    step('welcome-disk', 'how much space', stepHref('disk')),
    step('welcome-offer', 'the first offer', stepHref('offer')),
  ];
}

function unlockState(
  id: string,
  face: Face,
  what: string,
  wallet: Partial<NonNullable<NodeRow['wallet']>> = {},
): ShownState {
  const locked = {
    state: 'locked' as const,
    wallet: { state: 'locked', address: addressOf(usual), unattended: 'none', ...wallet } as const,
  };
  return { ...more('home', id, what, { face, snapshot: withNode(locked) }), page: 'unlock' };
}

/** Nothing that is asked is answered. */
function silent(node: FixtureNode): void {
  const never = () => new Promise<never>(() => {});
  for (const name of [
    'snapshot',
    'accountTotals',
    'accountLines',
    'accountChart',
    'recentLogs',
    'risk',
    'settings',
    'storage',
  ] as const)
    node.answers[name] = never;
}

function chainUnreachable(): LiveSnapshot {
  return withRow(usual, 'chain', { unreachableSinceMs: PICTURE_MS - 40_000, seenAtMs: PICTURE_MS - 40_000 });
}

/** Nothing needs a person: no proof was missed, and the wallet holds what is promised. */
function calm(): LiveSnapshot {
  const sales = usual.tables.sales.map((sale) =>
    sale.endedAt === undefined ? { ...sale, proofs: { ...sale.proofs, missed: 0, missedAt: [] } } : sale,
  );
  return withRow({ ...usual, tables: { ...usual.tables, sales } }, 'wallet', { tokens: 900n * TOKEN });
}

function onRealNetwork(snapshot: LiveSnapshot): LiveSnapshot {
  const [node] = snapshot.tables.node;
  if (!node) throw new Error('The fixture has this row');
  const { practiceSpeed: _none, ...rest } = node;
  const network = {
    kind: 'archivist',
    name: 'Archivist testnet',
    chainId: 421_614,
    marketplace: addressOf(snapshot),
    family: 'vault',
    servers: ['rpc.testnet.example'],
  } as const;
  const host = {
    kind: 'desktop',
    hasNotifications: true,
    canStartAtLogin: true,
    canKeepAwake: true,
  } as const;
  return { ...snapshot, tables: { ...snapshot.tables, node: [{ ...rest, network, host }] } };
}

function liveNetwork(): Changes {
  return {
    snapshot: withRow(onRealNetwork(usual), 'node', {
      wallet: { state: 'unlocked', address: fixtureWallet.address, unattended: 'none' },
      settingsWaiting: ['listenPort', 'network'],
    }),
    prepare: prepareLive,
  };
}

function withNoWallet(snapshot: LiveSnapshot): LiveSnapshot {
  const { tables } = withRow(snapshot, 'node', { wallet: { state: 'none', unattended: 'none' } });
  return { ...snapshot, tables: { ...tables, wallet: [] } };
}

function addressOf({ tables }: LiveSnapshot): string {
  return tables.wallet[0]?.address ?? '';
}

function withNode(changes: Partial<NodeRow>): LiveSnapshot {
  return withRow(usual, 'node', changes);
}

function withRow<Name extends 'node' | 'chain' | 'wallet' | 'storage'>(
  snapshot: LiveSnapshot,
  table: Name,
  changes: Partial<Tables[Name]>,
): LiveSnapshot {
  const rows = snapshot.tables[table].map((row) => ({ ...row, ...changes }));
  return { ...snapshot, tables: { ...snapshot.tables, [table]: rows } };
}

/** The usual sales and one more, of seed 71. */
function withSale(changes: Partial<SaleRow>): LiveSnapshot {
  const sale = fixtureSale(changes, NOW, 71);
  return { ...usual, tables: { ...usual.tables, sales: [...usual.tables.sales, sale] } };
}

function notDownloaded(): Partial<SaleRow> {
  const startedAt = NOW - 5400;
  return {
    state: 'errored',
    startedAt,
    path: [
      { state: 'preparing', at: startedAt },
      { state: 'slotReserving', at: startedAt + 2 },
      { state: 'downloading', at: startedAt + 16 },
    ],
    filledAt: undefined as never,
    endedAt: NOW - 1800,
    outcome: { code: 'downloadFailed', text: 'No peer gave the data of the slot in time.' },
  };
}
