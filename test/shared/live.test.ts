import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyLive,
  emptyLiveState,
  liveStateOf,
  type LiveChanges,
  type LiveSnapshot,
} from '../../src/shared/live.ts';
import { tableNames } from '../../src/shared/rows.ts';
import { offerRow } from '../support/livefixtures.ts';

describe('Live state', () => {
  it('needs a snapshot first', () => {
    expect(applyLive(emptyLiveState, changes(5, 'a'))).toBeUndefined();
  });

  it('has the rows of a snapshot by id, in its order', () => {
    const state = liveStateOf(snapshot(3, 'b', 'a'));
    expect(state.revision).toBe(3);
    expect([...state.tables.availabilities.keys()]).toEqual(['b', 'a']);
  });

  it('takes the next changes, ignores older ones and misses none', () => {
    const state = liveStateOf(snapshot(3, 'a'));
    expect(applyLive(state, changes(3, 'b'))).toBe(state);
    expect(applyLive(state, changes(5, 'b'))).toBeUndefined();
    expect([...(applyLive(state, changes(4, 'b'))?.tables.availabilities.keys() ?? [])]).toEqual(['a', 'b']);
  });

  it('removes a row that is gone', () => {
    const gone = { revision: 4, changes: [{ table: 'availabilities', id: 'a', row: null }] } as const;
    expect(applyLive(liveStateOf(snapshot(3, 'a')), gone)?.tables.availabilities.size).toBe(0);
  });

  it('never changes a state in place, and keeps the tables nothing happened to', () => {
    const steps = fc.array(fc.record({ id: fc.constantFrom('a', 'b'), isGone: fc.boolean() }));
    fc.assert(
      fc.property(steps, (list) => {
        const before = liveStateOf(snapshot(0, 'a'));
        const frozen = new Map(before.tables.availabilities);
        const after = applyLive(before, {
          revision: 1,
          changes: list.map(({ id, isGone }) => ({
            table: 'availabilities' as const,
            id,
            row: isGone ? null : offerRow(id, 'paused'),
          })),
        });
        expect(before.tables.availabilities).toEqual(frozen);
        expect(after?.tables.sales).toBe(before.tables.sales);
        expect(after?.tables.availabilities === before.tables.availabilities).toBe(list.length === 0);
      }),
    );
  });
});

function snapshot(revision: number, ...ids: string[]): LiveSnapshot {
  const empty = Object.fromEntries(tableNames.map((name) => [name, []])) as unknown as LiveSnapshot['tables'];
  return { revision, tables: { ...empty, availabilities: ids.map((id) => offerRow(id)) } };
}

const changes = (revision: number, id: string): LiveChanges => ({
  revision,
  changes: [{ table: 'availabilities', id, row: offerRow(id) }],
});
