import type { BacktestReport, RiskReport, WhyNotReport } from '../../../shared/insight.ts';
import type { SaleRow } from '../../../shared/rows.ts';
import { runningSales } from '../../../shared/status.ts';
import { noRisk, noWhyNot } from './noinsight.ts';

const TOKEN = 10n ** 18n;

/** 200 requests of which fewer fit the dearer and the shorter the offer is. */
export function fixtureBacktest(offer: {
  readonly minPricePerBytePerSecond: bigint;
  readonly durationSeconds: bigint;
}): BacktestReport {
  const price = offer.minPricePerBytePerSecond > 200n ? 41 : 12;
  const duration = offer.durationSeconds < 1_300_000n ? 23 : 2;
  const requests = 200 - price - duration - 8 - 4;
  const totals = (part: bigint) => ({
    requests: Number((BigInt(requests) * part) / 100n),
    slots: (BigInt(requests) * 3n * part) / 100n,
    bytes: (BigInt(requests) * 51_600_000_000n * part) / 100n,
    earned: (BigInt(requests) * TOKEN * part) / 100n,
  });
  return {
    requests: 200,
    matched: totals(100n),
    withCapacity: totals(31n),
    refusedBy: { price, duration, collateral: 8, size: 4 },
    nearestMisses: [
      {
        requestId: `0x${'9f'.repeat(32)}`,
        rule: 'price',
        text: 'It pays 0.55 TST per GB and month; the offer wants 0.60.',
        smallestChange:
          price === 41
            ? { kind: 'change', changes: { minPricePerBytePerSecond: 212n } }
            : { kind: 'none', rule: 'price', text: '' },
        worth: 4n * TOKEN,
      },
      {
        requestId: `0x${'8f'.repeat(32)}`,
        rule: 'duration',
        text: 'It runs 30 d; the offer sells 14 d at most.',
        smallestChange: { kind: 'change', changes: { duration: 2_592_000n } },
        worth: 9n * TOKEN,
      },
    ],
  };
}

/** Two requests of the last hours: one fitted the first offer, one was too long for it. */
export function fixtureWhyNot(now: number, offers: readonly { readonly id: string }[]): WhyNotReport {
  const [first] = offers;
  if (!first) return noWhyNot;
  const request = {
    slots: 3n,
    slotSizeBytes: 17_179_869_184n,
    durationSeconds: 1_209_600n,
    pricePerBytePerSecond: 240n,
    collateralPerByte: 500_000_000n,
    expiresAt: now + 3600,
    sold: 0,
  };
  const offer = { availabilityId: first.id, name: 'Two weeks' };
  const tooLong = { rule: 'duration', text: 'It runs too long.', slots: 3 } as const;
  return {
    counts: [],
    recent: [
      {
        ...request,
        requestId: `0x${'a1'.repeat(32)}`,
        seenAt: now - 600,
        offers: [{ ...offer, obstacles: [] }],
      },
      {
        ...request,
        requestId: `0x${'a2'.repeat(32)}`,
        seenAt: now - 7200,
        offers: [
          {
            ...offer,
            obstacles: [
              { ...tooLong, smallestChange: { kind: 'none', rule: 'duration', text: tooLong.text } },
            ],
          },
        ],
      },
    ],
  };
}

/** Slots of which the second miss is the last, each with the same chances. */
export function fixtureRisk(now: number, sales: readonly SaleRow[]): RiskReport {
  const held = runningSales(sales);
  if (held.length === 0) return noRisk;
  const chances = [
    { seconds: 600, slash: 0.02, loss: 0.0004 },
    { seconds: 3600, slash: 0.13, loss: 0.02 },
    { seconds: 28_800, slash: 0.68, loss: 0.31 },
  ];
  const collateralOf = ({ collateral = 0n }: SaleRow) => collateral;
  return {
    asOf: now,
    atRisk: held.reduce((sum, sale) => sum + collateralOf(sale), 0n),
    slots: held.map((sale) => ({
      slotId: sale.slotId,
      missed: sale.proofs.missed,
      ladder: [
        { missed: 0, collateralLeft: collateralOf(sale), isLost: false },
        { missed: 1, collateralLeft: (collateralOf(sale) * 4n) / 5n, isLost: false },
        { missed: 2, collateralLeft: 0n, isLost: true },
      ],
      atRisk: collateralOf(sale),
      proofChance: 1 / 32,
    })),
    offline: chances.map(({ seconds, slash, loss }) => ({
      seconds,
      anySlash: Math.min(1, slash * 1.4),
      anyLoss: loss,
      expectedLoss: (TOKEN * BigInt(Math.round(slash * 1000))) / 100n,
      slots: held.map(({ slotId }) => ({
        slotId,
        periods: Math.floor(seconds / 300),
        expectedMisses: slash,
        slash,
        loss,
        expectedLoss: (TOKEN * BigInt(Math.round(slash * 1000))) / 1000n,
      })),
    })),
    safeSeconds: { risk: 0.01, noSlash: 540, noLoss: 2400 },
  };
}
