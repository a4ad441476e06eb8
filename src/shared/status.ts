import { errorMessage } from './errors.ts';
import { said, saidOf } from './i18n/shared.ts';
import type { ChangedRow, LiveState } from './live.ts';
import type { AvailabilityRow, NodeRow, SaleRow } from './rows.ts';
import { bytesText } from './units.ts';

/** What the node does, as a shape that can be told apart without colour, and as one sentence. */
export interface Status {
  readonly shape: 'selling' | 'idle' | 'attention' | 'stopped';
  readonly sentence: string;
}

/**
 * The one sentence of the navigation, the tray and the terminal. It says what is worst first: that nothing runs, then
 * what a person should look at, then what is sold, then what is waited for.
 */
export function statusSentence(
  { tables }: Pick<LiveState, 'tables'>,
  sums: SaleSums = saleSums(tables.sales.values()),
): Status {
  return stopped(tables) ?? attention(tables, sums) ?? selling(tables, sums) ?? idle(tables, sums);
}

/** What the sentence says of the sales. */
export interface SaleSums {
  readonly running: Sum;
  readonly downloading: Sum;
  /** Running ones that missed a proof. */
  readonly missing: ReadonlySet<SaleRow>;
}

interface Sum {
  readonly slots: number;
  readonly bytes: bigint;
}

export function saleSums(sales: Iterable<SaleRow>): SaleSums {
  return sumsAfter(
    noSums,
    Array.from(sales, (after) => ({ before: undefined, after })),
  );
}

/** The sums once these rows changed; the same object when none of them counts in it. */
export function sumsAfter(sums: SaleSums, rows: readonly ChangedRow<SaleRow>[]): SaleSums {
  const next = { running: { ...sums.running }, downloading: { ...sums.downloading } };
  const missing = new Set(sums.missing);
  let isChanged = false;
  for (const { before, after } of rows) {
    if (countsAlike(before, after)) continue;
    isChanged = true;
    if (before) count(before, -1);
    if (after) count(after, 1);
  }
  return isChanged ? { ...next, missing } : sums;

  function count(sale: SaleRow, sign: 1 | -1): void {
    const kind = kindOf(sale);
    if (!kind) return;
    next[kind].slots += sign;
    next[kind].bytes += BigInt(sign) * sale.slotSizeBytes;
    if (kind !== 'running' || sale.proofs.missedAt.length === 0) return;
    if (sign > 0) missing.add(sale);
    else missing.delete(sale);
  }
}

const noSums: SaleSums = {
  running: { slots: 0, bytes: 0n },
  downloading: { slots: 0, bytes: 0n },
  missing: new Set(),
};

const countsAlike = (a: SaleRow | undefined, b: SaleRow | undefined): boolean =>
  kindOf(a) === kindOf(b) &&
  a?.slotSizeBytes === b?.slotSizeBytes &&
  [a, b].every((sale) => (sale?.proofs.missedAt.length ?? 0) === 0);

function kindOf(sale: SaleRow | undefined): 'running' | 'downloading' | undefined {
  if (!sale || sale.endedAt !== undefined) return undefined;
  if (isRunning(sale)) return 'running';
  return sale.state === 'downloading' || sale.state === 'initialProving' || sale.state === 'filling'
    ? 'downloading'
    : undefined;
}

const isRunning = ({ state, endedAt }: SaleRow): boolean =>
  endedAt === undefined && (state === 'filled' || state === 'proving');

/** Sales whose slot is ours: proofs are due for them. */
export function runningSales(sales: Iterable<SaleRow>): SaleRow[] {
  return [...sales].filter(isRunning);
}

type LiveTables = LiveState['tables'];

const DAY_SECONDS = 86_400;

function stopped({ node }: LiveTables): Status | undefined {
  const row = node.get('node');
  if (row === undefined || row.state === 'starting')
    return { shape: 'idle', sentence: said('status.starting') };
  if (row.state === 'running') return undefined;
  return { shape: 'stopped', sentence: stoppedText(row) };
}

function stoppedText({ state, failure, restartAtMs }: NodeRow): string {
  if (state === 'locked') return said('status.locked');
  if (state === 'stopping') return said('status.stopping');
  if (state === 'stopped') return said('status.stopped');
  const text = failure ? said('status.failed', { why: errorMessage(failure) }) : said('status.failedUnknown');
  return restartAtMs === undefined ? text : `${text} ${said('status.restarts')}`;
}

function attention({ chain, wallet, storage }: LiveTables, sums: SaleSums): Status | undefined {
  const { slots } = sums.running;
  const fault = storage.get('storage')?.fault;
  const withStake = (what: string, stake: 'status.noProofGiven' | 'status.noProofSent'): Status => ({
    shape: 'attention',
    sentence: slots > 0 ? `${what} ${saidOf(stake, slots)}` : what,
  });
  if (fault?.code === 'DISK_FULL') return { shape: 'attention', sentence: said('status.diskFull') };
  if (fault) return withStake(said('status.diskFault'), 'status.noProofGiven');
  if (chain.get('chain')?.unreachableSinceMs !== undefined) {
    return withStake(said('status.chainSilent'), 'status.noProofSent');
  }
  if (wallet.get('wallet')?.gas === 0n) return { shape: 'attention', sentence: said('status.noGas') };
  const missed = missedLately(sums.missing, chain.get('chain')?.time ?? 0);
  if (missed === 0) return undefined;
  return { shape: 'attention', sentence: `${sellingText(sums)} ${saidOf('status.missed', missed)}` };
}

function selling({ availabilities }: LiveTables, sums: SaleSums): Status | undefined {
  if (sums.running.slots === 0) return undefined;
  const offers = [...availabilities.values()];
  const paused = offers.length > 0 && offers.every(({ state }) => state !== 'active');
  const parts = [sellingText(sums), said('status.onTime'), ...(paused ? [said('status.noneTaken')] : [])];
  return { shape: 'selling', sentence: parts.join(' ') };
}

function idle({ availabilities }: LiveTables, { downloading: { slots, bytes } }: SaleSums): Status {
  const sentence =
    slots > 0
      ? saidOf('status.downloading', slots, { size: bytesText(bytes) })
      : waitingText([...availabilities.values()].map(({ state }) => state));
  return { shape: 'idle', sentence };
}

function waitingText(offers: readonly AvailabilityRow['state'][]): string {
  const active = offers.filter((state) => state === 'active').length;
  if (active > 0) return saidOf('status.waiting', active);
  if (offers.includes('paused')) return said('status.allPaused');
  return offers.length > 0 ? said('status.allEnded') : said('status.noOffer');
}

function missedLately(missing: Iterable<SaleRow>, now: number): number {
  return [...missing].flatMap(({ proofs }) => proofs.missedAt).filter((at) => at > now - DAY_SECONDS).length;
}

const sellingText = ({ running: { slots, bytes } }: SaleSums) =>
  saidOf('status.selling', slots, { size: bytesText(bytes) });
