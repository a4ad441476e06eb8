import type { LiveState } from '../../shared/live.ts';
import { runningSales } from '../../shared/status.ts';
import { joined, sentence, type Fact, type Sentence } from '../../shared/i18n/say.ts';
import type { ToldNotice } from '../../shared/notice.ts';

type Tables = LiveState['tables'];

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
  readonly notice: () => ToldNotice;
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

/** The slots that have to be proven, and what is at risk with them; nothing where there are none. */
interface Stake {
  readonly slots: number;
  readonly atRisk: Sentence | undefined;
}

function stakeOf({ sales, node }: Tables): Stake {
  const running = runningSales(sales.values());
  const tokens = running.reduce((all, sale) => all + (sale.currentCollateral ?? sale.collateral ?? 0n), 0n);
  const collateral: Fact = { tokens, ...tokenOf(node) };
  return {
    slots: running.length,
    atRisk: running.length === 0 ? undefined : sentence('notice.atRisk', { collateral }),
  };
}

const tokenOf = (node: Tables['node']) => node.get('node')?.token ?? { symbol: '', decimals: 18 };

function* gas({ wallet, availabilities }: Tables, { slots, atRisk }: Stake): Iterable<Condition> {
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
      sentences: {
        title: gasTitle(row.gas, left),
        body: joined(
          sentence('notice.gasBody'),
          atRisk,
          sentence('notice.gasSend', { address: row.address }),
        ),
      },
      place: { page: 'home' },
      isLoss: slots > 0,
    }),
  };
}

function* collateral({ wallet, availabilities, node }: Tables): Iterable<Condition> {
  const row = wallet.get('wallet');
  if (!row) return;
  const text = (tokens: bigint): Fact => ({ tokens, ...tokenOf(node) });
  const active = [...availabilities.values()].filter(({ state }) => state === 'active');
  const promised = active.reduce((sum, { remainingCollateral }) => sum + remainingCollateral, 0n);
  yield {
    key: 'collateral',
    state: row.tokens < promised ? 'on' : 'off',
    afterMs: MINUTE_MS,
    notice: () => ({
      kind: 'collateralLow',
      sentences: {
        title: sentence('notice.collateral', { short: text(promised - row.tokens) }),
        body: sentence('notice.collateralBody', { held: text(row.tokens), promised: text(promised) }),
      },
      place: { page: 'offers' },
      isLoss: false,
    }),
  };
}

function* disk({ storage }: Tables, { slots, atRisk }: Stake): Iterable<Condition> {
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
      sentences: {
        title: sentence('notice.diskLow', { left: { bytes: diskLeftBytes } }),
        body: sentence('notice.diskLowBody', { folder }),
      },
      place: { page: 'offers' },
      isLoss: false,
    }),
  };
  // Both always, so that a fault which has gone is known to be well and is told when it comes back.
  const isFull = fault?.code === 'DISK_FULL';
  for (const one of ['full', 'fault'] as const) {
    yield {
      key: `disk ${one}`,
      state: fault && isFull === (one === 'full') ? 'on' : 'off',
      afterMs: 0,
      notice: () => ({
        kind: 'diskFault',
        sentences: {
          title: sentence(one === 'full' ? 'notice.diskFull' : 'notice.diskFault'),
          body: joined(
            sentence('error', { error: fault ? { error: fault } : '' }),
            one === 'full' ? undefined : atRisk,
          ),
        },
        place: { page: 'home' },
        isLoss: slots > 0,
      }),
    };
  }
}

function* chain({ chain }: Tables, { slots, atRisk }: Stake): Iterable<Condition> {
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
      sentences: {
        title: sentence('notice.chain', { minutes: UNREACHABLE_MS / MINUTE_MS }),
        body: joined(sentence('notice.chainBody'), atRisk, sentence('notice.chainAdvice')),
      },
      place: { page: 'settings' },
      isLoss: slots > 0,
    }),
  };
}

function* node({ node }: Tables, { slots, atRisk }: Stake): Iterable<Condition> {
  const row = node.get('node');
  if (!row) return;
  const { state, failure, restartAtMs } = row;
  // Someone who has just installed it has no wallet yet, and is looking at the window.
  const hasStopped = state === 'failed' && failure?.code !== 'NO_WALLET';
  yield {
    key: 'node',
    state: hasStopped ? 'on' : state === 'starting' ? 'between' : 'off',
    // One that starts again by itself, or just does, is told of only if that takes long.
    afterMs: state === 'starting' || restartAtMs !== undefined ? MINUTE_MS : 0,
    notice: () => ({
      kind: 'nodeStopped',
      sentences: {
        title: sentence('notice.stopped'),
        body: joined(
          failure ? sentence('error', { error: { error: failure } }) : sentence('notice.logSays'),
          atRisk,
          restartAtMs === undefined ? undefined : sentence('status.restarts'),
        ),
      },
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
      sentences: { title: sentence('notice.locked'), body: sentence('notice.lockedBody') },
      place: { page: 'home' },
      isLoss: true,
    }),
  };
}

function gasTitle(gas: bigint, proofs: bigint | undefined): Sentence {
  if (proofs === undefined) return sentence('notice.gas', { gas: { wei: gas } });
  const facts = { gas: { wei: gas }, count: { count: proofs } };
  return sentence(proofs === 1n ? 'notice.gasLasts.one' : 'notice.gasLasts.other', facts);
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
