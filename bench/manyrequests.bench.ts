/**
 * Many requests through queue and agents, of all kinds (test/support/crowd.ts), and the heap after each tenth: it must
 * not grow. The chain is exchanged for an empty one now and then, and the history of sales, which a disk would hold, is
 * left out: what grows is the engine's. `REQUESTS=10000 npm run bench -- manyrequests` for a shorter run.
 */
import { silentLogger } from '../src/main/engine/logger.ts';
import { throwIfAborted } from '../src/main/engine/lib/abort.ts';
import { Reservations } from '../src/main/engine/sales/reservations.ts';
import { Sales } from '../src/main/engine/sales/sales.ts';
import { SlotQueue } from '../src/main/engine/sales/slotqueue.ts';
import type { Operation } from '../src/main/engine/stores/database.ts';
import { changeableMarket, Crowd } from '../test/support/crowd.ts';
import { FakeClock } from '../test/support/fakeclock.ts';
import { FakeMarket } from '../test/support/fakemarket.ts';
import { FakeSlotHost } from '../test/support/fakeslothost.ts';
import { MemoryDatabase } from '../test/support/memorydatabase.ts';

const REQUESTS = Number(process.env['REQUESTS'] ?? 100_000);
const BATCH = 32;

class ForgetfulDatabase extends MemoryDatabase {
  override async batch(operations: readonly Operation[]): Promise<void> {
    await super.batch(operations.filter(({ key }) => !key.includes('/history/')));
    this.batches.length = 0;
  }
}

const clock = new FakeClock();
const host = new FakeSlotHost();
const { market, change } = changeableMarket(aMarket());
const database = new ForgetfulDatabase();
const logger = silentLogger;
const reservations = await Reservations.open({ database, logger }, { quotaMax: 2n ** 40n });
const queue = new SlotQueue({ reservations, clock, logger }, { workers: 32, capacity: 1024 });
const sales = new Sales(
  { clock, market, host, database, logger, reservations, queue },
  { retryTimes: { sleep: nextTurn } },
);
const outcomes = new Map<string, number>();
sales.onEvent.subscribe(({ type, sale }) => {
  const code = type === 'ended' ? (sale.outcome?.code ?? 'none') : undefined;
  if (code !== undefined) outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
});
await sales.start();
await reservations.createAvailability({
  name: 'Bench',
  totalSize: 2n ** 30n,
  duration: 86_400n,
  minPricePerBytePerSecond: 5n,
  totalCollateral: 2n ** 60n,
});

const crowd = new Crowd({ clock, market: aMarket(), host });
const heaps: number[] = [];
const startedMs = performance.now();
console.log('  requests   heap after gc   sales that run   queued');
for (let tenth = 1; tenth <= 10; tenth++) {
  while (crowd.posted < (REQUESTS * tenth) / 10) {
    const chain = aMarket();
    change(chain);
    crowd.goTo(chain);
    await crowd.batch(BATCH);
    host.cleared.length = 0;
    host.proven.length = 0;
  }
  heaps.push(heapMiB());
  console.log(
    `  ${String(crowd.posted).padStart(8)}   ${(heaps.at(-1) ?? 0).toFixed(2).padStart(9)} MiB   ${String(sales.list().length).padStart(14)}   ${String(queue.length).padStart(6)}`,
  );
}
const [first = 0] = heaps;
const seconds = (performance.now() - startedMs) / 1000;
console.log(`  ${[...outcomes].map(([code, count]) => `${code} ${count}`).join(', ')}`);
console.log(
  `  ${(crowd.posted / seconds).toFixed(0)} requests a second; heap at the end to heap at a tenth: ratio ${((heaps.at(-1) ?? 0) / first).toFixed(3)}`,
);
await sales.stop();

function aMarket(): FakeMarket {
  const chain = new FakeMarket({ clock });
  chain.setPointer(100);
  return chain;
}

/** The least of a few: what was just let go of takes a turn to be collected. */
function heapMiB(): number {
  const sizes = Array.from({ length: 3 }, () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 1_048_576;
  });
  return Math.min(...sizes);
}

async function nextTurn(_ms: number, signal: AbortSignal): Promise<void> {
  await new Promise(setImmediate);
  throwIfAborted(signal);
}
