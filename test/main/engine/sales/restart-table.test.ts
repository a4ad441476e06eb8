import { describe, expect, it } from 'vitest';
import type { SaleInfo } from '../../../../src/main/engine/sales/saleinfo.ts';
import { FakeMarket } from '../../../support/fakemarket.ts';
import { expectAllowedEdges } from '../../../support/saleedges.ts';
import {
  aNode,
  expectSoundBooks,
  pass,
  settled,
  type Node,
  type World,
} from '../../../support/salesfixtures.ts';
import { forGood, hostOf, situations, type Place } from '../../../support/chainturns.ts';
import { stops } from '../../../support/salestops.ts';
import { FirstLife, other, roomForOne } from '../../../support/stoppedsale.ts';

/**
 * A node is ended with a sale in some state, the chain goes on without it, and it is started again. Rows: where the sale
 * stood. Columns: what the chain says at the restart; `void` is a request that expired and was withdrawn, with the slot
 * nobody's or ours, `expired` one that nobody has withdrawn. Cells: how the sale ends then, or why that cannot be.
 */
const table = `
| stopped in                | free | ours | another | finished | collected | failed  | void    | void, ours | repair | unknown   | started | expired |
| ------------------------- | ---- | ---- | ------- | -------- | --------- | ------- | ------- | ---------- | ------ | --------- | ------- | ------- |
| preparing                 | paid | (1)  | nothing | nothing  | nothing   | nothing | nothing | (1)        | paid   | nothing   | nothing | nothing |
| slotReserving             | paid | (1)  | taken   | taken    | taken     | failed  | void    | (1)        | paid   | forgotten | taken   | void    |
| slotReserving, mined      | paid | (1)  | taken   | taken    | taken     | failed  | void    | (1)        | paid   | forgotten | taken   | void    |
| downloading               | paid | (1)  | taken   | taken    | taken     | failed  | void    | (1)        | paid   | forgotten | taken   | void    |
| initialProving            | paid | (1)  | taken   | taken    | taken     | failed  | void    | (1)        | paid   | forgotten | taken   | void    |
| filling                   | paid | paid | taken   | paid     | paid      | forfeit | void    | partly     | paid   | forgotten | paid    | void    |
| filling, mined            | (2)  | paid | lost    | paid     | paid      | forfeit | lost    | partly     | lost   | forgotten | paid    | partly  |
| filled                    | (2)  | paid | lost    | paid     | paid      | forfeit | lost    | partly     | lost   | forgotten | paid    | partly  |
| proving                   | (2)  | paid | lost    | paid     | paid      | forfeit | lost    | partly     | lost   | forgotten | paid    | partly  |
| unknown, of a filled slot | (2)  | paid | lost    | paid     | paid      | forfeit | lost    | partly     | lost   | forgotten | paid    | partly  |
| unknown, of a download    | paid | (1)  | taken   | taken    | taken     | failed  | void    | (1)        | paid   | forgotten | taken   | void    |
| payout                    | (3)  | (3)  | (3)     | paid     | paid      | (3)     | (3)     | (3)        | (3)    | forgotten | (3)     | (3)     |
| payout, mined             | (3)  | (3)  | (3)     | (3)      | paid      | (3)     | (3)     | (3)        | (3)    | forgotten | (3)     | (3)     |
| finished                  | (3)  | (3)  | (3)     | (3)      | paid      | (3)     | (3)     | (3)        | (3)    | forgotten | (3)     | (3)     |
| cancelled, ours           | (3)  | (3)  | (3)     | (3)      | partly    | (3)     | (3)     | partly     | (3)    | forgotten | (3)     | partly  |
| cancelled, ours, mined    | (3)  | (3)  | (3)     | (3)      | partly    | (3)     | (3)     | (3)        | (3)    | forgotten | (3)     | (3)     |
| cancelled, not ours       | (3)  | (3)  | (3)     | (3)      | (3)       | (3)     | void    | (3)        | (3)    | forgotten | (3)     | void    |
| failed                    | (3)  | (3)  | (3)     | (3)      | (3)       | forfeit | (3)     | (3)        | (3)    | forgotten | (3)     | (3)     |
| errored, not filled       | paid | (1)  | taken   | taken    | taken     | failed  | void    | (1)        | paid   | forgotten | taken   | void    |
| errored, lost             | (2)  | (1)  | lost    | lost     | lost      | lost    | lost    | (1)        | lost   | forgotten | lost    | lost    |
| ignored                   | (2)  | (1)  | taken   | taken    | taken     | failed  | void    | (1)        | paid   | forgotten | taken   | void    |
`;

const impossible: Record<string, string> = {
  '(1)': 'no fill of ours was on its way',
  '(2)': 'a slot that was filled is never free again, but for repair',
  '(3)': 'the request was over, and what is over stays as it is',
};

/** Tokens and bytes as a fate of the sale leaves them; what is not said is as it was before the sale. */
interface End {
  /** Undefined: no sale is taken up, and none is noted. */
  readonly code?: string;
  /** The collateral is gone, on chain and in the offer. */
  readonly isLost?: true;
  /** The pay is there, and told exactly. */
  readonly isPaid?: true;
}

const ends: Record<string, End> = {
  paid: { code: 'paid', isPaid: true },
  partly: { code: 'partlyPaid', isPaid: true },
  taken: { code: 'slotTaken' },
  void: { code: 'requestExpired' },
  failed: { code: 'requestFailed' },
  forfeit: { code: 'requestFailed', isLost: true },
  lost: { code: 'slotLost', isLost: true },
  forgotten: { code: 'requestUnknown' },
  nothing: {},
};

