import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { csvOf } from '../../../../src/main/engine/accounts/export.ts';
import {
  aSale,
  AccountWorld,
  hash,
  marketplace,
  requestId,
  slotId,
  somebody,
} from '../../../support/accountworld.ts';

let world: AccountWorld;

beforeEach(() => {
  world = new AccountWorld();
});
afterEach(() => world.accounts.stop());

const expectWhole = async () => {
  const check = await world.accounts.check();
  expect(check).toMatchObject({
    otherTransactions: 0,
    tokens: { difference: 0n },
    gas: { difference: 0n },
  });
  return check;
};

const entriesOf = (type: string) =>
  [...world.database.records.keys()].filter((key) => key.includes(`/entries/${type}`));

/** Fills a slot, and is paid for it with its collateral. */
async function sellOnce() {
  const { chain } = world;
  world.sales = [aSale({ startedAt: chain.timeOf(chain.number) })];
  const fill = chain.transaction(1, 'fill');
  chain.transfer(fill.id, -400n);
  await world.note(fill);
  await world.follow();
  const free = chain.transaction(2, 'free');
  const pay = chain.transfer(free.id, 90n);
  chain.transfer(free.id, 400n);
  await world.note(free);
  await world.follow();
  return { fill, free, pay };
}

describe('The accounts of a sale', () => {
  it('have a line for each movement, with its transaction, slot, and the row of its sale', async () => {
    await world.start();
    await sellOnce();
    expect(world.kinds().toSorted()).toEqual([
      'collateralBack 400',
      'collateralOut -400',
      'gas -7',
      'gas -7',
      'payout 90',
    ]);
    const payout = world.accounts.lines({ kind: 'payout' })[0];
    expect(payout).toMatchObject({
      transactionHash: hash(2),
      slotId,
      requestId,
      slotIndex: 3,
      saleId: slotId,
      block: 102,
      at: world.chain.timeOf(102),
      isBefore: false,
    });
    await expectWhole();
  });

  it('name the row of the sale as the tables do once it has ended', async () => {
    await world.start();
    await sellOnce();
    const startedAt = world.sales[0]?.startedAt ?? 0;
    const ended = aSale({ startedAt, endedAt: startedAt + 60, payout: 90n });
    await world.tell({ type: 'ended', sale: ended });
    expect(world.accounts.lines({ kind: 'payout' })[0]?.saleId).toBe(`${slotId}@${startedAt}`);
    expect(world.accounts.totals().sales).toMatchObject([
      { earned: 90n, collateral: 0n, gas: -14n, lines: 5 },
    ]);
  });

  it('part what came at once from a vault by what the sale had in it, once it says so', async () => {
    await world.start();
    const { chain } = world;
    const free = chain.transaction(2, 'free');
    chain.transfer(free.id, 490n);
    await world.note(free);
    await world.follow();
    expect(world.kinds()).toContain('payout 490');
    const startedAt = chain.timeOf(100);
    await world.tell({ type: 'ended', sale: aSale({ startedAt, endedAt: startedAt + 60, payout: 90n }) });
    expect(world.kinds()).toEqual(expect.arrayContaining(['payout 90', 'collateralBack 400']));
    await expectWhole();
  });

  it('tell the reward for a repair from pay: more comes back than was put in', async () => {
    await world.start();
    const { chain } = world;
    world.sales = [aSale({ startedAt: chain.timeOf(100), collateral: 360n, currentCollateral: 400n })];
    const free = chain.transaction(2, 'free');
    chain.transfer(free.id, 90n);
    chain.transfer(free.id, 400n);
    await world.note(free);
    await world.follow();
    const parted = ['payout 90', 'repairReward 40', 'collateralBack 360'];
    expect(world.kinds()).toEqual(expect.arrayContaining(parted));
    // The end speaks of both as pay, and does not undo it.
    const ended = { startedAt: chain.timeOf(100), endedAt: chain.timeOf(103), payout: 130n };
    await world.tell({ type: 'ended', sale: aSale({ ...ended, collateral: 360n, currentCollateral: 360n }) });
    expect(world.kinds()).toEqual(expect.arrayContaining(parted));
  });

  it('show a partial payout as what came back of the collateral, and no pay', async () => {
    await world.start();
    const { chain } = world;
    world.sales = [aSale({ startedAt: chain.timeOf(100) })];
    const free = chain.transaction(2, 'free');
    chain.transfer(free.id, 250n);
    await world.note(free);
    await world.follow();
    expect(world.kinds()).toEqual(expect.arrayContaining(['collateralBack 250']));
    expect(world.kinds().some((kind) => kind.startsWith('payout'))).toBe(false);
  });

  it('show a transaction that reverted for its gas alone', async () => {
    await world.start();
    const failed = world.chain.transaction(1, 'prove', 5n);
    const inclusion = failed.inclusion && { ...failed.inclusion, failure: { code: 'REVERTED' } };
    await world.note({ ...failed, state: 'failed', inclusion });
    expect(world.accounts.lines()).toMatchObject([
      { kind: 'gas', amount: -5n, isFailed: true, purpose: 'prove' },
    ]);
    await expectWhole();
  });
});

