import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joined } from '../../../src/renderer/src/api/logs.ts';
import { fixtureLogs, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { fitterOf } from '../../../src/shared/logfilter.ts';
import { chainTime } from '../../../src/renderer/src/lib/now.ts';
import { hrefOf, pageNames, placeOf } from '../../../src/renderer/src/lib/router.ts';
import { todosOf } from '../../../src/renderer/src/lib/todo.ts';
import { indented } from '../../../src/renderer/src/pages/activity/LogDetail.tsx';
import { countedOn } from '../../../src/renderer/src/pages/home/HomeFigures.tsx';

const NOW = 1_800_000_000;
const { tables } = fixtureSnapshot(NOW);

describe('the place in the window', () => {
  it('survives the address bar, whatever the id', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pageNames), fc.string({ minLength: 1 }), (page, id) => {
        expect(placeOf(hrefOf(page, id))).toEqual({ page, id });
        expect(placeOf(hrefOf(page))).toEqual({ page });
      }),
    );
  });

  it('is home for anything else', () => {
    for (const hash of ['', '#', '#token=abc', '#/nowhere', '#/sales%'])
      expect(placeOf(hash)).toEqual({ page: 'home' });
  });
});

describe('chain time in the window', () => {
  const chain = { id: 'chain', block: 1, time: NOW, seenAtMs: 5000, periodSeconds: 300 };

  it('goes on from the last block at the speed of the chain', () => {
    expect(chainTime(chain, 1, 9000)).toBe(NOW + 4);
    expect(chainTime(chain, 60, 9000)).toBe(NOW + 240);
    expect(chainTime(chain, 0, 9000)).toBe(NOW);
  });

  it('stands still while the chain does not answer, and never goes back behind the block', () => {
    expect(chainTime({ ...chain, unreachableSinceMs: 6000 }, 1, 90_000)).toBe(NOW + 1);
    expect(chainTime(chain, 1, 0)).toBe(NOW);
  });

  it('lets money grow by the second between two rows', () => {
    const [money] = tables.money;
    if (!money) throw new Error('The fixture has money');
    const later = countedOn(money, NOW + 10);
    expect(later.accruing - money.accruing).toBe(10n * money.accruingPerSecond);
    expect(later.atRisk - money.atRisk).toBe(10n * money.accruingPerSecond);
    expect(countedOn(money, NOW - 10).accruing).toBe(money.accruing);
  });
});

describe('what is to do', () => {
  const facts = {
    wallet: tables.wallet[0],
    offers: tables.availabilities,
    sales: tables.sales,
    now: NOW,
    token: { symbol: 'TST', decimals: 18 },
  };

  it('begins with what costs money, and is never more than three things', () => {
    const poor = facts.wallet && { ...facts.wallet, gas: 0n, tokens: 0n };
    const todos = todosOf({ ...facts, wallet: poor, offers: [] });
    expect(todos).toHaveLength(3);
    expect(todos[0]?.what).toContain('1 proof missed');
    expect(todos[0]?.amount?.isStake).toBe(true);
  });

  it.each([
    ['SLOT_FOLDER_GONE', 'Look after the disk with the slots'],
    ['DISK_FULL', 'Free some space on the disk'],
  ])('begins with a disk that is gone or full (%s)', (code, what) => {
    const [row] = tables.storage;
    const storage = row && { ...row, fault: { code, message: 'What to do.' } };
    expect(todosOf({ ...facts, storage })[0]).toMatchObject({ what, why: 'What to do.', shape: 'danger' });
  });

  it('is the first offer when there is none, and nothing when all is well', () => {
    expect(todosOf({ ...facts, offers: [], sales: [] }).map(({ what }) => what)).toEqual([
      'Create your first offer',
    ]);
    expect(todosOf({ ...facts, sales: [] })).toEqual([]);
  });

  it('is collateral that is missing, with the amount', () => {
    const wallet = facts.wallet && { ...facts.wallet, tokens: 10n ** 20n };
    expect(todosOf({ ...facts, wallet, sales: [] })[0]).toMatchObject({
      what: 'Add 18.00 TST of collateral',
      amount: { tokens: 18n * 10n ** 18n },
    });
  });
});

describe('the log in the window', () => {
  const lines = fixtureLogs(NOW);

  it('shows a level and all that are louder', () => {
    expect(lines.filter(fitterOf({ level: 'warn' })).map(({ level }) => level)).not.toContain('info');
    expect(lines.filter(fitterOf({ level: 'trace' }))).toHaveLength(lines.length);
  });

  it('is searched by every word, also in whole ids that the text has short', () => {
    const [line] = lines;
    if (!line) throw new Error('The fixture has lines');
    const slotId = /0x[0-9a-f]{64}/.exec(line.json)?.[0] ?? '';
    expect(fitterOf({ search: slotId })(line)).toBe(true);
    expect(fitterOf({ search: 'PROOF proving' })(line)).toBe(true);
    expect(fitterOf({ search: 'proof nothing' })(line)).toBe(false);
    expect(fitterOf({ search: '  ' })(line)).toBe(true);
  });

  it('has each line once and in order, however lines overlap', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), (from, to) => {
        const all = joined(lines.slice(0, to), lines.slice(Math.min(from, to)));
        expect(all.map(({ seq }) => seq)).toEqual(lines.map(({ seq }) => seq));
      }),
    );
  });

  it('goes on after a restart of the node, which counts from the beginning', () => {
    const again = lines.slice(0, 3).map((line) => ({ ...line, timeMs: line.timeMs + 10_000_000 }));
    expect(joined(lines, again).slice(-3)).toEqual(again);
  });

  it('is laid out without touching a digit of a record', () => {
    const json = '{"a":123456789012345678901234567890,"b":["x,{}","\\"]"],"c":{}}';
    const text = indented(json);
    expect(text).toContain('123456789012345678901234567890');
    expect(text.replace(/\n\s*/g, '').replaceAll('": ', '":')).toBe(json);
  });
});
