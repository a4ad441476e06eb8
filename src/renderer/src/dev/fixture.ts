import type { LogLine } from '../../../shared/api.ts';
import { say, sentence, type Fact, type Sentence } from '../../../shared/i18n/say.ts';
import type { LiveSnapshot } from '../../../shared/live.ts';
import type { ActivityRow, AvailabilityRow, QueueRow, SaleRow } from '../../../shared/rows.ts';
import { shortId } from '../../../shared/units.ts';
import { fixtureTotals } from './fixtureaccounts.ts';

/** Invented rows for looking at the window and for its tests: a node with something of everything. */

const TOKEN = 10n ** 18n;
const CENT = TOKEN / 100n;
const GB = 1_000_000_000n;
const HOUR = 3600;
const DAY = 86_400;
const SLOT = 17_179_869_184n;

export const OFFER_ID = idOf('0ffe12', 1);

/** Chain time `now` is the present of the rows; by default this minute. */
export function fixtureSnapshot(now = Math.floor(Date.now() / 60_000) * 60): LiveSnapshot {
  const sales = salesAt(now);
  return {
    revision: 1,
    tables: {
      node: [
        {
          id: 'node',
          state: 'running',
          network: { kind: 'practice', name: 'Practice network' },
          workers: { max: 3, busy: 2 },
          startedAtMs: (now - 9 * DAY) * 1000,
          version: '0.1.0',
          token: { symbol: 'TST', decimals: 18 },
          practiceSpeed: 1,
        },
      ],
      chain: [{ id: 'chain', block: 1_204_118, time: now, seenAtMs: now * 1000, periodSeconds: 300 }],
      wallet: [
        {
          id: 'wallet',
          address: '0x7a5c0c3f1b2d4e6f8091a2b3c4d5e6f708192a3b',
          tokens: 11_850n * CENT,
          gas: 41n * 10n ** 15n,
        },
      ],
      peers: [
        {
          id: 'peers',
          peerId: '16Uiu2HAmHQs4mJF5XKJW4pL6SwhQwuMEZq5zBcnbzjzG4FgRtj7n',
          announced: ['/ip4/203.0.113.7/tcp/8070'],
          listening: { tcp: 8070, udp: 8090 },
          dhtNodes: 41,
          mapsPorts: true,
          reachability: { state: 'reachable', sinceMs: (now - 2 * DAY) * 1000, lastContactMs: now * 1000 },
        },
      ],
      storage: [
        {
          id: 'storage',
          folder: '/data/slotkeeper',
          quotaBytes: 900n * GB,
          usedBytes: 446_700_000_000n,
          reservedBytes: 322n * GB,
          soldBytes: 412_300_000_000n,
          downloadingBytes: 34_400_000_000n,
          offeredFreeBytes: 322n * GB,
          otherFilesBytes: 789_600_000_000n,
          diskLeftBytes: 441_700_000_000n,
          diskTotalBytes: 2000n * GB,
        },
      ],
      money: [
        {
          id: 'money',
          earned: fixtureTotals.all.earned,
          slashed: -fixtureTotals.all.slashed,
          accruing: 4187n * CENT,
          accruingPerSecond: TOKEN / 12_000n,
          asOf: now,
          atRisk: 24_631n * CENT,
          nextPayout: { at: now + 4 * HOUR, amount: 229n * CENT },
          nextProofBy: now + 252,
          proofsSent: 41,
          proofsMissed: 0,
        },
      ],
      availabilities: offersAt(now),
      sales,
      queue: queueAt(now),
      refused: [
        { ...refused(1, now - 200, paysTooLittle.code, paysTooLittle.text), refusal: paysTooLittle.refusal },
        refused(2, now - 900, 'slotTaken', 'Another host filled the slot first.'),
        refused(
          3,
          now - 4000,
          'noMatchingAvailability',
          'It runs 45 d; offer “Two weeks” sells 14 d at most.',
        ),
      ],
      activity: [
        happened(
          1,
          now - 60,
          'filled',
          sentence('activity.filled', { slot: slotOf(14), size, pay: tst(481n) }),
          {
            saleId: sales[3]?.id ?? '',
          },
        ),
        happened(2, now - 760, 'proof', sentence('activity.proofs', { count: 3 })),
        happened(3, now - 1900, 'paid', sentence('activity.paid', { slot: slotOf(30) }), {
          amount: 962n * CENT,
        }),
        happened(4, now - 2300, 'downloading', sentence('activity.downloading', { slot: slotOf(12), size })),
        happened(5, now - 5300, 'proofMissed', sentence('activity.missed', { slot: slotOf(11) }), {
          amount: -172n * CENT,
        }),
        happened(
          6,
          now - 7000,
          'refused',
          sentence('activity.notTaken', { slot: slotOf(50), why: { outcome: paysTooLittle } }),
        ),
        happened(7, now - 9600, 'proof', sentence('activity.proof', { slot: slotOf(15) })),
        happened(
          8,
          now - 20_000,
          'lost',
          sentence('activity.lost', { slot: slotOf(26), why: { outcome: slotLost } }),
          { amount: -458n * CENT },
        ),
      ],
    },
  };
}