describe('Slashes', () => {
  const miss = (missed: number, currentCollateral: bigint) => {
    const proofs = { ...aSale().proofs, missed, missedAt: [1_700_002_000 + missed] };
    return { type: 'proof', result: 'missed', sale: aSale({ proofs, currentCollateral }) } as const;
  };

  it('are lines of what each took, move nothing in the wallet, and name the way the slot was lost', async () => {
    await world.start();
    await world.tell(miss(1, 320n));
    await world.tell(miss(1, 320n));
    expect(world.kinds()).toEqual(['slash -80']);
    world.onMarket.emit({
      name: 'SlotFreed',
      requestId,
      slotIndex: 3,
      blockNumber: 101,
      logIndex: 0,
      transactionHash: hash(77),
    });
    await world.tell({ type: 'ended', sale: aSale({ endedAt: 1_700_003_000, currentCollateral: 0n }) });
    expect(world.kinds()).toEqual(['slash -320', 'slash -80']);
    await expectWhole();
  });

  it('are found again at the next start when they were not written down', async () => {
    await world.start();
    world.database.failNextBatch();
    await world.tell(miss(1, 320n));
    expect(world.kinds()).toEqual([]);
    await world.accounts.stop();
    world.sales = [miss(1, 320n).sale];
    await world.start();
    expect(world.kinds()).toEqual(['slash -80']);
    await world.accounts.stop();
    await world.start();
    expect(world.kinds()).toEqual(['slash -80']);
  });

  it('are corrected by the end of the sale, when less was taken than seemed', async () => {
    await world.start();
    await world.tell(miss(1, 320n));
    await world.tell({ type: 'ended', sale: aSale({ endedAt: 1_700_003_000, payout: 90n }) });
    expect(world.accounts.totals().all.slashed).toBe(0n);
  });
});

describe('What the chain tells again', () => {
  it('makes no second line: after a crash before the batch, after one behind it, and told anew', async () => {
    await world.start();
    const { chain } = world;
    const fill = chain.transaction(1, 'fill');
    const transfer = chain.transfer(fill.id, -400n);
    const change = chain.told();
    // The batch with the position fails: neither is there, and it is told again.
    await world.note(fill);
    world.database.failNextBatch();
    await world.follow(change);
    expect(world.kinds()).toEqual(['gas -7']);
    await world.accounts.stop();
    await world.start();
    await world.follow({ removed: [], added: [transfer] });
    expect(world.kinds().toSorted()).toEqual(['collateralOut -400', 'gas -7']);
    // It is there, and the chain is read from farther back all the same.
    await world.accounts.stop();
    await world.start();
    await world.follow({ removed: [], added: [transfer] });
    await world.note(fill);
    expect(world.kinds().toSorted()).toEqual(['collateralOut -400', 'gas -7']);
    await expectWhole();
  });

  it('stands in one batch with how far it was read, and gas in one with the record of its transaction', async () => {
    await world.start();
    const fill = world.chain.transaction(1, 'fill');
    world.chain.transfer(fill.id, -400n);
    await world.note(fill);
    const keysOf = (batch: readonly { key: string }[] | undefined) => batch?.map(({ key }) => key) ?? [];
    const noted = keysOf(world.database.batches.at(-1));
    expect(noted.some((key) => key.includes('/transactions/'))).toBe(true);
    expect(noted.some((key) => key.includes('/entries/gas-'))).toBe(true);
    await world.follow();
    const followed = keysOf(world.database.batches.at(-1));
    expect(followed.some((key) => key.includes('/cursor/'))).toBe(true);
    expect(followed.some((key) => key.includes('/entries/tokens-'))).toBe(true);
  });

  it('keeps two transfers of one transaction that are alike', async () => {
    await world.start();
    const free = world.chain.transaction(1, 'free');
    world.chain.transfer(free.id, 50n);
    world.chain.transfer(free.id, 50n);
    await world.note(free);
    const change = world.chain.told();
    await world.follow(change);
    await world.follow(change);
    expect(world.kinds().toSorted()).toEqual(['collateralBack 50', 'gas -7', 'payout 50']);
    await expectWhole();
  });
});

