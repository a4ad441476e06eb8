import { describe, expect, it } from 'vitest';
import { NoticeDesk, type NoticeWishes } from '../../../src/main/notices/noticedesk.ts';
import { applyLive, liveStateOf, type LiveChange, type LiveState } from '../../../src/shared/live.ts';
import type { Notice } from '../../../src/shared/notice.ts';
import { tableNames, type SaleRow, type TableName, type Tables } from '../../../src/shared/rows.ts';
import { chainRow, nodeRow, offerRow, saleRow, storageRow } from '../../support/livefixtures.ts';

const TST = 10n ** 18n;
const GB = 10n ** 9n;
const MINUTE = 60_000;
/** Noon by this computer's clock. */
const NOON = new Date(2026, 10, 25, 12).getTime();

const proofs = (missed: number): SaleRow['proofs'] => ({
  sent: 0,
  missed,
  failed: 0,
  sentAt: [],
  missedAt: [],
});
const path = (...states: SaleRow['state'][]) => states.map((state, at) => ({ state, at }));
const held = { collateral: 5n * TST, currentCollateral: 5n * TST } as const;

describe('What happened', () => {
  const filling = saleRow('a', { state: 'filling', path: path('preparing', 'filling') });
  const filled: Partial<SaleRow> = {
    ...held,
    state: 'proving',
    path: path('preparing', 'filling', 'filled', 'proving'),
    filledAt: 100,
    requestEndsAt: 1100,
    pricePerSecond: TST / 1000n,
  };

  it('a filled slot is told with what it earns and what is at stake, and leads to its sale', () => {
    const { tell, later } = aDesk({ sales: [filling] });
    tell('sales', saleRow('a', filled));
    expect(later()).toMatchObject([
      {
        kind: 'slotFilled',
        title: 'Slot filled: 10.0 GB, to earn 1.00 TST',
        body: 'Its collateral is 5.00 TST. Keep this computer on: proofs are due until the request ends.',
        place: { page: 'sales', id: 'a' },
        isLoss: false,
        isPractice: true,
      },
    ]);
    tell('sales', saleRow('a', { ...filled, gasCost: 1n }));
    expect(later()).toEqual([]);
  });

  it('fills that come together are one notice, which leads to all sales', () => {
    const ids = ['a', 'b', 'c'];
    const { tell, later, advance } = aDesk({ sales: ids.map((id) => ({ ...filling, id, slotId: id })) });
    tell('sales', saleRow('a', filled));
    expect(advance(1000)).toEqual([]);
    tell('sales', saleRow('b', filled));
    tell('sales', saleRow('c', filled));
    expect(later()).toMatchObject([
      {
        title: '3 slots filled: 30.0 GB, to earn 3.00 TST',
        body: expect.stringMatching(/^Their collateral is 15.00 TST/) as string,
        place: { page: 'sales' },
      },
    ]);
  });

  it.each([
    ['is seen for the first time', []],
    ['was taken up after a restart', [saleRow('a', { state: 'filled', path: path('unknown', 'filled') })]],
    ['came back after an error', [saleRow('a', { ...filled, state: 'filled' })]],
  ])('a slot that %s was not filled now', (_, sales) => {
    const { tell, later } = aDesk({ sales });
    const again = path('preparing', 'filling', 'filled', 'proving', 'unknown', 'filled', 'proving');
    const restored = path('unknown', 'filled', 'proving');
    const isFirst = sales[0]?.path.length === 4;
    tell('sales', saleRow('a', { ...filled, path: isFirst ? again : restored }));
    expect(later()).toEqual([]);
  });

  it('a missed proof and what it cost are one notice, that of what was lost', () => {
    const { tell, later } = aDesk({ sales: [saleRow('a', held)] });
    tell('sales', saleRow('a', { ...held, currentCollateral: 4n * TST, proofs: proofs(1) }));
    expect(later()).toMatchObject([
      {
        kind: 'slashed',
        title: '1.00 TST of collateral slashed, 4.00 TST left',
        body: expect.stringMatching(/^Slot 0 of requ…of a has missed 1 so far\. When too many/) as string,
        isLoss: true,
      },
    ]);
  });

  it('a missed proof that cost nothing yet says what is at stake', () => {
    const { tell, later } = aDesk({ sales: [saleRow('a', held), saleRow('b', held)] });
    tell('sales', saleRow('a', { ...held, proofs: proofs(1) }));
    tell('sales', saleRow('b', { ...held, proofs: proofs(2) }));
    expect(later()).toMatchObject([
      {
        kind: 'proofMissed',
        title: '3 proofs missed: nothing lost yet, 10.00 TST at stake',
        body: expect.stringMatching(/^2 slots have missed 3 so far/) as string,
        place: { page: 'sales' },
      },
    ]);
  });

  it('data that goes missing is told once until it is back', () => {
    const { tell, later } = aDesk({ sales: [saleRow('a', held)] });
    tell('sales', saleRow('a', { ...held, missingBytes: 262_144n }));
    tell('sales', saleRow('a', { ...held, missingBytes: 131_072n }));
    expect(later()).toMatchObject([{ kind: 'dataMissing', isLoss: true }]);
    tell('sales', saleRow('a', { ...held, missingBytes: 65_536n }));
    expect(later()).toEqual([]);
  });

  it.each([
    ['paid', 'salePaid', 'Sale ended and paid: +3.00 TST', 'So it went. Its collateral is back.'],
    ['partlyPaid', 'salePaid', 'Sale ended and paid: +3.00 TST', 'So it went.'],
    ['slotLost', 'slotLost', 'Slot lost: 5.00 TST of collateral gone', 'So it went. What it had earned'],
    ['requestFailed', 'slotLost', 'Slot lost: 5.00 TST of collateral gone', 'So it went.'],
  ])('a sale that ended with %s', (code, kind, title, body) => {
    const { end, later } = aDesk({ sales: [saleRow('a', { ...held, filledAt: 1 })] });
    end(code, { payout: 3n * TST });
    expect(later()).toMatchObject([
      { kind, title, place: { page: 'sales', id: 'a@0' }, body: expect.stringContaining(body) as string },
    ]);
  });

  it.each([
    ['was never filled', { filledAt: undefined }, 'downloadFailed', 'a'],
    ['the chain forgot', {}, 'requestUnknown', 'a'],
    ['ended before this start', {}, 'slotLost', 'b'],
  ])('a sale that %s is not told', (_, changes, code, id) => {
    const { end, later } = aDesk({ sales: [saleRow(id, { ...held, filledAt: 1 })] });
    end(code, changes as Partial<SaleRow>);
    expect(later()).toEqual([]);
  });

  it('an earlier sale of a slot that is sold again did not end now', () => {
    const { end, later } = aDesk({ sales: [saleRow('a', { ...held, startedAt: 50 })] });
    end('paid', { payout: TST });
    expect(later()).toEqual([]);
  });

  it('a node that was started again says after what', () => {
    const { tell, later } = aDesk();
    tell('node', nodeRow({ restarted: { count: 1, atMs: 0, reason: 'The practice network ended.' } }));
    expect(later()).toMatchObject([
      {
        kind: 'nodeRestarted',
        body: 'The practice network ended. It sells and proves again. If this happens often, see the log.',
        place: { page: 'activity' },
      },
    ]);
    tell(
      'node',
      nodeRow({ restarted: { count: 1, atMs: 0, reason: 'The practice network ended.' }, state: 'stopping' }),
    );
    expect(later()).toEqual([]);
  });
});

