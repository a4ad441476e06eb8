import { slotIdOf, type RequestId } from '../../src/main/engine/contracts/ids.ts';
import { Tasks } from '../../src/main/engine/lib/tasks.ts';
import type { MarketEvent, StorageRequested } from '../../src/main/engine/market/market.ts';
import type { Availability } from '../../src/main/engine/sales/availability.ts';
import { MarketWatch } from '../../src/main/engine/sales/marketwatch.ts';
import { SlotQueue, type SlotQueueOptions } from '../../src/main/engine/sales/slotqueue.ts';
import { FakeClock } from './fakeclock.ts';
import { FakeMarket } from './fakemarket.ts';
import { MemoryDatabase } from './memorydatabase.ts';
import { FakeGenerations } from './queuefixtures.ts';
import { recordingLogger } from './recordinglogger.ts';
import { exampleOffer } from './ledgerfixtures.ts';
import { atOnce } from './salesfixtures.ts';

/** A watch over a fake market, with the queue it feeds; not opened. What is handed in outlives a restart. */
export function aWatch({
  clock = new FakeClock(),
  market = new FakeMarket({ clock }),
  database = new MemoryDatabase(),
  lookBackSeconds = 86_400,
  onEvent = () => {},
  ...options
}: WatchOptions = {}) {
  const { logger, lines } = recordingLogger();
  const ledger = new FakeGenerations();
  const queue = new SlotQueue({ reservations: ledger, clock, logger }, options);
  const faults: unknown[] = [];
  const tasks = new Tasks((error) => faults.push(error));
  const events: MarketEvent[] = [];
  const requests: StorageRequested[] = [];
  const watch = new MarketWatch(
    { market, clock, queue, reservations: ledger, database, tasks, logger },
    {
      lookBackSeconds,
      retryTimes: atOnce,
      onEvent: (event) => {
        events.push(event);
        onEvent(event);
      },
      onRequest: (request) => requests.push(request),
    },
  );
  const controller = new AbortController();
  const start = async () => {
    watch.open();
    await watch.catchUp(controller.signal);
  };
  const stop = async () => {
    controller.abort();
    watch.close();
    await tasks.settle();
  };
  /** The owner adds an offer or makes one looser. */
  const loosenOffer = (availability: Availability = exampleOffer) => {
    ledger.generation++;
    ledger.onChange.emit({ isLooser: true, availability });
  };
  const hasSlot = (requestId: RequestId, slotIndex: number) => queue.has(slotIdOf(requestId, slotIndex));
  const made = { clock, market, database, queue, ledger, tasks, watch, events, requests, lines, faults };
  return { ...made, controller, start, stop, loosenOffer, hasSlot };
}

export interface WatchOptions extends SlotQueueOptions {
  readonly clock?: FakeClock;
  readonly market?: FakeMarket;
  readonly database?: MemoryDatabase;
  readonly lookBackSeconds?: number;
  readonly onEvent?: (event: MarketEvent) => void;
}
