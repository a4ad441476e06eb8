import { errorMessage } from './errors.ts';
import { said, saidOf } from './i18n/shared.ts';
import type { LiveState } from './live.ts';
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
export function statusSentence({ tables }: Pick<LiveState, 'tables'>): Status {
  return stopped(tables) ?? attention(tables) ?? selling(tables) ?? idle(tables);
}

/** Sales whose slot is ours: proofs are due for them. */
export function runningSales(sales: Iterable<SaleRow>): SaleRow[] {
  return [...sales].filter(
    ({ state, endedAt }) => endedAt === undefined && (state === 'filled' || state === 'proving'),
  );
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

function attention({ chain, wallet, storage, sales }: LiveTables): Status | undefined {
  const running = runningSales(sales.values());
  const fault = storage.get('storage')?.fault;
  const withStake = (what: string, stake: 'status.noProofGiven' | 'status.noProofSent'): Status => ({
    shape: 'attention',
    sentence: running.length > 0 ? `${what} ${saidOf(stake, running.length)}` : what,
  });
  if (fault?.code === 'DISK_FULL') return { shape: 'attention', sentence: said('status.diskFull') };
  if (fault) return withStake(said('status.diskFault'), 'status.noProofGiven');
  if (chain.get('chain')?.unreachableSinceMs !== undefined) {
    return withStake(said('status.chainSilent'), 'status.noProofSent');
  }
  if (wallet.get('wallet')?.gas === 0n) return { shape: 'attention', sentence: said('status.noGas') };
  const missed = missedLately(running, chain.get('chain')?.time ?? 0);
  if (missed === 0) return undefined;
  return { shape: 'attention', sentence: `${sellingText(running)} ${saidOf('status.missed', missed)}` };
}

function selling({ sales, availabilities }: LiveTables): Status | undefined {
  const running = runningSales(sales.values());
  if (running.length === 0) return undefined;
  const offers = [...availabilities.values()];
  const paused = offers.length > 0 && offers.every(({ state }) => state !== 'active');
  const parts = [sellingText(running), said('status.onTime'), ...(paused ? [said('status.noneTaken')] : [])];
  return { shape: 'selling', sentence: parts.join(' ') };
}

function idle({ sales, availabilities }: LiveTables): Status {
  const downloading = [...sales.values()].filter(
    ({ state, endedAt }) =>
      endedAt === undefined && (state === 'downloading' || state === 'initialProving' || state === 'filling'),
  );
  const sentence =
    downloading.length > 0
      ? saidOf('status.downloading', downloading.length, { size: bytesText(sizeOf(downloading)) })
      : waitingText([...availabilities.values()].map(({ state }) => state));
  return { shape: 'idle', sentence };
}

function waitingText(offers: readonly AvailabilityRow['state'][]): string {
  const active = offers.filter((state) => state === 'active').length;
  if (active > 0) return saidOf('status.waiting', active);
  if (offers.includes('paused')) return said('status.allPaused');
  return offers.length > 0 ? said('status.allEnded') : said('status.noOffer');
}

function missedLately(running: readonly SaleRow[], now: number): number {
  return running.flatMap(({ proofs }) => proofs.missedAt).filter((at) => at > now - DAY_SECONDS).length;
}

const sellingText = (sales: readonly SaleRow[]) =>
  saidOf('status.selling', sales.length, { size: bytesText(sizeOf(sales)) });

const sizeOf = (sales: readonly SaleRow[]) => sales.reduce((sum, sale) => sum + sale.slotSizeBytes, 0n);