describe('The start', () => {
  it('does not fail for entries that cannot be read and not be put aside; they are read later', async () => {
    await world.start();
    await sellOnce();
    const kinds = world.kinds();
    await world.accounts.stop();
    const key = [...world.database.records.keys()].find((known) => known.includes('/entries/'));
    world.database.records.set(`${key?.replace(/[^/]*$/, '')}torn`, '{');
    world.database.failNextBatch();
    await world.start();
    expect(world.waits).toBe(1);
    expect(world.kinds()).toEqual(kinds);
    await expectWhole();
  });

  it('loses nothing of what happens before the entries are read, and brings nothing back', async () => {
    await world.start();
    const { chain } = world;
    const missed = (count: number, currentCollateral: bigint) => {
      const proofs = { ...aSale().proofs, missed: count, missedAt: [1_700_002_000 + count] };
      const sale = aSale({ proofs, currentCollateral });
      return { type: 'proof', result: 'missed', sale } as const;
    };
    const first = chain.transaction(1, 'fill');
    const kept = chain.transaction(2, 'prove', 8n);
    await world.note(first, kept);
    await world.tell(missed(1, 390n));
    expect(world.kinds()).toEqual(expect.arrayContaining(['gas -7', 'gas -8', 'slash -10']));
    await world.accounts.stop();
    await world.start({
      early: async () => {
        await world.note({ ...first, state: 'pending', inclusion: undefined });
        await world.note(chain.transaction(3, 'prove', 9n));
        await world.tell(missed(2, 370n));
      },
    });
    expect(world.kinds().toSorted()).toEqual(['gas -8', 'gas -9', 'slash -10', 'slash -20']);
  });
});

describe('Transfers', () => {
  it('are looked for when a transaction is mined that can move tokens, once for each', async () => {
    await world.start();
    const { chain } = world;
    await world.note(chain.transaction(1, 'prove'));
    expect(world.hints).toBe(0);
    const fill = chain.transaction(2, 'fill');
    await world.note({ ...fill, state: 'pending', inclusion: undefined });
    expect(world.hints).toBe(0);
    await world.note(fill);
    await world.note({ ...fill, isSettled: true });
    expect(world.hints).toBe(1);
    const inclusion = fill.inclusion && { ...fill.inclusion, hash: hash(9) };
    await world.note({ ...fill, inclusion });
    expect(world.hints).toBe(2);
  });
});

describe('Transfers of others', () => {
  it('cost one question for each block, also when an answer is missing for a while', async () => {
    await world.start();
    const { chain } = world;
    chain.mine();
    for (const n of [60, 61]) chain.transfer(hash(n), 5n, somebody);
    chain.mine();
    chain.transfer(hash(62), 5n, somebody);
    world.forgotten.add(102);
    await world.follow();
    expect(world.kinds()).toEqual([]);
    world.forgotten.clear();
    await world.follow();
    expect(world.kinds()).toHaveLength(3);
    expect(world.asked.filter((block) => block === 101)).toHaveLength(1);
  });

  it('of nothing are no entries, but for those of a payout', async () => {
    await world.start();
    const { chain } = world;
    chain.mine();
    chain.transfer(hash(60), 0n, somebody);
    chain.transfer(hash(61), 0n, marketplace);
    await world.follow();
    expect(entriesOf('tokens-')).toHaveLength(0);
    const free = chain.transaction(2, 'free');
    chain.transfer(free.id, 400n);
    chain.transfer(free.id, 0n);
    await world.note(free);
    await world.follow();
    expect(world.kinds()).toEqual(expect.arrayContaining(['payout 400']));
  });

  it('are summed up where one transaction has very many, told again or taken back as well', async () => {
    await world.start();
    const { chain } = world;
    chain.mine();
    for (let n = 1; n <= 80; n++) chain.transfer(hash(60), BigInt(n), somebody);
    const change = chain.told();
    await world.follow(change);
    await world.follow(change);
    const lines = world.accounts.lines();
    expect(lines).toHaveLength(51);
    expect(lines.reduce((sum, { amount }) => sum + amount, 0n)).toBe(3240n);
    await expectWhole();
    for (const transfer of change.added) chain.takeBack(transfer);
    await world.follow();
    expect(world.kinds()).toEqual([]);
    expect(entriesOf('tokens-')).toHaveLength(0);
    await expectWhole();
  });

  it('that add up to more than can be written down hold up nothing', async () => {
    await world.start();
    const { chain } = world;
    chain.mine();
    for (let n = 1; n <= 60; n++) chain.transfer(hash(60), 2n ** 255n - 1n, somebody);
    chain.transfer(hash(61), 5n, somebody);
    await world.follow();
    expect(world.kinds()).toContain('transferIn 5');
  });

  it('have the time of the block that replaced theirs', async () => {
    await world.start();
    const { chain } = world;
    chain.mine();
    const transfer = chain.transfer(hash(60), 5n, somebody);
    world.database.failNextBatch();
    await world.follow();
    chain.timeOf = (block) => 1_700_000_001 + block * 12;
    await world.follow({ removed: [transfer], added: [transfer] });
    expect(world.accounts.lines()).toMatchObject([{ at: chain.timeOf(101) }]);
  });
});

