import type {
  AccountCheck,
  AccountLine,
  AccountPage,
  AccountTotals,
  EarningChart,
  EarningStep,
} from '../../../shared/accounts.ts';
import type { SaleRow } from '../../../shared/rows.ts';

/** Invented accounts: a sale that was paid, one that lost collateral, and some tokens that came in. */
const token = 10n ** 18n;
const hash = (digit: string) => `0x${digit.repeat(64)}`;
const now = Math.floor(Date.UTC(2026, 10, 22, 12, 31) / 1000);

const paid = {
  saleId: `${hash('9')}@${now - 90_000}`,
  slotId: hash('9'),
  requestId: hash('a'),
  slotIndex: 1,
};
const lost = {
  saleId: `${hash('8')}@${now - 80_000}`,
  slotId: hash('8'),
  requestId: hash('b'),
  slotIndex: 0,
};
const gas = { kind: 'gas', amount: -2_100_000_000_000_000n, isBefore: false } as const;

export const fixtureLines: readonly AccountLine[] = [
  line(60, { kind: 'transferIn', amount: 500n * token, counterparty: `0x${'c1'.repeat(20)}` }),
  line(600, { kind: 'payout', amount: 12n * token + 345_678n, ...paid }),
  line(600, { kind: 'collateralBack', amount: 40n * token, ...paid }),
  line(600, { ...gas, purpose: 'free', ...paid }),
  line(7200, { kind: 'slash', amount: -8n * token, ...lost }),
  line(9000, { ...gas, purpose: 'prove', isFailed: true, ...lost }),
  line(80_000, { kind: 'collateralOut', amount: -40n * token, ...lost }),
  line(80_000, { ...gas, purpose: 'fill', ...lost }),
  line(90_000, { kind: 'collateralOut', amount: -40n * token, ...paid, isBefore: true }),
];

function line(ago: number, of: Partial<AccountLine> & Pick<AccountLine, 'kind' | 'amount'>): AccountLine {
  const transaction = of.isBefore ? {} : { transactionHash: hash('7'), block: 1_204_118 - ago };
  return { id: `line-${ago}-${of.kind}`, at: now - ago, isBefore: false, ...transaction, ...of };
}

const sums = {
  lines: fixtureLines.length,
  earned: 12n * token + 345_678n,
  collateral: -40n * token,
  slashed: -8n * token,
  transfers: 500n * token,
  gas: -6_300_000_000_000_000n,
};
const none = { lines: 0, earned: 0n, collateral: 0n, slashed: 0n, transfers: 0n, gas: 0n };
const began = { at: now - 86_000, block: 1_118_000, tokens: 1000n * token, gas: token / 10n };

export const fixtureTotals: AccountTotals = {
  began,
  all: sums,
  months: [{ month: '2026-11', ...sums }],
  sales: [
    { ...sums, ...paid, lines: 4, slashed: 0n, transfers: 0n, at: now - 600 },
    { ...none, ...lost, lines: 4, slashed: -8n * token, collateral: -40n * token, at: now - 7200 },
  ],
};

export const noTotals: AccountTotals = { began, all: none, months: [], sales: [] };

export const fixtureCheck: AccountCheck = {
  at: now,
  block: 1_204_118,
  began,
  tokens: { opening: 1000n * token, lines: 472n * token, chain: 1472n * token, difference: 0n },
  gas: { opening: token / 10n, lines: -6n * 10n ** 15n, chain: 94n * 10n ** 15n, difference: 0n },
  otherTransactions: 0,
};

export const fixturePage = (count: number, offset: number, kind?: string): AccountPage => {
  const lines = fixtureLines.filter((one) => kind === undefined || one.kind === kind);
  return { lines: lines.slice(offset, offset + count), total: lines.length, sums };
};

export function fixtureChart(step: EarningStep): EarningChart {
  const [past, ahead] = step === 'day' ? [19, 10] : [11, 2];
  const bars = Array.from({ length: past + 1 + ahead }, (_, index) => {
    const offset = index - past;
    const from = step === 'day' ? Date.UTC(2026, 10, 22 + offset) : Date.UTC(2026, 10 + offset, 1);
    const wave = BigInt(((index * 7) % 11) + 2);
    return {
      name: new Date(from).toISOString().slice(0, step === 'day' ? 10 : 7),
      from: from / 1000,
      settled: offset > 0 || index % 6 === 1 ? 0n : wave * token,
      expected: offset < 0 ? 0n : wave * token,
      slashed: index === past - 4 ? -8n * token : 0n,
      gas: offset > 0 ? 0n : -3n * 10n ** 15n,
    };
  });
  return { step, bars, now, later: 21n * token };
}

/** The same days without anything in them. */
export function emptyChart(step: EarningStep): EarningChart {
  const chart = fixtureChart(step);
  const nothing = { settled: 0n, expected: 0n, slashed: 0n, gas: 0n };
  return { ...chart, bars: chart.bars.map((bar) => ({ ...bar, ...nothing })), later: 0n };
}

/** What a sale of the fixture moved: its collateral, its proofs, a slash for a missed one, its pay. */
export function pageOfSale({
  id,
  slotId,
  filledAt,
  endedAt,
  collateral = 0n,
  payout,
  proofs,
}: SaleRow): AccountPage {
  const of = (
    kind: AccountLine['kind'],
    at: number,
    amount: bigint,
    more: Partial<AccountLine> = {},
  ): AccountLine => ({
    id: `${slotId}-${kind}-${more.purpose ?? ''}-${at}`,
    kind,
    amount,
    at,
    saleId: id,
    slotId,
    transactionHash: hash('7'),
    isBefore: false,
    ...more,
  });
  const lines =
    filledAt === undefined
      ? []
      : [
          of('gas', filledAt - 1484, -18n * 10n ** 12n, { purpose: 'reserve' }),
          of('collateralOut', filledAt, -collateral),
          of('gas', filledAt, -64n * 10n ** 12n, { purpose: 'fill' }),
          ...proofs.sentAt.map((at) => of('gas', at, -21n * 10n ** 12n, { purpose: 'prove' })),
          ...proofs.missedAt.map((at) => of('slash', at, -collateral / 5n)),
          ...(endedAt !== undefined && payout
            ? [of('payout', endedAt, payout), of('collateralBack', endedAt, collateral)]
            : []),
        ];
  return { lines: lines.sort((a, b) => b.at - a.at), total: lines.length, sums: none };
}
