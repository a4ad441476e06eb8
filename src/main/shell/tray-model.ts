import type { LiveState } from '../../shared/live.ts';
import { runningSales, statusSentence, type Status } from '../../shared/status.ts';
import { durationText, tokensText } from '../../shared/units.ts';

/** What the tray shows, in plain lines. Equal models need no new menu: on Linux that would close an open one. */
export interface TrayModel {
  readonly shape: Status['shape'];
  /** The state line, and under it the practice network's. Not to be chosen. */
  readonly head: readonly string[];
  readonly facts: readonly string[];
  /** Undefined when there is no offer to pause or to resume. */
  readonly offers?: { readonly label: 'Pause offers' | 'Resume offers'; readonly ids: readonly string[] };
  readonly quit: string;
}

export const PRACTICE_LINE = 'Practice network: nothing here is real';

export function trayModel(tables: LiveState['tables']): TrayModel {
  const { shape, sentence } = statusSentence({ tables });
  const isPractice = tables.node.get('node')?.network.kind === 'practice';
  const offers = offersItem(tables);
  return {
    shape,
    head: [sentence, ...(isPractice ? [PRACTICE_LINE] : [])],
    facts: facts(tables),
    ...(offers && { offers }),
    quit: quitLabel(tables),
  };
}

type LiveTables = LiveState['tables'];

function facts({ money, chain, node }: LiveTables): string[] {
  const row = money.get('money');
  if (!row) return [];
  const { symbol, decimals } = node.get('node')?.token ?? { symbol: '', decimals: 18 };
  const earned = `Earned: ${tokensText(row.earned, decimals)} ${symbol}`.trim();
  const now = chain.get('chain')?.time;
  if (now === undefined || row.nextProofBy === undefined || row.nextProofBy < now) return [earned];
  return [`Next proof within ${atMost(row.nextProofBy - now)}`, earned];
}

/** Rounded up to whole minutes, so that the menu does not change every second. */
const atMost = (seconds: number): string => durationText(Math.max(1, Math.ceil(seconds / 60)) * 60);

function offersItem({ availabilities }: LiveTables): TrayModel['offers'] {
  const idsOf = (wanted: 'active' | 'paused') =>
    [...availabilities.values()].filter(({ state }) => state === wanted).map(({ id }) => id);
  const active = idsOf('active');
  if (active.length > 0) return { label: 'Pause offers', ids: active };
  const paused = idsOf('paused');
  return paused.length > 0 ? { label: 'Resume offers', ids: paused } : undefined;
}

/** Says what quitting costs at most: the collateral of the slots for which a proof is due and not sent. */
function quitLabel({ sales, chain, node }: LiveTables): string {
  const now = chain.get('chain')?.time ?? 0;
  const due = runningSales(sales.values()).filter(({ proofs }) => (proofs.dueBy ?? 0) > now);
  if (due.length === 0) return 'Quit';
  const atStake = due.reduce((sum, sale) => sum + (sale.currentCollateral ?? sale.collateral ?? 0n), 0n);
  const { symbol, decimals } = node.get('node')?.token ?? { symbol: '', decimals: 18 };
  const proofs = due.length === 1 ? '1 proof is due' : `${due.length} proofs are due`;
  return `Quit (${proofs}: up to ${tokensText(atStake, decimals)} ${symbol} lost)`;
}