describe('The beginning', () => {
  it('is followed from its own block on, also by a server that is behind it', async () => {
    await world.start();
    const { block: number = 0, at: timestamp } = world.accounts.began ?? {};
    const point = { number, hash: world.chain.hashOf(number), timestamp };
    const position = { floor: number, points: [point] };
    expect(await world.position()).toEqual({ kind: 'position', position, told: [] });
  });

  it('is some blocks behind the newest one, which may be replaced any moment', async () => {
    const { chain } = world;
    chain.transaction(1, 'fill');
    chain.mine(5);
    const late = chain.transaction(2, 'free');
    chain.transfer(late.id, 90n);
    await world.start();
    expect(world.accounts.began).toMatchObject({ block: 103, tokens: 1000n, gas: 9993n });
    await expectWhole();
  });

  it('is kept when the server does not know its block: it is waited for', async () => {
    await world.start();
    const { began } = world.accounts;
    const block = began?.block ?? 0;
    await world.accounts.stop();
    world.chain.number = block - 2;
    world.onWait = () => (world.chain.number += 1);
    await world.start();
    expect(world.waits).toBeGreaterThan(0);
    expect(world.accounts.began).toEqual(began);
    // So does one that forgot it, and has newer ones.
    await world.accounts.stop();
    world.forgotten.add(block);
    world.onWait = () => (world.nowMs += 30_000);
    world.chain.number = block + 100;
    await world.start();
    expect(world.accounts.began).toEqual(began);
  });

  it('is another one when the chain stays shorter for minutes', async () => {
    await world.start();
    await world.accounts.stop();
    world.chain.number = 50;
    world.onWait = () => (world.nowMs += 30_000);
    await world.start();
    expect(world.waits).toBe(10);
    expect(world.accounts.began?.block).toBe(46);
  });

  it('has what was before in it: told all the same, it is no line', async () => {
    await world.start();
    const blockNumber = world.accounts.began?.block ?? 0;
    const transfer = { transactionHash: hash(3), blockNumber, counterparty: marketplace, amount: 90n };
    await world.follow({ removed: [], added: [transfer] });
    expect(world.kinds()).toEqual([]);
    await expectWhole();
  });
});

describe('A replaced block', () => {
  it('takes its lines with it, tokens and gas', async () => {
    await world.start();
    const { chain } = world;
    const fill = chain.transaction(1, 'fill');
    const transfer = chain.transfer(fill.id, -400n);
    await world.note(fill);
    await world.follow();
    chain.takeBack(transfer);
    chain.gas += 7n;
    chain.nonce--;
    await world.follow();
    await world.note({ ...fill, state: 'pending', inclusion: undefined });
    expect(world.kinds()).toEqual([]);
    await expectWhole();
  });

  it('that is mined again elsewhere is the same line in the other block', async () => {
    await world.start();
    const fill = world.chain.transaction(1, 'fill');
    await world.note(fill);
    const inclusion = fill.inclusion && { ...fill.inclusion, blockNumber: 104, gasCost: 9n };
    await world.note({ ...fill, inclusion });
    expect(world.accounts.lines()).toMatchObject([{ kind: 'gas', amount: -9n, block: 104 }]);
  });

  it('with the opening balance begins the accounts anew, and what was counts as before', async () => {
    world.chain.mine(10);
    await world.start();
    await sellOnce();
    await world.accounts.stop();
    world.chain.fork = 1;
    world.chain.mine(4);
    await world.start();
    expect(world.accounts.began?.block).toBe(112);
    expect(world.accounts.lines().every(({ isBefore }) => isBefore)).toBe(true);
    await expectWhole();
  });
});