describe('What stands', () => {
  const wallet = { id: 'wallet', address: '0xabc', tokens: 100n * TST, gas: 5n * 10n ** 17n };

  it('gas that is low is told when a minute has not changed it, with how far it lasts', () => {
    const { tell, advance } = aDesk({ availabilities: [offerRow('o')] });
    tell('wallet', { ...wallet, gas: 10n ** 14n, proofsLeft: 49n });
    expect(advance(MINUTE - 1)).toEqual([]);
    expect(advance(1)).toMatchObject([
      { kind: 'gasLow', title: 'Gas is low: 0.00010 ETH, enough for 49 proofs', isLoss: false },
    ]);
  });

  it('a condition is told once, and again only after it was well for ten minutes', () => {
    const { tell, advance } = aDesk({ availabilities: [offerRow('o')] });
    const low = (proofsLeft: bigint) => tell('wallet', { ...wallet, proofsLeft });
    low(49n);
    expect(advance(MINUTE)).toHaveLength(1);
    for (const left of [20n, 60n, 49n, 99n, 10n]) {
      low(left);
      expect(advance(2 * MINUTE)).toEqual([]);
    }
    low(60n);
    expect(advance(60 * MINUTE)).toEqual([]);
    low(49n);
    expect(advance(2 * MINUTE)).toEqual([]);
    low(100n);
    expect(advance(9 * MINUTE)).toEqual([]);
    low(49n);
    expect(advance(60 * MINUTE)).toEqual([]);
    low(100n);
    expect(advance(10 * MINUTE)).toEqual([]);
    low(49n);
    expect(advance(MINUTE)).toHaveLength(1);
  });

  it('gas is nobody’s worry while nothing is offered or sold, and a loss while slots are held', () => {
    const idle = aDesk();
    idle.tell('wallet', { ...wallet, proofsLeft: 1n });
    expect(idle.advance(MINUTE)).toEqual([]);
    const selling = aDesk({ sales: [saleRow('a', held)] });
    selling.tell('wallet', { ...wallet, proofsLeft: 1n });
    expect(selling.advance(MINUTE)).toMatchObject([
      { isLoss: true, body: expect.stringContaining('Up to 5.00 TST of collateral are at risk.') as string },
    ]);
  });

  it('collateral that offers promise and the wallet does not hold', () => {
    const { tell, advance } = aDesk({
      availabilities: [{ ...offerRow('o'), remainingCollateral: 120n * TST }, offerRow('p', 'paused')],
    });
    tell('wallet', wallet);
    expect(advance(MINUTE)).toMatchObject([
      { kind: 'collateralLow', title: '20.00 TST short of collateral', place: { page: 'offers' } },
    ]);
  });

  it('a disk that is nearly full, then full, then gone', () => {
    const { tell, advance } = aDesk({ sales: [saleRow('a', held)] });
    const disk = { ...storageRow, diskTotalBytes: 100n * GB };
    tell('storage', { ...disk, diskLeftBytes: 2n * GB });
    expect(advance(MINUTE)).toEqual([]);
    tell('storage', { ...disk, diskLeftBytes: 2n * GB - 1n });
    expect(advance(MINUTE)).toMatchObject([
      { kind: 'diskNearlyFull', title: 'The disk is nearly full: 2.0 GB left' },
    ]);
    tell('storage', {
      ...disk,
      diskLeftBytes: 0n,
      fault: { code: 'DISK_FULL', message: 'Free some space.' },
    });
    expect(advance(0)).toMatchObject([
      { kind: 'diskFault', title: 'The disk is full', body: 'Free some space.' },
    ]);
    tell('storage', {
      ...disk,
      diskLeftBytes: 0n,
      fault: { code: 'SLOT_FOLDER_GONE', message: 'It is gone.' },
    });
    expect(advance(0)).toMatchObject([
      {
        title: 'The disk with the slots cannot be used',
        body: 'It is gone. Up to 5.00 TST of collateral are at risk.',
      },
    ]);
    expect(advance(60 * MINUTE)).toEqual([]);
  });

  it('a disk with slots that goes missing a second time', () => {
    const { tell, advance } = aDesk({ sales: [saleRow('a', held)] });
    const well = { ...storageRow, diskTotalBytes: 100n * GB, diskLeftBytes: 50n * GB };
    const gone = { ...well, fault: { code: 'SLOT_FOLDER_GONE', message: 'It is gone.' } };
    for (let time = 0; time < 2; time++) {
      tell('storage', gone);
      expect(advance(0)).toMatchObject([
        { kind: 'diskFault', title: expect.stringMatching(/slots/) as string },
      ]);
      tell('storage', well);
      expect(advance(10 * MINUTE)).toEqual([]);
    }
  });

  it('a chain that has not answered for five minutes, by when it fell silent', () => {
    const { tell, advance } = aDesk({ sales: [saleRow('a', held)] });
    tell('chain', chainRow(1, NOON - MINUTE));
    expect(advance(4 * MINUTE - 1)).toEqual([]);
    expect(advance(1)).toMatchObject([
      { kind: 'chainUnreachable', title: 'The chain has not answered for 5 minutes', isLoss: true },
    ]);
    tell('chain', chainRow(2));
    tell('chain', chainRow(2, NOON + 4 * MINUTE));
    expect(advance(9 * MINUTE)).toEqual([]);
  });

  it('a node that has stopped; of one that starts again by itself only if that takes long', () => {
    const failure = { code: 'PRACTICE_ENDED', message: 'It ended.' };
    const stopped = aDesk();
    stopped.tell('node', nodeRow({ state: 'failed', failure }));
    expect(stopped.advance(0)).toMatchObject([{ kind: 'nodeStopped', body: 'It ended.' }]);
    const restarting = aDesk();
    restarting.tell('node', nodeRow({ state: 'failed', failure, restartAtMs: NOON + 5000 }));
    expect(restarting.advance(5000)).toEqual([]);
    restarting.tell('node', nodeRow({ state: 'starting' }));
    expect(restarting.advance(1000)).toEqual([]);
    restarting.tell('node', nodeRow({ state: 'failed', failure, restartAtMs: NOON + 16_000 }));
    expect(restarting.advance(53_999)).toEqual([]);
    expect(restarting.advance(1)).toMatchObject([{ body: 'It ended. It is started again by itself.' }]);
    const fresh = aDesk();
    fresh.tell('node', nodeRow({ state: 'failed', failure: { code: 'NO_WALLET', message: '' } }));
    expect(fresh.advance(60 * MINUTE)).toEqual([]);
  });

  it('a wallet that stays locked', () => {
    const { tell, advance } = aDesk();
    tell('node', nodeRow({ state: 'locked' }));
    expect(advance(MINUTE)).toMatchObject([
      { kind: 'nodeStopped', title: 'The wallet is locked: nothing is sold or proven', isLoss: true },
    ]);
  });
});

