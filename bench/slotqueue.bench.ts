/**
 * The slot queue beside the best heap package, which evicts nothing, finds nothing and keeps no worker: once its ordered
 * list alone, once the whole queue. Each figure is the median of alternating rounds; the faster package counts for each
 * operation. A heap evicts (a push and a pop) with its order turned round, and could then not be taken from.
 */
import { Heap } from 'heap-js';
import TinyQueue from 'tinyqueue';
import { slotIdOf, type RequestId, type SlotId } from '../src/main/engine/contracts/ids.ts';
import { Emitter } from '../src/main/engine/lib/emitter.ts';
import { SortedList } from '../src/main/engine/lib/sorted-list.ts';
import { silentLogger } from '../src/main/engine/logger.ts';
import type { LedgerChange } from '../src/main/engine/sales/reservations.ts';
import { SlotQueue } from '../src/main/engine/sales/slotqueue.ts';
import { compareItems, type SlotQueueItem } from '../src/main/engine/sales/slotqueueitem.ts';
import { median } from './lib/figures.ts';

type OperationName = 'push' | 'pop' | 'evict' | 'delete';

interface Contender {
  /** Whether pushing to a full one leaves the best in it; a heap has the worst at its end, or the best, not both. */
  readonly keepsBest: boolean;
  /** Made anew with what is pushed first. Does an operation once for each of the items it is given. */
  readonly make: (
    first: readonly SlotQueueItem[],
  ) => Partial<Record<OperationName, (items: readonly SlotQueueItem[]) => void>>;
}

const OPERATIONS: readonly OperationName[] = ['push', 'evict', 'delete', 'pop'];
const START = 1_700_000_000;

const contenders = {
  list: sortedList,
  queue: wholeQueue,
  tinyqueue: tinyQueue,
  'heap-js': heapJs,
} satisfies Record<string, (capacity: number) => Contender>;
type ContenderName = keyof typeof contenders;

for (const [capacity, rounds] of [
  [128, 3000],
  [65_535, 9],
] as const) {
  const times = measured(capacity, rounds);
  for (const operation of OPERATIONS) report(operation, capacity, times);
}

function report(operation: OperationName, capacity: number, times: Times): void {
  const of = (name: ContenderName) => times.get(`${name} ${operation}`);
  const heaps = (['tinyqueue', 'heap-js'] as const).flatMap((name) => {
    const ns = of(name);
    return ns === undefined ? [] : [{ name, ns }];
  });
  const best = heaps.toSorted((a, b) => a.ns - b.ns)[0];
  const against = (name: ContenderName) => {
    const ns = of(name) ?? 0;
    return `${name} ${ns.toFixed(0).padStart(5)} ns${best ? `, ${(ns / best.ns).toFixed(2).padStart(5)} ×` : ''}`;
  };
  const what = `${operation} at ${capacity.toLocaleString('en')}`.padEnd(17);
  const limit = best ? `${best.name} ${best.ns.toFixed(0)} ns` : 'no heap can';
  process.stdout.write(`  ${what} ${limit.padEnd(20)} ${against('list')}   ${against('queue')}\n`);
}

type Times = ReadonlyMap<string, number>;

/** ns for one operation, by `<contender> <operation>`. */
function measured(capacity: number, rounds: number): Times {
  const items = someItems(2 * capacity);
  const [first, second] = [items.slice(0, capacity), items.slice(capacity)];
  const best = items.toSorted(compareItems).slice(0, capacity);
  const samples = new Map<string, number[]>();
  const warmUp = Math.ceil(rounds / 5);
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, contender] of Object.entries(contenders)) {
      const { keepsBest, make } = contender(capacity);
      const held = (keepsBest ? best : first).toSorted((a, b) => (a.slotId < b.slotId ? -1 : 1));
      const half = Math.floor(capacity / 2);
      const given = { push: first, evict: second, delete: held.slice(0, half), pop: held.slice(half) };
      const made = make(first);
      for (const operation of OPERATIONS) {
        const work = made[operation];
        if (!work) continue;
        const from = process.hrtime.bigint();
        work(given[operation]);
        const ns = Number(process.hrtime.bigint() - from) / given[operation].length;
        const key = `${name} ${operation}`;
        if (round >= 0) samples.set(key, [...(samples.get(key) ?? []), ns]);
      }
    }
  }
  return new Map([...samples].map(([key, all]) => [key, median(all)]));
}