describe('The comparison with the chain', () => {
  it('shows what the lines do not explain, and since when, until it is gone', async () => {
    await world.start();
    await sellOnce();
    world.chain.gas += 1000n;
    world.chain.mine();
    const first = await world.accounts.check();
    expect(first).toMatchObject({ tokens: { difference: 0n }, gas: { difference: 1000n, since: first.at } });
    world.chain.mine(5);
    const second = await world.accounts.check();
    expect(second.at).toBeGreaterThan(first.at);
    expect(second.gas).toMatchObject({ difference: 1000n, since: first.at });
    expect(world.accounts.lastCheck).toEqual(second);
    world.chain.gas -= 1000n;
    await expectWhole();
  });

  it('shows tokens from and to others as lines, so that they are explained', async () => {
    await world.start();
    world.chain.mine();
    world.chain.transfer(hash(50), 77n, somebody);
    world.chain.transfer(hash(51), -7n, somebody);
    await world.follow();
    expect(world.kinds().toSorted()).toEqual(['transferIn 77', 'transferOut -7']);
    expect(world.accounts.lines()[0]).toMatchObject({ counterparty: somebody });
    await expectWhole();
  });

  it('makes up for gas whose line found no space on the disk', async () => {
    await world.start();
    const record = world.chain.transaction(1, 'prove');
    world.database.failNextBatch();
    await world.note(record).catch(() => {});
    expect(world.kinds()).toEqual([]);
    await expectWhole();
    expect(world.kinds()).toEqual(['gas -7']);
  });

  it('counts transactions of the account that are not the node’s', async () => {
    await world.start();
    world.chain.nonce += 2;
    world.chain.gas -= 30n;
    await expect(world.accounts.check()).resolves.toMatchObject({
      otherTransactions: 2,
      gas: { difference: -30n },
    });
  });
});

describe('What was before the accounts began', () => {
  it('is made up from what sales and transactions had noted, and is no part of the comparison', async () => {
    const { chain } = world;
    const fill = chain.transaction(1, 'fill');
    const times = { startedAt: chain.timeOf(90), filledAt: chain.timeOf(91), endedAt: chain.timeOf(101) };
    world.history = [aSale({ ...times, payout: 90n, currentCollateral: 350n, gasCost: 20n })];
    const running = aSale({
      slotId: hash(5) as never,
      startedAt: chain.timeOf(95),
      filledAt: chain.timeOf(96),
    });
    world.sales = [running];
    chain.mine(5);
    await world.start();
    expect(world.kinds().toSorted()).toEqual([
      'collateralBack 350',
      'collateralOut -400',
      'collateralOut -400',
      'gas -13',
      'gas -7',
      'payout 90',
      'slash -50',
    ]);
    expect(world.accounts.lines().every(({ isBefore }) => isBefore)).toBe(true);
    expect(world.accounts.lines({ kind: 'gas' }).map(({ transactionHash }) => transactionHash)).toContain(
      fill.id,
    );
    await expectWhole();
    await world.accounts.stop();
    await world.start();
    expect(world.kinds()).toHaveLength(7);
  });
});

describe('What was mined shortly before the accounts began', () => {
  const paid = (n: number, tokensReceived: bigint) => {
    const free = world.chain.transaction(n, 'free');
    const record = { ...free, inclusion: free.inclusion && { ...free.inclusion, tokensReceived } };
    world.chain.records.set(record.id, record);
    return record;
  };

  it('stands in lines of before, though its sale has not told of it yet', async () => {
    const { chain } = world;
    const startedAt = chain.timeOf(100);
    // It noticed its fill late, and its end not yet.
    world.sales = [aSale({ startedAt, filledAt: chain.timeOf(105), currentCollateral: 380n })];
    chain.transaction(1, 'fill');
    paid(2, 470n);
    chain.mine(4);
    await world.start();
    expect(world.kinds().toSorted()).toEqual([
      'collateralBack 380',
      'collateralOut -400',
      'gas -7',
      'gas -7',
      'payout 90',
      'slash -20',
    ]);
    expect(world.accounts.lines().every(({ isBefore }) => isBefore)).toBe(true);
    // Nor does it stand twice once it has.
    const ended = { startedAt, endedAt: chain.timeOf(106), currentCollateral: 380n, payout: 90n };
    await world.tell({ type: 'ended', sale: aSale(ended) });
    const money = world.kinds().filter((kind) => !kind.startsWith('slash') && !kind.startsWith('gas'));
    expect(money.toSorted()).toEqual(['collateralBack 380', 'collateralOut -400', 'payout 90']);
    await expectWhole();
  });

  it('is not told of what was mined behind the beginning, which the chain tells', async () => {
    const { chain } = world;
    const startedAt = chain.timeOf(100);
    chain.transaction(1, 'fill');
    chain.mine(4);
    const free = paid(2, 490n);
    chain.transfer(free.id, 90n);
    chain.transfer(free.id, 400n);
    const filledAt = chain.timeOf(101);
    world.history = [aSale({ startedAt, filledAt, endedAt: chain.timeOf(107), payout: 90n })];
    await world.start();
    expect(world.accounts.began?.block).toBe(102);
    await world.follow();
    const money = world.kinds().filter((kind) => !kind.startsWith('gas'));
    expect(money.toSorted()).toEqual(['collateralBack 400', 'collateralOut -400', 'payout 90']);
    await expectWhole();
  });
});