describe('Wishes', () => {
  const at = (hours: number, minutes = 0) => new Date(2026, 10, 25, hours, minutes).getTime();
  const night = { from: '22:00', to: '07:30' };

  it('quiet hours hold back what costs nothing, gather it, and tell it when they end', () => {
    const running = saleRow('a', { ...held, filledAt: 1 });
    const desk = aDesk(
      { sales: [running, { ...running, id: 'b', slotId: 'b' }] },
      { nowMs: at(23), quietHours: night },
    );
    desk.end('paid', { payout: TST });
    expect(desk.advance(60 * MINUTE)).toEqual([]);
    desk.end('paid', { payout: TST }, 'b');
    expect(desk.advance(7.5 * 60 * MINUTE - 1)).toEqual([]);
    expect(desk.advance(1)).toMatchObject([{ title: '2 sales ended and paid: +2.00 TST' }]);
  });

  it('quiet hours never hold back a loss', () => {
    const desk = aDesk({ sales: [saleRow('a', held)] }, { nowMs: at(3), quietHours: night });
    desk.tell('sales', saleRow('a', { ...held, currentCollateral: TST, proofs: proofs(1) }));
    expect(desk.later()).toMatchObject([{ kind: 'slashed' }]);
  });

  it('a condition that went during quiet hours is not told after them', () => {
    const desk = aDesk({}, { nowMs: at(23), quietHours: night });
    const disk = { ...storageRow, diskTotalBytes: 100n * GB };
    desk.tell('storage', { ...disk, diskLeftBytes: 1n });
    expect(desk.advance(60 * MINUTE)).toEqual([]);
    desk.tell('storage', { ...disk, diskLeftBytes: 50n * GB });
    expect(desk.advance(24 * 60 * MINUTE)).toEqual([]);
  });

  it('losses alone are told to whoever wants no more', () => {
    const desk = aDesk(
      { sales: [saleRow('a', { ...held, filledAt: 1 }), saleRow('b', held)] },
      { notices: 'losses' },
    );
    desk.end('paid', { payout: TST });
    desk.tell('sales', saleRow('b', { ...held, proofs: proofs(1) }));
    expect(desk.later()).toMatchObject([{ kind: 'proofMissed' }]);
  });

  it('says that nothing is real on the practice network only', () => {
    const node = nodeRow({ network: { kind: 'custom', name: 'Real' } });
    const desk = aDesk({ node: [node], sales: [saleRow('a', held)] });
    desk.tell('sales', saleRow('a', { ...held, proofs: proofs(1) }));
    expect(desk.later()).toMatchObject([{ isPractice: false }]);
  });
});

