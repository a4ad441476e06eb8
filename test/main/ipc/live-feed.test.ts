import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveFeed } from '../../../src/main/ipc/live-feed.ts';
import { applyLive, liveStateOf, type LiveChanges, type LiveState } from '../../../src/shared/live.ts';
import type { ChainRow, RefusedRow } from '../../../src/shared/rows.ts';
import { ManualTimers } from '../../support/manualtimers.ts';

describe('Live feed', () => {
  it('tells what happens at once together, the last of each row', () => {
    const { feed, timers, told } = setUp();
    feed.set('chain', 'chain', chainRow(1));
    feed.set('refused', 'a', refusedRow('a', 1));
    feed.set('chain', 'chain', chainRow(2));
    timers.advance(0);
    expect(told).toEqual([
      {
        revision: 1,
        changes: [
          { table: 'chain', id: 'chain', row: chainRow(2) },
          { table: 'refused', id: 'a', row: refusedRow('a', 1) },
        ],
      },
    ]);
  });

  it('tells at most ten times a second', () => {
    const { feed, timers } = setUp();
    const toldAt: number[] = [];
    feed.subscribe(() => toldAt.push(timers.nowMs()));
    for (let block = 0; block < 1000; block++) {
      feed.set('chain', 'chain', chainRow(block));
      timers.advance(1);
    }
    expect(toldAt).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  });

  it('tells a change after a quiet time without delay', () => {
    const { feed, timers, told } = setUp();
    feed.set('chain', 'chain', chainRow(1));
    timers.advance(5000);
    feed.set('chain', 'chain', chainRow(2));
    timers.advance(0);
    expect(told).toHaveLength(2);
  });

  it('tells nothing of a row that did not change, or that is again what it was', () => {
    const { feed, timers, told } = setUp();
    feed.set('chain', 'chain', chainRow(1));
    timers.advance(200);
    feed.set('chain', 'chain', chainRow(1));
    feed.set('chain', 'chain', chainRow(2));
    feed.set('chain', 'chain', chainRow(1));
    feed.set('refused', 'a', refusedRow('a', 1));
    feed.delete('refused', 'a');
    feed.delete('refused', 'never there');
    timers.advance(200);
    expect(told).toHaveLength(1);
  });

  it('replaces a table by telling only what differs', () => {
    const { feed, timers, told } = setUp();
    feed.replace('refused', [refusedRow('a', 1), refusedRow('b', 1)]);
    timers.advance(200);
    feed.set('refused', 'c', refusedRow('c', 1));
    feed.replace('refused', [refusedRow('b', 1), refusedRow('d', 1)]);
    timers.advance(200);
    expect(told[1]?.changes).toEqual([
      { table: 'refused', id: 'a', row: null },
      { table: 'refused', id: 'd', row: refusedRow('d', 1) },
    ]);
  });

  it('leaves no timer when it stops, and tells what is pending before', () => {
    const { feed, timers, told } = setUp();
    feed.set('chain', 'chain', chainRow(1));
    timers.advance(0);
    feed.set('chain', 'chain', chainRow(2));
    feed.stop();
    feed.set('chain', 'chain', chainRow(3));
    expect(timers.waiting).toBe(0);
    expect(told.map(({ changes }) => changes[0]?.row)).toEqual([chainRow(1), chainRow(2)]);
  });

  it('gives every window the rows of a snapshot, whenever it joined', () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('set' as const), id: ids, at: times }),
      fc.record({ do: fc.constant('delete' as const), id: ids }),
      fc.record({ do: fc.constant('replace' as const), rows: fc.uniqueArray(ids), at: times }),
      fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 150 }) }),
      fc.record({ do: fc.constant('join' as const) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const { feed, timers } = setUp();
        const windows: { state: LiveState | undefined }[] = [];
        feed.subscribe((changes) => {
          for (const window of windows) window.state = window.state && applyLive(window.state, changes);
        });
        const join = () => windows.push({ state: liveStateOf(feed.snapshot()) });
        join();
        for (const step of actions) {
          if (step.do === 'set') feed.set('refused', step.id, refusedRow(step.id, step.at));
          else if (step.do === 'delete') feed.delete('refused', step.id);
          else if (step.do === 'replace')
            feed.replace(
              'refused',
              step.rows.map((id) => refusedRow(id, step.at)),
            );
          else if (step.do === 'advance') timers.advance(step.ms);
          else join();
        }
        timers.advance(200);
        const expected = liveStateOf(feed.snapshot());
        for (const { state } of windows) expect(state).toEqual(expected);
      }),
    );
  });

  it('holds in a snapshot what was set last, once it was told', () => {
    const rows = fc.array(fc.record({ id: ids, at: fc.option(times) }));
    fc.assert(
      fc.property(rows, (steps) => {
        const { feed, timers } = setUp();
        const expected = new Map<string, RefusedRow>();
        for (const { id, at } of steps) {
          if (at === null) expected.delete(id);
          else expected.set(id, refusedRow(id, at));
          if (at === null) feed.delete('refused', id);
          else feed.set('refused', id, refusedRow(id, at));
        }
        timers.advance(200);
        expect(new Map(feed.snapshot().tables.refused.map((row) => [row.id, row]))).toEqual(expected);
      }),
    );
  });
});

const ids = fc.constantFrom('a', 'b', 'c', 'd');
const times = fc.integer({ min: 0, max: 2 });

function setUp() {
  const timers = new ManualTimers();
  const feed = new LiveFeed({ after: timers.after, nowMs: timers.nowMs });
  const told: LiveChanges[] = [];
  feed.subscribe((changes) => told.push(changes));
  return { timers, feed, told };
}

const chainRow = (block: number): ChainRow => ({
  id: 'chain',
  block,
  time: block,
  seenAtMs: block,
  periodSeconds: 60,
});

const refusedRow = (id: string, at: number): RefusedRow => ({
  id,
  requestId: id,
  slotIndex: 0,
  at,
  code: 'PRICE_TOO_LOW',
  text: 'Pays too little',
});