describe('An absurd time of a block', () => {
  it('breaks neither the lines, nor their sums, chart and table', async () => {
    const { chain, clock } = world;
    clock.set(Number.MAX_SAFE_INTEGER);
    chain.timeOf = () => Number.MAX_SAFE_INTEGER;
    await world.start();
    world.sales = [aSale({ startedAt: Number.MAX_SAFE_INTEGER, requestEndsAt: Number.MAX_SAFE_INTEGER })];
    chain.mine();
    chain.transfer(hash(60), 5n, somebody);
    await world.note(chain.transaction(1, 'prove'));
    await world.follow();
    expect(world.accounts.totals().months).toHaveLength(1);
    for (const step of ['day', 'month'] as const)
      expect(world.accounts.chart(step).bars.length).toBeGreaterThan(9);
    const token = { symbol: 'TST', decimals: 18 };
    expect(csvOf(world.accounts.lines(), { token })).toContain('+275760-09-12');
    const { at } = await expectWhole();
    expect(new Date(at * 1000).getTime()).not.toBeNaN();
    expect(new Date((world.accounts.began?.at ?? NaN) * 1000).getTime()).not.toBeNaN();
  });
});

describe('Lines', () => {
  it('that are put into their places one by one are those of a fresh start, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 25 }), async (steps) => {
        world = new AccountWorld();
        await world.start();
        const { chain } = world;
        let n = 10;
        let ended = 0;
        for (const step of steps) {
          n++;
          if (step === 0) await world.note(chain.transaction(n, 'prove'));
          if (step === 1) chain.transfer(hash(n), 5n, somebody);
          if (step === 2) await world.follow();
          if (step === 3) {
            const last = [...chain.records.values()].at(-1);
            if (last) await world.note({ ...last, state: 'pending', inclusion: undefined });
          }
          if (step === 4) {
            const last = chain.transfers.at(-1);
            if (last) chain.takeBack(last);
          }
          if (step === 5) {
            ended++;
            const startedAt = chain.timeOf(chain.number);
            const sale = aSale({ startedAt, endedAt: startedAt + 9, currentCollateral: BigInt(ended) });
            world.history = [...world.history, sale];
            await world.tell({ type: 'ended', sale });
          }
          if (step % 2 === 0) world.accounts.totals();
        }
        await world.follow();
        const before = world.accounts.lines();
        await world.accounts.stop();
        await world.start();
        expect(before).toEqual(world.accounts.lines());
        await world.accounts.stop();
      }),
      { numRuns: 60 },
    );
  });

  it('are asked for page by page, by month, sale and kind, with the sums of all that fit', async () => {
    await world.start();
    await sellOnce();
    const page = world.accounts.page({ kind: 'gas' }, { offset: 1, limit: 1 });
    expect(page).toMatchObject({
      total: 2,
      lines: [{ transactionHash: hash(1) }],
      sums: { gas: -14n, lines: 2 },
    });
    expect(world.accounts.page({ month: '2023-11' }, { offset: 0, limit: 9 }).total).toBe(5);
    expect(world.accounts.page({ month: '2023-12' }, { offset: 0, limit: 9 }).total).toBe(0);
    expect(world.accounts.page({ saleId: slotId }, { offset: 0, limit: 9 }).total).toBe(5);
    expect(world.accounts.totals().months).toMatchObject([{ month: '2023-11', earned: 90n, gas: -14n }]);
  });
});