/** The same node before anything was offered. */
export function emptySnapshot(now?: number): LiveSnapshot {
  const { tables } = fixtureSnapshot(now);
  const [money] = tables.money;
  const [storage] = tables.storage;
  if (!money || !storage) throw new Error('The fixture has these rows');
  const { nextPayout: _payout, nextProofBy: _proof, ...rest } = money;
  return {
    revision: 1,
    tables: {
      ...tables,
      money: [
        { ...rest, earned: 0n, slashed: 0n, accruing: 0n, accruingPerSecond: 0n, atRisk: 0n, proofsSent: 0 },
      ],
      storage: [
        {
          ...storage,
          usedBytes: 0n,
          reservedBytes: 0n,
          soldBytes: 0n,
          downloadingBytes: 0n,
          offeredFreeBytes: 0n,
          diskLeftBytes: storage.diskTotalBytes - storage.otherFilesBytes,
        },
      ],
      availabilities: [],
      sales: [],
      queue: [],
      refused: [],
      activity: [],
    },
  };
}

/** A sale that is being sold; what differs is given. */
export function fixtureSale(
  changes: Partial<SaleRow> & { readonly filledAt?: number },
  now: number,
  seed = 1,
): SaleRow {
  const filledAt = changes.filledAt ?? now - 3 * DAY;
  const slotId = idOf('51d7', seed);
  return {
    id: slotId,
    slotId,
    requestId: idOf('9f41', seed),
    slotIndex: 3,
    state: 'proving',
    stateSince: filledAt,
    startedAt: filledAt - 1500,
    path: [
      { state: 'preparing', at: filledAt - 1500 },
      { state: 'slotReserving', at: filledAt - 1498 },
      { state: 'downloading', at: filledAt - 1484 },
      { state: 'initialProving', at: filledAt - 60 },
      { state: 'filling', at: filledAt - 22 },
      { state: 'filled', at: filledAt },
      { state: 'proving', at: filledAt + 2 },
    ],
    slotSizeBytes: SLOT,
    durationSeconds: BigInt(14 * DAY),
    pricePerSecond: (481n * CENT) / BigInt(14 * DAY),
    proofProbability: 32n,
    requestEndsAt: filledAt + 14 * DAY,
    filledAt,
    availabilityId: OFFER_ID,
    collateral: 859n * CENT,
    currentCollateral: 859n * CENT,
    proofs: { sent: 0, missed: 0, failed: 0, sentAt: [], missedAt: [] },
    gasCost: 712_000_000_000_000n,
    ...changes,
  };
}

/** Log lines like the node's. */
export function fixtureLogs(now = Math.floor(Date.now() / 1000)): LogLine[] {
  const slotId = idOf('51d7', 11);
  const messages = [
    ['info', 'proving', 'Proof required in this period', { slotId, due: 300 }],
    ['info', 'prover', 'Proof made', { slotId, ms: 3100 }],
    ['debug', 'market', 'Transaction sent', { nonce: 41 }],
    ['info', 'proving', 'Proof accepted', { slotId, period: 5_984_499 }],
    ['warn', 'network', 'Peer answers slowly', { peer: '127.0.0.1:40221', ms: 4100 }],
    ['error', 'market', 'Proof missed', { slotId, collateral: '-1.72' }],
    ['info', 'slotqueue', 'Slot queued', { requestId: idOf('9f41', 12), slotIndex: 2 }],
  ] as const;
  return Array.from({ length: 60 }, (_, index) => {
    const [level, topic, message, fields] = messages[index % messages.length] ?? messages[0];
    const timeMs = (now - (60 - index) * 11) * 1000 + index * 7;
    return {
      seq: index + 1,
      timeMs,
      level,
      topics: [topic],
      message,
      text: Object.entries(fields)
        .map(([name, value]) => `${name}=${String(value).replace(/^0x(.{4}).{56}(.{4})$/, '$1…$2')}`)
        .join(' '),
      json: JSON.stringify({ lvl: level, ts: timeMs, msg: message, topics: [topic], ...fields }),
    };
  });
}

