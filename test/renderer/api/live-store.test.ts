import { describe, expect, it } from 'vitest';
import type { OnEvent } from '../../../src/shared/client.ts';
import { LiveStore } from '../../../src/renderer/src/api/live-store.ts';
import type { Api } from '../../../src/shared/api.ts';
import type { LiveChanges, LiveSnapshot } from '../../../src/shared/live.ts';
import { tableNames, type RefusedRow } from '../../../src/shared/rows.ts';
import { ManualTimers } from '../../support/manualtimers.ts';

describe('Live store', () => {
  it('shows the rows of a snapshot and the changes after it', async () => {
    const { store, node } = setUp();
    store.start();
    await node.answer(snapshot(4, 'a'));
    node.tell(changes(5, 'b'));
    expect(ids(store)).toEqual(['a', 'b']);
    expect(store.status.getSnapshot().name).toBe('live');
  });

  it('applies what changed while the snapshot was on its way, and drops what was in it', async () => {
    const { store, node } = setUp();
    store.start();
    node.tell(changes(4, 'a'));
    node.tell(changes(5, 'b'));
    await node.answer(snapshot(4, 'a'));
    expect(ids(store)).toEqual(['a', 'b']);
  });

  it('asks for a new snapshot when a change was missed', async () => {
    const { store, node } = setUp();
    store.start();
    await node.answer(snapshot(4, 'a'));
    node.tell(changes(6, 'c'));
    expect(store.status.getSnapshot().name).toBe('stale');
    expect(ids(store)).toEqual(['a']);
    await node.answer(snapshot(7, 'a', 'b', 'c'));
    expect(ids(store)).toEqual(['a', 'b', 'c']);
    expect(store.status.getSnapshot().name).toBe('live');
  });

  it('asks again when a change between the snapshot and those that were kept was missed', async () => {
    const { store, node } = setUp();
    store.start();
    node.tell(changes(9, 'z'));
    await node.answer(snapshot(4, 'a'));
    await node.answer(snapshot(9, 'z'));
    expect(ids(store)).toEqual(['z']);
  });

  it('keeps the rows while the node is away, says since when, and asks anew when it is back', async () => {
    const { store, node, timers } = setUp();
    store.start();
    await node.answer(snapshot(400, 'a'));
    timers.advance(5000);
    node.connect(false);
    timers.advance(5000);
    expect(ids(store)).toEqual(['a']);
    expect(store.status.getSnapshot()).toEqual({ name: 'stale', sinceMs: 5000 });
    node.connect(true);
    await node.answer(snapshot(1, 'of a new node'));
    expect(ids(store)).toEqual(['of a new node']);
  });

  it('asks once when the first connection comes about', async () => {
    const { store, node } = setUp();
    store.start();
    node.connect(true);
    expect(node.questions).toBe(1);
  });

  it('asks again after a while when the node refuses', async () => {
    const { store, node, timers } = setUp();
    store.start();
    await node.refuse();
    expect(node.questions).toBe(1);
    timers.advance(1000);
    expect(node.questions).toBe(2);
    expect(store.status.getSnapshot().name).toBe('connecting');
  });

  it('ignores an answer to a question that was overtaken', async () => {
    const { store, node } = setUp();
    store.start();
    node.connect(false);
    node.connect(true);
    await node.answer(snapshot(1, 'old'));
    expect(store.status.getSnapshot().name).toBe('connecting');
    await node.answer(snapshot(2, 'new'));
    expect(ids(store)).toEqual(['new']);
  });

  it('gives the same object for a table until a row of it changes', async () => {
    const { store, node } = setUp();
    store.start();
    await node.answer(snapshot(4, 'a'));
    const [refused, sales] = [store.table('refused').getSnapshot(), store.table('sales').getSnapshot()];
    node.tell(changes(5, 'b'));
    expect(store.table('sales').getSnapshot()).toBe(sales);
    expect(store.table('refused').getSnapshot()).not.toBe(refused);
    expect(store.table('sales')).toBe(store.table('sales'));
  });

  it('tells its listeners of every change until they leave', async () => {
    const { store, node } = setUp();
    let told = 0;
    const unsubscribe = store.table('refused').subscribe(() => (told += 1));
    store.start();
    await node.answer(snapshot(4, 'a'));
    node.tell(changes(5, 'b'));
    unsubscribe();
    node.tell(changes(6, 'c'));
    expect(told).toBe(2);
  });

  it('listens to nothing and waits for nothing once it is stopped, and can start again', async () => {
    const { store, node, timers } = setUp();
    store.start();
    await node.refuse();
    store.stop();
    expect([timers.waiting, node.listeners]).toEqual([0, 0]);
    store.start();
    await node.answer(snapshot(1, 'a'));
    expect(store.status.getSnapshot().name).toBe('live');
  });
});

/** The node as the store sees it, answering its questions by hand, the oldest first. */
class FakeNode {
  readonly #live = new Set<(changes: LiveChanges) => void>();
  readonly #connection = new Set<(connected: boolean) => void>();
  readonly #open: { resolve: (snapshot: LiveSnapshot) => void; reject: (error: Error) => void }[] = [];
  questions = 0;

  readonly client = {
    snapshot: () => {
      this.questions += 1;
      return new Promise<LiveSnapshot>((resolve, reject) => this.#open.push({ resolve, reject }));
    },
  };
  readonly onEvent = ((_name: 'live', listener: (changes: LiveChanges) => void) => {
    this.#live.add(listener);
    return () => this.#live.delete(listener);
  }) as OnEvent<Api>;
  readonly onConnection = (listener: (connected: boolean) => void) => {
    this.#connection.add(listener);
    return () => void this.#connection.delete(listener);
  };

  get listeners(): number {
    return this.#live.size + this.#connection.size;
  }

  tell(changes: LiveChanges): void {
    for (const listener of this.#live) listener(changes);
  }

  connect(connected: boolean): void {
    for (const listener of this.#connection) listener(connected);
  }

  async answer(snapshot: LiveSnapshot): Promise<void> {
    this.#open.shift()?.resolve(snapshot);
    await settled();
  }

  async refuse(): Promise<void> {
    this.#open.shift()?.reject(new Error('refused'));
    await settled();
  }
}

/** What hangs on a settled promise runs before this goes on. */
const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

function setUp() {
  const timers = new ManualTimers();
  const node = new FakeNode();
  const store = new LiveStore(node, { after: timers.after, nowMs: timers.nowMs });
  return { store, node, timers };
}

const ids = (store: LiveStore) => [...store.table('refused').getSnapshot().keys()];

function snapshot(revision: number, ...rows: string[]): LiveSnapshot {
  const empty = Object.fromEntries(tableNames.map((name) => [name, []])) as unknown as LiveSnapshot['tables'];
  return { revision, tables: { ...empty, refused: rows.map(row) } };
}

const changes = (revision: number, id: string): LiveChanges => ({
  revision,
  changes: [{ table: 'refused', id, row: row(id) }],
});

const row = (id: string): RefusedRow => ({
  id,
  requestId: id,
  slotIndex: 0,
  at: 0,
  code: 'SIZE',
  text: 'Too large',
});