type Rows = { readonly [T in TableName]?: readonly Tables[T][] };

/** A desk over rows, at a time that is moved by hand; it is asked whenever it said so, and after each change. */
function aDesk(
  rows: Rows = {},
  { nowMs = NOON, ...wishes }: Partial<NoticeWishes> & { nowMs?: number } = {},
) {
  const whole: NoticeWishes = { notices: 'all', ...wishes };
  const tables = Object.fromEntries(
    tableNames.map((name) => [name, rows[name] ?? (name === 'node' ? [nodeRow()] : [])]),
  ) as unknown as { [T in TableName]: Tables[T][] };
  const desk = new NoticeDesk();
  let state: LiveState = liveStateOf({ revision: 0, tables });
  let told: Notice[] = [];
  let wakeAtMs: number | undefined;
  const look = () => {
    const decision = desk.decide(whole, nowMs);
    wakeAtMs = decision.wakeAtMs;
    told.push(...decision.notices);
  };
  const change = (...changes: LiveChange[]) => {
    const before = state;
    const told = { revision: state.revision + 1, changes };
    state = applyLive(before, told) ?? expect.unreachable('A change was missed');
    desk.saw(before, told, state, nowMs);
    look();
  };
  const advance = (ms: number): Notice[] => {
    const until = nowMs + ms;
    while (wakeAtMs !== undefined && wakeAtMs <= until) {
      nowMs = Math.max(nowMs, wakeAtMs);
      look();
    }
    nowMs = until;
    const heard = told;
    told = [];
    return heard;
  };
  return {
    advance,
    later: () => advance(1500),
    tell: <T extends TableName>(table: T, row: Tables[T]) => change({ table, id: row.id, row } as LiveChange),
    end: (code: string, changes: Partial<SaleRow> = {}, slotId = 'a') => {
      const id = `${slotId}@0`;
      const row: SaleRow = {
        ...saleRow(slotId, { ...held, filledAt: 1, state: 'finished', ...changes }),
        id,
        endedAt: 9,
        outcome: { code, text: 'So it went.' },
      };
      change({ table: 'sales', id: slotId, row: null }, { table: 'sales', id, row });
    },
  };
}