function salesAt(now: number): SaleRow[] {
  const proven = (from: number, to: number, count: number, seed: number) =>
    Array.from({ length: count }, (_, index) => from + ((index + spread(index, seed)) * (to - from)) / count);
  const selling = (seed: number, days: number, endsInDays: number, changes: Partial<SaleRow> = {}) => {
    const filledAt = now - Math.round(days * DAY);
    const sentAt = proven(filledAt, now, Math.max(1, Math.round(days * 3)), seed).map(Math.floor);
    return fixtureSale(
      {
        filledAt,
        requestEndsAt: now + Math.round(endsInDays * DAY),
        slotIndex: seed % 6,
        proofs: { sent: sentAt.length, missed: 0, failed: 0, sentAt, missedAt: [] },
        ...changes,
      },
      now,
      seed,
    );
  };
  const missedSale = selling(11, 8.6, 5.4);
  const downloading = (seed: number, percent: bigint): SaleRow => {
    const { filledAt: _filledAt, requestEndsAt: _ends, ...rest } = fixtureSale({ filledAt: now }, now, seed);
    return {
      ...rest,
      state: 'downloading',
      startedAt: now - 1200 + seed,
      path: rest.path.slice(0, 3),
      requestEndsAt: now + 2 * DAY,
      progress: {
        doneBytes: (SLOT * percent) / 100n,
        totalBytes: SLOT,
        bytesPerSecond: 17_000_000,
        peers: [
          {
            peer: '/ip4/198.51.100.23/tcp/8070',
            bytes: SLOT / 100n,
            trouble: { code: 'FALSE_BLOCK', isDropped: true },
          },
          { peer: '/ip4/203.0.113.9/tcp/8070', bytes: (SLOT * (percent - 1n)) / 100n },
          {
            peer: '/ip4/192.0.2.77/tcp/40112',
            bytes: 0n,
            trouble: { code: 'PEER_UNREACHABLE', isDropped: false },
          },
        ],
      },
    };
  };
  const ended = (seed: number, endedDaysAgo: number, changes: Partial<SaleRow> = {}): SaleRow => {
    const endedAt = now - Math.round(endedDaysAgo * DAY);
    const filledAt = endedAt - 4 * DAY;
    const sentAt = proven(filledAt, endedAt, 11, seed).map(Math.floor);
    const sale = fixtureSale(
      {
        filledAt,
        requestEndsAt: endedAt,
        endedAt,
        state: 'finished',
        payout: 481n * CENT,
        outcome: {
          code: 'paid',
          text: 'The request ended on time; all was paid and the collateral came back.',
        },
        proofs: { sent: sentAt.length, missed: 0, failed: 0, sentAt, missedAt: [] },
        ...changes,
      },
      now,
      seed,
    );
    return { ...sale, id: `${sale.slotId}@${sale.startedAt}` };
  };
  return [
    {
      ...missedSale,
      currentCollateral: 687n * CENT,
      proofs: { ...missedSale.proofs, missed: 1, missedAt: [now - Math.round(2.4 * DAY)] },
    },
    downloading(12, 64n),
    downloading(13, 12n),
    selling(14, 6.9, 6.4, {
      slotSizeBytes: 2n * SLOT,
      proofs: {
        sent: 20,
        missed: 0,
        failed: 0,
        sentAt: proven(now - 6.9 * DAY, now - 3000, 20, 14).map(Math.floor),
        missedAt: [],
        dueBy: now + 252,
      },
    }),
    selling(15, 8, 6, { slotSizeBytes: 2n * SLOT }),
    selling(16, 4, 9),
    selling(17, 0.9, 1, { slotSizeBytes: SLOT / 2n }),
    selling(18, 0.9, 1, { slotSizeBytes: SLOT / 2n }),
    selling(19, 7.8, 2.3),
    selling(20, 7.8, 2.3),
    selling(21, 1.2, 20, { slotSizeBytes: 2n * SLOT }),
    selling(22, 6.4, 0.2),
    selling(23, 3.6, 3.4, { slotSizeBytes: SLOT / 2n }),
    selling(24, 3.6, 3.4, { slotSizeBytes: SLOT / 2n }),
    selling(25, 6.8, 0, { state: 'payout' }),
    ended(26, 3.9, {
      state: 'failed',
      payout: 0n,
      outcome: slotLost,
      collateral: 458n * CENT,
      currentCollateral: 0n,
      proofs: {
        sent: 6,
        missed: 2,
        failed: 0,
        sentAt: proven(now - 6.3 * DAY, now - 5 * DAY, 6, 26).map(Math.floor),
        missedAt: [now - Math.round(4.7 * DAY), now - Math.round(4 * DAY)],
      },
    }),
    ...Array.from({ length: 12 }, (_, index) => ended(30 + index, 2 + index * 0.4)),
  ];
}

