import type { LiveState } from '../../shared/live.ts';
import { runningSales } from '../../shared/status.ts';
import { bytesText, countText, gasText, tokensText } from '../../shared/units.ts';
import type { Notice } from '../../shared/notice.ts';

type Tables = LiveState['tables'];
type Told = Omit<Notice, 'isPractice'>;

/** Something that is so for a while, and told once while it is. */
export interface Condition {
  /** Which one it is, also when its words change. */
  readonly key: string;
  /** `between` neither begins nor ends it, so that a value at the border is not told again and again. */
  readonly state: 'on' | 'between' | 'off';
  /** How long it has to be so before it is told, in wall time. */
  readonly afterMs: number;
  /** Since when it is known to be so, where the rows say that. */
  readonly sinceMs?: number;
  readonly notice: () => Told;
}

/** What is so by the rows, good or bad. What no row speaks of is not in it. */
export function conditionsOf(tables: Tables): Condition[] {
  const stake = stakeOf(tables);
  return [
    ...gas(tables, stake),
    ...collateral(tables),
    ...disk(tables, stake),
    ...chain(tables, stake),
    ...node(tables, stake),
  ];
}

/** The slots that have to be proven, and the collateral in them. */
interface Stake {
  readonly slots: number;
  readonly text: string;
  /** ` Up to 4.00 TST of collateral are at risk.`, or nothing. */
  readonly sentence: string;
}

function stakeOf({ sales, node }: Tables): Stake {
  const running = runningSales(sales.values());
  const { symbol, decimals } = node.get('node')?.token ?? { symbol: '', decimals: 18 };
  const sum = running.reduce((all, sale) => all + (sale.currentCollateral ?? sale.collateral ?? 0n), 0n);
  const text = `${tokensText(sum, decimals)} ${symbol}`.trim();
  const sentence = running.length === 0 ? '' : ` Up to ${text} of collateral are at risk.`;
  return { slots: running.length, text, sentence };
}

function* gas({ wallet, availabilities }: Tables, { slots, sentence }: Stake): Iterable<Condition> {
  const row = wallet.get('wallet');
  if (!row) return;
  const left = row.proofsLeft;
  const share = left === undefined ? [row.gas, LOW_GAS] : [left, LOW_PROOFS];
  const isNeeded = slots > 0 || [...availabilities.values()].some(({ state }) => state === 'active');
  yield {
    key: 'gas',
    state: isNeeded ? level(share[0] ?? 0n, share[1] ?? 0n) : 'off',
    afterMs: MINUTE_MS,
    notice: () => ({
      kind: 'gasLow',
      title: `Gas is low: ${gasText(row.gas)} ETH${left === undefined ? '' : `, enough for ${countText(left)} ${left === 1n ? 'proof' : 'proofs'}`}`,
      body: `Each proof is a transaction and costs gas; without it proofs are missed.${sentence} Send gas to ${row.address}.`,
      place: { page: 'home' },
      isLoss: slots > 0,
    }),
  };
}

function* collateral({ wallet, availabilities, node }: Tables): Iterable<Condition> {
  const row = wallet.get('wallet');
  if (!row) return;
  const { symbol, decimals } = node.get('node')?.token ?? { symbol: '', decimals: 18 };
  const text = (amount: bigint) => `${tokensText(amount, decimals)} ${symbol}`.trim();
  const active = [...availabilities.values()].filter(({ state }) => state === 'active');
  const promised = active.reduce((sum, { remainingCollateral }) => sum + remainingCollateral, 0n);
  yield {
    key: 'collateral',
    state: row.tokens < promised ? 'on' : 'off',
    afterMs: MINUTE_MS,
    notice: () => ({
      kind: 'collateralLow',
      title: `${text(promised - row.tokens)} short of collateral`,
      body: `The wallet holds ${text(row.tokens)} of the ${text(promised)} that offers promise, so that not all of them can be sold. Send tokens to it, or promise less.`,
      place: { page: 'offers' },
      isLoss: false,
    }),
  };
}