function sortedList(): Contender {
  const make: Contender['make'] = () => {
    const list = new SortedList<SlotId, SlotQueueItem>({
      compare: compareItems,
      keyOf: (item) => item.slotId,
    });
    return {
      push: (items) => {
        for (const item of items) list.set(item);
      },
      evict: (items) => {
        for (const item of items) {
          list.set(item);
          if (list.last) list.delete(list.last.slotId);
        }
      },
      delete: (items) => {
        for (const { slotId } of items) list.delete(slotId);
      },
      pop: (items) => {
        for (let i = 0; i < items.length; i++) if (list.first) list.delete(list.first.slotId);
      },
    };
  };
  return { keepsBest: true, make };
}

/** Each item is pushed by a call of its own, and popped by the end of the one before. */
function wholeQueue(capacity: number): Contender {
  const reservations = { generation: 1, onChange: new Emitter<LedgerChange>() };
  const clock = { now: () => START, waitUntil: async () => {} };
  const make: Contender['make'] = () => {
    const queue = new SlotQueue({ reservations, clock, logger: silentLogger }, { capacity, workers: 1 });
    const push = (items: readonly SlotQueueItem[]) => {
      for (const item of items) queue.push([item]);
    };
    return {
      push,
      evict: push,
      delete: (items) => {
        for (const { slotId } of items) queue.deleteSlot(slotId);
      },
      pop: (items) => {
        let taken: SlotQueueItem | undefined;
        queue.start((item) => void (taken = item));
        for (let i = 1; i < items.length && taken; i++) queue.end(taken.slotId);
        queue.stop();
      },
    };
  };
  return { keepsBest: true, make };
}

function tinyQueue(): Contender {
  const make = (first: readonly SlotQueueItem[]) => {
    const heap = new TinyQueue<SlotQueueItem>([], compareItems);
    const worstFirst = new TinyQueue<SlotQueueItem>([...first], (a, b) => compareItems(b, a));
    return heapOperations(heap, worstFirst);
  };
  return { keepsBest: false, make };
}

function heapJs(capacity: number): Contender {
  const make = (first: readonly SlotQueueItem[]) => {
    const heap = new Heap<SlotQueueItem>(compareItems);
    const worstFirst = new Heap<SlotQueueItem>((a, b) => compareItems(b, a));
    worstFirst.init([...first]);
    const remove = (items: readonly SlotQueueItem[]) => {
      for (const item of items) heap.remove(item);
    };
    // It searches from end to end: with many it would take minutes.
    return { ...heapOperations(heap, worstFirst), ...(capacity <= 128 && { delete: remove }) };
  };
  return { keepsBest: false, make };
}

interface AnyHeap {
  push(item: SlotQueueItem): unknown;
  pop(): SlotQueueItem | undefined;
}

function heapOperations(heap: AnyHeap, worstFirst: AnyHeap) {
  return {
    push: (items: readonly SlotQueueItem[]) => {
      for (const item of items) heap.push(item);
    },
    evict: (items: readonly SlotQueueItem[]) => {
      for (const item of items) {
        worstFirst.push(item);
        worstFirst.pop();
      }
    },
    pop: (items: readonly SlotQueueItem[]) => {
      for (let i = 0; i < items.length; i++) heap.pop();
    },
  };
}

/** Of requests with four slots each; profit and collateral are of few values, as on a market. */
function someItems(count: number): SlotQueueItem[] {
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  return Array.from({ length: count }, (_, i) => {
    const requestId = `0x${(i >> 2).toString(16).padStart(64, '0')}` as RequestId;
    return {
      slotId: slotIdOf(requestId, i & 3),
      requestId,
      slotIndex: i & 3,
      slotSize: 2n ** BigInt(20 + random(8)),
      duration: 86_400n,
      pricePerBytePerSecond: 1n,
      profit: BigInt(random(10_000)) * 10n ** 15n,
      collateral: BigInt(random(100)) * 10n ** 15n,
      expiresAt: START + random(100_000),
      draw: i & 3,
    };
  });
}