function offersAt(now: number): AvailabilityRow[] {
  const offer = (seed: number, changes: Partial<AvailabilityRow>): AvailabilityRow => ({
    id: idOf('0ffe12', seed),
    name: 'Two weeks',
    state: 'active',
    totalBytes: 500n * GB,
    freeBytes: 207_900_000_000n,
    soldBytes: 257_700_000_000n,
    downloadingBytes: 34_400_000_000n,
    durationSeconds: BigInt(14 * DAY),
    minPricePerBytePerSecond: 232n,
    totalCollateral: 250n * TOKEN,
    remainingCollateral: 104n * TOKEN,
    until: 0,
    slots: 17,
    createdAtMs: (now - 20 * DAY) * 1000 + seed,
    ...changes,
  });
  return [
    offer(1, {}),
    offer(2, {
      name: 'Short jobs',
      totalBytes: 200n * GB,
      freeBytes: 114_100_000_000n,
      soldBytes: 85_900_000_000n,
      downloadingBytes: 0n,
      durationSeconds: BigInt(2 * DAY),
      minPricePerBytePerSecond: 290n,
      remainingCollateral: 14n * TOKEN,
      slots: 5,
    }),
    offer(3, {
      name: 'Autumn, long',
      state: 'paused',
      totalBytes: 68_700_000_000n,
      freeBytes: 0n,
      soldBytes: 68_700_000_000n,
      downloadingBytes: 0n,
      durationSeconds: BigInt(30 * DAY),
      minPricePerBytePerSecond: 174n,
      until: now + 14 * DAY,
      slots: 4,
    }),
  ];
}

function queueAt(now: number): QueueRow[] {
  const item = (position: number, profitCents: bigint, changes: Partial<QueueRow> = {}): QueueRow => ({
    id: idOf('51d7', 50 + position),
    position,
    requestId: idOf('77fe', 50 + Math.ceil(position / 2)),
    slotIndex: position,
    slotSizeBytes: SLOT,
    durationSeconds: BigInt(14 * DAY),
    pricePerBytePerSecond: 240n,
    profit: profitCents * CENT,
    collateral: 859n * CENT,
    expiresAt: now + 900,
    ...changes,
  });
  return [
    item(1, 962n, { slotSizeBytes: 2n * SLOT }),
    item(2, 481n),
    item(3, 481n, { collateral: 990n * CENT }),
    item(4, 481n, { collateral: 990n * CENT, expiresAt: now + 400 }),
    item(5, 229n, { slotSizeBytes: SLOT / 2n }),
    item(6, 600n, {
      waitingFor: 'an offer that pays collateral of 0.90 TST per GB',
      durationSeconds: BigInt(30 * DAY),
    }),
    item(7, 120n, { waitingFor: 'an offer with a lower price than 0.45 TST', slotSizeBytes: SLOT / 2n }),
  ];
}

const size: Fact = { bytes: SLOT };
const tst = (cents: bigint): Fact => ({ tokens: cents * CENT, decimals: 18, symbol: 'TST' });
const slotOf = (seed: number): Fact =>
  sentence('slotOf', { index: seed % 6, request: shortId(idOf('9f41', seed)) });
const slotLost = {
  code: 'slotLost',
  text: 'The slot was taken away after too many missed proofs; its collateral is lost.',
};
const paysTooLittle = {
  code: 'noMatchingAvailability',
  text: 'It pays 0.45 tokens per GB and month; your lowest is 0.60.',
  refusal: { rule: 'price', details: { asked: 174n, yours: 232n } },
};

const happened = (
  number: number,
  at: number,
  kind: ActivityRow['kind'],
  told: Sentence,
  more: Pick<ActivityRow, 'saleId' | 'amount'> = {},
): ActivityRow => ({ id: `a${number}`, at, kind, text: say(told), sentence: told, ...more });

const refused = (seed: number, at: number, code: string, text: string) => ({
  id: idOf('4ef5', seed),
  requestId: idOf('c4a7', seed),
  slotIndex: seed,
  at,
  code,
  text,
});

/** Always the same 32 bytes for the same seed, beginning as told. */
export function idOf(start: string, seed: number): string {
  let digits = '';
  for (let index = 0; digits.length < 64; index++) {
    digits += Math.floor(spread(index * 31 + 7, seed + 3) * 0xffff_ffff)
      .toString(16)
      .padStart(8, '0');
  }
  const head = seed === 11 ? start.padEnd(4, '0') : digits.slice(0, 4);
  return `0x${head}${digits.slice(4)}`.slice(0, 66);
}

/** A number in [0, 1) that looks drawn. */
function spread(index: number, seed: number): number {
  const value = Math.sin(index * 12.9898 + seed * 78.233) * 43_758.5453;
  return value - Math.floor(value);
}