function* disk({ storage }: Tables, { slots, sentence }: Stake): Iterable<Condition> {
  const row = storage.get('storage');
  if (!row) return;
  const { fault, diskLeftBytes, diskTotalBytes, folder } = row;
  const low = diskTotalBytes / 50n < MOST_LOW_BYTES ? diskTotalBytes / 50n : MOST_LOW_BYTES;
  yield {
    key: 'disk nearly full',
    state: fault ? 'between' : level(diskLeftBytes, low),
    afterMs: MINUTE_MS,
    notice: () => ({
      kind: 'diskNearlyFull',
      title: `The disk is nearly full: ${bytesText(diskLeftBytes)} left`,
      body: `That is what ${folder} has beyond what is promised. When it is used up nothing more can be stored. Delete other files, or offer less.`,
      place: { page: 'offers' },
      isLoss: false,
    }),
  };
  for (const code of new Set(['DISK_FULL', fault?.code ?? 'DISK_FULL'])) {
    yield {
      key: `disk ${code}`,
      state: fault?.code === code ? 'on' : 'off',
      afterMs: 0,
      notice: () => ({
        kind: 'diskFault',
        title: code === 'DISK_FULL' ? 'The disk is full' : 'The disk with the slots cannot be used',
        body: `${fault?.message ?? ''}${code === 'DISK_FULL' ? '' : sentence}`,
        place: { page: 'home' },
        isLoss: slots > 0,
      }),
    };
  }
}

function* chain({ chain }: Tables, { slots, sentence }: Stake): Iterable<Condition> {
  const row = chain.get('chain');
  if (!row) return;
  const sinceMs = row.unreachableSinceMs;
  yield {
    key: 'chain',
    state: sinceMs === undefined ? 'off' : 'on',
    afterMs: UNREACHABLE_MS,
    ...(sinceMs !== undefined && { sinceMs }),
    notice: () => ({
      kind: 'chainUnreachable',
      title: `The chain has not answered for ${UNREACHABLE_MS / MINUTE_MS} minutes`,
      body: `It is tried again all the time; until then no proof can be sent.${sentence} Check this computer's way to the internet, or name another server in the settings.`,
      place: { page: 'settings' },
      isLoss: slots > 0,
    }),
  };
}

function* node({ node }: Tables, { slots, sentence }: Stake): Iterable<Condition> {
  const row = node.get('node');
  if (!row) return;
  const { state, failure, restartAtMs } = row;
  // Someone who has just installed it has no wallet yet, and is looking at the window.
  const hasStopped = state === 'failed' && failure?.code !== 'NO_WALLET';
  yield {
    key: 'node',
    state: hasStopped ? 'on' : state === 'starting' ? 'between' : 'off',
    // One that starts again by itself is told of when it has.
    afterMs: restartAtMs === undefined ? 0 : MINUTE_MS,
    notice: () => ({
      kind: 'nodeStopped',
      title: 'Slotkeeper has stopped: nothing is sold or proven',
      body: `${failure?.message ?? 'The log says why.'}${sentence}${restartAtMs === undefined ? '' : ' It is started again by itself.'}`,
      place: { page: 'home' },
      isLoss: slots > 0,
    }),
  };
  yield {
    key: 'locked',
    state: state === 'locked' ? 'on' : 'off',
    afterMs: MINUTE_MS,
    notice: () => ({
      kind: 'nodeStopped',
      title: 'The wallet is locked: nothing is sold or proven',
      body: 'Proofs of slots that it holds are missed until it is unlocked. Open Slotkeeper and enter the passphrase.',
      place: { page: 'home' },
      isLoss: true,
    }),
  };
}

/** Low below `low`, and well again only above twice that. */
const level = (value: bigint, low: bigint): Condition['state'] =>
  value < low ? 'on' : value < 2n * low ? 'between' : 'off';

const MINUTE_MS = 60_000;
const UNREACHABLE_MS = 5 * MINUTE_MS;
/** wei; where it is not known what a proof costs. */
const LOW_GAS = 1_000_000_000_000_000n;
const LOW_PROOFS = 50n;
/** Of a large disk two per cent are no reason to worry. */
const MOST_LOW_BYTES = 10_000_000_000n;
