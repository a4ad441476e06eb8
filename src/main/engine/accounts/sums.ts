import type {
  AccountFilter,
  AccountLine,
  AccountSums,
  AccountTotals,
  MonthSums,
  SaleSums,
} from '../../../shared/accounts.ts';

export const fits = (line: AccountLine, { month, saleId, kind }: AccountFilter): boolean =>
  (month === undefined || monthOf(line.at) === month) &&
  (saleId === undefined || line.saleId === saleId) &&
  (kind === undefined || line.kind === kind);

export function sumsOf(lines: Iterable<AccountLine>): AccountSums {
  const sums = { ...nothing };
  for (const line of lines) add(sums, line);
  return sums;
}

/** `lines` are in order, the newest first. */
export function totalsOf(lines: readonly AccountLine[]): Pick<AccountTotals, 'all' | 'months' | 'sales'> {
  const months = new Map<string, Sums & { month: string }>();
  const sales = new Map<string, Sums & Omit<SaleSums, keyof AccountSums>>();
  for (const line of lines) {
    const month = monthOf(line.at);
    add(
      from(months, month, () => ({ ...nothing, month })),
      line,
    );
    const { saleId, slotId, requestId, slotIndex, at } = line;
    if (saleId === undefined || slotId === undefined || requestId === undefined) continue;
    const sale = { ...nothing, saleId, slotId, requestId, slotIndex: slotIndex ?? 0, at };
    add(
      from(sales, saleId, () => sale),
      line,
    );
  }
  return {
    all: sumsOf(lines),
    months: [...months.values()] satisfies readonly MonthSums[],
    sales: [...sales.values()].slice(0, MOST_SALES),
  };
}

/** In UTC: `2026-11`. */
export function monthOf(at: number): string {
  // Of a hundred thousand lines most are of the same few days.
  const day = Math.floor(at / 86_400);
  const known = monthsByDay.get(day) ?? new Date(at * 1000).toISOString().slice(0, 7);
  monthsByDay.set(day, known);
  return known;
}

const monthsByDay = new Map<number, string>();

type Sums = { -readonly [Key in keyof AccountSums]: AccountSums[Key] };

const nothing: AccountSums = {
  lines: 0,
  earned: 0n,
  collateral: 0n,
  slashed: 0n,
  transfers: 0n,
  gas: 0n,
};

function add(sums: Sums, { kind, amount }: AccountLine): void {
  sums.lines++;
  sums[columnOf[kind]] += amount;
}

const columnOf = {
  payout: 'earned',
  repairReward: 'earned',
  collateralOut: 'collateral',
  collateralBack: 'collateral',
  slash: 'slashed',
  transferIn: 'transfers',
  transferOut: 'transfers',
  gas: 'gas',
} as const satisfies Record<AccountLine['kind'], Exclude<keyof AccountSums, 'lines'>>;

function from<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

const MOST_SALES = 1000;