function cells(): { stop: string; situation: string; cell: string }[] {
  const rows = table
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const [head = [], , ...body] = rows;
  return body.flatMap(([stop = '', ...row]) =>
    row.map((cell, i) => ({ stop, situation: head[i + 1] ?? '', cell })),
  );
}

const possible = cells().filter(({ cell }) => !(cell in impossible));

describe('the table of restarts', () => {
  it('names every state a sale can be in, every situation, and for each an end or why it cannot be', () => {
    const all = cells();
    expect(new Set(all.map(({ stop }) => stop))).toEqual(new Set(Object.keys(stops)));
    expect(new Set(all.map(({ situation }) => situation))).toEqual(new Set(Object.keys(situations)));
    expect(all).toHaveLength(Object.keys(stops).length * Object.keys(situations).length);
    for (const { cell } of all) expect(Object.keys({ ...ends, ...impossible })).toContain(cell);
    expect(new Set(Object.values(stops).map(({ state }) => state)).size).toBe(14);
  });
});

describe.each(['stopped', 'killed'] as const)('a node that was %s', (how) => {
  it.each(possible)('in $stop, and finds the slot $situation: $cell', async ({ stop, situation, cell }) => {
    const { state, facts, drive } = stops[stop] ?? {};
    const end = ends[cell];
    if (!drive || !facts || !end) throw new Error('The table names what is not there');
    const life = await FirstLife.begin();
    const { requestId, slotId } = life;
    const tokensAtFirst = await tokensOf(life.world);
    await drive(life);
    expect(life.state).toBe(state);
    const left = how === 'stopped' ? await life.stop() : await life.kill();
    await situations[situation]?.(life, facts);
    const market = situation === 'unknown' ? new FakeMarket({ clock: left.clock }) : left.market;
    const world = { ...left, market };

    const node = await aNode(world);
    try {
      await node.sales.start();
      await settled();
      await untilOver(node, { world, requestId, slotId });
      const sale = (await node.sales.history(100)).filter((info) => info.slotId === slotId).at(-1);
      expect(sale?.outcome?.code).toBe(end.code);
      expectAllBack(node, world, slotId, end.isLost ? (sale?.collateral ?? 0n) : 0n);
      if (sale && end.code !== undefined) expectWholeRecord(sale, end);
      // On another chain there is other money.
      if (situation !== 'unknown') expectMoney((await tokensOf(world)) - tokensAtFirst, sale, end);
    } finally {
      await node.sales.stop();
      expectAllowedEdges(node.events);
    }
    expect(world.clock.waiting).toBe(0);
  });
});

/** Lets the request start and run its time; a slot that is ours has an agent at every moment. */
async function untilOver(node: Node, place: Place): Promise<void> {
  const { world, slotId, requestId } = place;
  const look = () => {
    expectSoundBooks(node.reservations);
    if (world.market.chain.marketplace.slotsOf(world.market.signer).includes(slotId))
      expect(node.sales.list().map((sale) => sale.slotId)).toContain(slotId);
  };
  look();
  await pass(world.clock, 60, 60);
  look();
  await pass(world.clock, 120, 60);
  look();
  const { marketplace } = world.market.chain;
  const knows = [...world.market.chain.history].some(
    ({ event }) => 'requestId' in event && event.requestId === requestId,
  );
  if (
    knows &&
    hostOf(place) === world.market.signer &&
    marketplace.requestState(requestId, world.clock.now()) === 'new'
  )
    world.market.fillAsOther(requestId, 2, other);
  for (let i = 0; i < 8; i++) {
    await pass(world.clock, 600, 600);
    look();
  }
  expect(node.sales.list()).toEqual([]);
}

function expectAllBack(node: Node, world: World, slotId: Place['slotId'], lost: bigint): void {
  expect(node.reservations.reservations()).toEqual([]);
  expect(node.reservations.quota.used).toBe(0n);
  const totalCollateral = roomForOne.totalCollateral - lost;
  expect(node.reservations.availabilities()).toMatchObject([
    { freeSize: roomForOne.totalSize, totalCollateral, totalRemainingCollateral: totalCollateral },
  ]);
  expect(world.host.stored.has(slotId)).toBe(false);
  expect(node.queue.workers.busy).toBe(0);
  expect([...world.database.records.keys()].filter((key) => key.includes('/running/'))).toEqual([]);
}

/** What was put in, and when, is in the history of each sale that money went into. */
function expectWholeRecord(sale: SaleInfo, { isLost, isPaid }: End): void {
  const wasFilled = isLost === true || isPaid === true;
  if (wasFilled) expect(sale).toMatchObject({ collateral: expect.any(BigInt), filledAt: expect.any(Number) });
  expect(sale).toMatchObject({ endedAt: expect.any(Number), outcome: { text: expect.stringMatching(/\w/) } });
}

function expectMoney(gain: bigint, sale: SaleInfo | undefined, end: End): void {
  const { collateral = 0n, payout = 0n } = sale ?? {};
  if (end.isPaid) expect(payout).toBeGreaterThan(0n);
  else expect(payout).toBe(0n);
  expect(gain).toBe(payout - (end.isLost ? collateral : 0n));
}

const tokensOf = async ({ market }: World): Promise<bigint> => (await market.balances(forGood)).tokens;
