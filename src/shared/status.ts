import type { LiveState } from './live.ts';
import type { AvailabilityRow, SaleRow } from './rows.ts';
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
  if (row?.state === 'failed') {
    const why = row.failure?.message ?? 'the log says why.';
    const next = row.restartAtMs === undefined ? '' : ' It is started again by itself.';
    return { shape: 'stopped', sentence: `Stopped: ${why}${next}` };
  }
  if (row?.state === 'locked') {
    return { shape: 'stopped', sentence: 'Locked: nothing is sold or proven until the wallet is unlocked.' };
  }
  if (row?.state === 'stopped') return { shape: 'stopped', sentence: 'Stopped: nothing is sold or proven.' };
  if (row?.state === 'stopping') return { shape: 'stopped', sentence: 'Stopping.' };
  if (row === undefined || row.state === 'starting') return { shape: 'idle', sentence: 'Starting.' };
  return undefined;
}

function attention({ chain, wallet, storage, sales }: LiveTables): Status | undefined {
  const running = runningSales(sales.values());
  const fault = storage.get('storage')?.fault;
  if (fault) {
    const isFull = fault.code === 'DISK_FULL';
    const stake =
      running.length > 0 && !isFull ? ` No proof can be given for ${slotsText(running.length)}.` : '';
    const what = isFull
      ? 'The disk is full: nothing more can be stored.'
      : 'The disk with the slots cannot be used.';
    return { shape: 'attention', sentence: `${what}${stake}` };
  }
  if (chain.get('chain')?.unreachableSinceMs !== undefined) {
    const stake = running.length > 0 ? ` No proof can be sent for ${slotsText(running.length)}.` : '';
    return { shape: 'attention', sentence: `The chain does not answer, retrying.${stake}` };
  }
  if (wallet.get('wallet')?.gas === 0n) {
    return { shape: 'attention', sentence: 'The wallet has no gas: no proof can be sent.' };
  }
  const missed = missedLately(running, chain.get('chain')?.time ?? 0);
  if (missed === 0) return undefined;
  const proofs = `${missed} ${missed === 1 ? 'proof' : 'proofs'} missed in the last 24 hours.`;
  return { shape: 'attention', sentence: `${sellingText(running)} ${proofs}` };
}

function selling({ sales, availabilities }: LiveTables): Status | undefined {
  const running = runningSales(sales.values());
  if (running.length === 0) return undefined;
  const offers = [...availabilities.values()];
  const paused = offers.length > 0 && offers.every(({ state }) => state !== 'active');
  const rest = paused ? ' No new ones are taken: offers are paused.' : '';
  return { shape: 'selling', sentence: `${sellingText(running)} All proofs on time.${rest}` };
}

function idle({ sales, availabilities }: LiveTables): Status {
  const downloading = [...sales.values()].filter(
    ({ state, endedAt }) =>
      endedAt === undefined && (state === 'downloading' || state === 'initialProving' || state === 'filling'),
  );
  if (downloading.length > 0) {
    const what = `${slotsText(downloading.length)}, ${bytesText(sizeOf(downloading))}`;
    return { shape: 'idle', sentence: `Downloading ${what}. Nothing sold yet.` };
  }
  return { shape: 'idle', sentence: waitingText([...availabilities.values()].map(({ state }) => state)) };
}

function waitingText(offers: readonly AvailabilityRow['state'][]): string {
  const active = offers.filter((state) => state === 'active').length;
  if (active > 0) return `Waiting for a request that fits your ${active === 1 ? 'offer' : 'offers'}.`;
  if (offers.includes('paused')) return 'All offers are paused.';
  return offers.length > 0 ? 'All offers have ended.' : 'Nothing offered yet.';
}

function missedLately(running: readonly SaleRow[], now: number): number {
  return running.flatMap(({ proofs }) => proofs.missedAt).filter((at) => at > now - DAY_SECONDS).length;
}

const sellingText = (sales: readonly SaleRow[]) =>
  `Selling ${bytesText(sizeOf(sales))} in ${slotsText(sales.length)}.`;

const slotsText = (count: number) => `${count} ${count === 1 ? 'slot' : 'slots'}`;

const sizeOf = (sales: readonly SaleRow[]) => sales.reduce((sum, sale) => sum + sale.slotSizeBytes, 0n);
