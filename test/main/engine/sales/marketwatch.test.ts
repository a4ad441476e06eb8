import { describe, expect, it } from 'vitest';
import { slotIdOf, type RequestId } from '../../../../src/main/engine/contracts/ids.ts';
import { collateralPerSlot } from '../../../../src/main/engine/contracts/requests.ts';
import { MarketError } from '../../../../src/main/engine/market/errors.ts';
import type { SlotQueue } from '../../../../src/main/engine/sales/slotqueue.ts';
import { exampleOffer, someReservation } from '../../../support/ledgerfixtures.ts';
import { account, exampleAsk, word } from '../../../support/requests.ts';
import { settled } from '../../../support/salesfixtures.ts';
import { aWatch, type WatchOptions } from '../../../support/watchfixtures.ts';

async function aStartedWatch(options: WatchOptions = {}) {
  const made = aWatch(options);
  await made.start();
  return made;
}

const indices = ({ queue }: { queue: SlotQueue }) =>
  queue
    .items()
    .map(({ item }) => item.slotIndex)
    .sort((a, b) => a - b);

describe('a request', () => {
  it('that is posted is told once and queued, each slot with its collateral and its expiry', async () => {
    const { market, clock, queue, requests } = await aStartedWatch();
    const { requestId } = market.requestStorage({ expiry: 600n });
    expect(indices({ queue })).toEqual([0, 1, 2, 3]);
    for (const { item } of queue.items()) {
      expect(item).toMatchObject({
        requestId,
        expiresAt: clock.now() + 600,
        collateral: collateralPerSlot(exampleAsk),
      });
    }
    expect(requests.map((request) => request.requestId)).toEqual([requestId]);
  });

  it('that was posted before the start is told once and queued, unless it has expired', async () => {
    const made = aWatch();
    const { market, clock, requests } = made;
    market.requestStorage({ expiry: 10n });
    const { requestId } = market.requestStorage({ expiry: 600n });
    clock.advance(11);
    await made.start();
    expect(requests.map((request) => request.requestId)).toEqual([requestId]);
    expect(indices(made)).toEqual([0, 1, 2, 3]);
  });

  it('that is told while the past is read comes once, and so does what happened to it', async () => {
    const made = aWatch();
    const { market, requests } = made;
    const gate = market.delayNext('pastStorageRequests', { after: true });
    const started = made.start();
    await gate.reached;
    const { requestId } = market.requestStorage();
    market.fillAsOther(requestId, 2);
    gate.release();
    await started;
    expect(requests).toHaveLength(1);
    expect(indices(made)).toEqual([0, 1, 3]);
  });

  it('that has expired when it is told is neither told nor queued', async () => {
    const { market, clock, queue, requests, watch, controller } = aWatch();
    watch.open();
    market.requestStorage({ expiry: 10n });
    clock.advance(11);
    await watch.catchUp(controller.signal);
    expect([queue.length, requests]).toEqual([0, []]);
  });

  it.each(['RequestFulfilled', 'RequestCancelled', 'RequestFailed'] as const)(
    'leaves the queue with all its slots at %s',
    async (name) => {
      const made = await aStartedWatch();
      const { requestId } = made.market.requestStorage();
      const other = made.market.requestStorage();
      made.market.emit({ name, requestId });
      expect(made.queue.items().every(({ item }) => item.requestId === other.requestId)).toBe(true);
      expect(made.queue.length).toBe(4);
    },
  );

  it('with more slots than the queue holds costs no other event', async () => {
    const made = await aStartedWatch({ capacity: 8 });
    made.market.emit({
      name: 'StorageRequested',
      requestId: word<RequestId>(77),
      ask: { ...exampleAsk, slots: 65_536n },
      expiresAt: made.clock.now() + 10,
    });
    expect(made.lines).toContainEqual(expect.objectContaining({ message: 'A request was left out' }));
    made.market.requestStorage({ ask: { slots: 65_535n } });
    expect(made.queue.length).toBe(8);
  });
});

describe('a slot', () => {
  it.each(['SlotFilled', 'SlotReservationsFull'] as const)('leaves the queue at %s', async (name) => {
    const made = await aStartedWatch();
    const { requestId } = made.market.requestStorage();
    made.market.emit({ name, requestId, slotIndex: 1 });
    expect(indices(made)).toEqual([0, 2, 3]);
  });

  it('that loses its host enters with the collateral of a repair, until its request ends', async () => {
    const made = await aStartedWatch();
    const { market, clock, queue } = made;
    const { requestId } = market.requestStorage({ ask: { slots: 1n, maxSlotLoss: 1n, duration: 3600n } });
    const endsAt = clock.now() + 3600;
    const host = account(0xb0b);
    market.fillAsOther(requestId, 0, host);
    expect(queue.length).toBe(0);
    await market.as(host).freeSlot(slotIdOf(requestId, 0), { signal: made.controller.signal });
    await settled();
    expect(queue.items()).toMatchObject([
      { item: { slotIndex: 0, expiresAt: endsAt, collateral: (collateralPerSlot(exampleAsk) * 9n) / 10n } },
    ]);
  });

  it('that loses its host before the request has started can be filled until the request expires', async () => {
    const made = await aStartedWatch();
    const { market, clock, queue } = made;
    const { requestId } = market.requestStorage({ expiry: 600n });
    const expiresAt = clock.now() + 600;
    const host = account(0xb0b);
    market.fillAsOther(requestId, 0, host);
    await market.as(host).freeSlot(slotIdOf(requestId, 0), { signal: made.controller.signal });
    await settled();
    expect(queue.items().find(({ item }) => item.slotIndex === 0)?.item).toMatchObject({ expiresAt });
  });

  it('that was freed and filled again before it was read is not queued', async () => {
    const made = await aStartedWatch();
    const { market } = made;
    const { requestId } = market.requestStorage();
    market.fillAsOther(requestId, 0);
    const gate = market.delayNext('requestExpiresAt', { after: true });
    market.setSlotState(slotIdOf(requestId, 0), 'repair');
    market.emit({ name: 'SlotFreed', requestId, slotIndex: 0 });
    await gate.reached;
    market.emit({ name: 'SlotFilled', requestId, slotIndex: 0 });
    gate.release();
    await settled();
    expect([made.hasSlot(requestId, 0), made.tasks.size]).toEqual([false, 0]);
  });

  it('that was freed again while it was read is read again', async () => {
    const made = await aStartedWatch();
    const { market } = made;
    const { requestId } = market.requestStorage();
    market.fillAsOther(requestId, 0);
    const gate = market.delayNext('slotState', { after: true });
    market.emit({ name: 'SlotFreed', requestId, slotIndex: 0 });
    await gate.reached;
    market.setSlotState(slotIdOf(requestId, 0), 'repair');
    market.emit({ name: 'SlotFreed', requestId, slotIndex: 0 });
    gate.release();
    await settled();
    expect(made.hasSlot(requestId, 0)).toBe(true);
  });

  it('that is freed is left when it is not for sale, by its own state or its request’s', async () => {
    const made = await aStartedWatch();
    const { market, queue, clock } = made;
    const { requestId } = market.requestStorage({ expiry: 600n });
    market.fillAsOther(requestId, 0);
    market.emit({ name: 'SlotFreed', requestId, slotIndex: 0 });
    market.emit({ name: 'SlotFreed', requestId: word<RequestId>(77), slotIndex: 0 });
    await settled();
    expect(made.hasSlot(requestId, 0)).toBe(false);
    queue.deleteRequest(requestId);
    clock.advance(601);
    market.emit({ name: 'SlotFreed', requestId, slotIndex: 1 });
    await settled();
    expect([queue.length, made.faults]).toEqual([0, []]);
  });

  it('that is freed is read until the chain answers; one it answers nonsense for is left out', async () => {
    const made = await aStartedWatch();
    const { market, lines } = made;
    const { requestId } = market.requestStorage();
    market.emit({ name: 'SlotReservationsFull', requestId, slotIndex: 0 });
    market.emit({ name: 'SlotReservationsFull', requestId, slotIndex: 1 });
    market.failNext('getRequest', new MarketError('HOSTILE_VALUE', {}), { times: 5 });
    market.emit({ name: 'SlotFreed', requestId, slotIndex: 0 });
    await settled();
    market.failNext('slotState', new MarketError('CHAIN_UNREACHABLE', {}), { times: 12 });
    market.emit({ name: 'SlotFreed', requestId, slotIndex: 1 });
    await settled();
    expect([made.hasSlot(requestId, 0), made.hasSlot(requestId, 1)]).toEqual([false, true]);
    expect(lines).toContainEqual(expect.objectContaining({ message: 'A freed slot was left out' }));
  });

  it('with an index that none can have is left out with a line in the log', async () => {
    const made = await aStartedWatch();
    const { requestId } = made.market.requestStorage();
    for (const slotIndex of [65_535, 70_000, -1, 0.5, Number.NaN]) {
      for (const name of ['SlotFilled', 'SlotFreed', 'SlotReservationsFull'] as const) {
        made.market.emit({ name, requestId, slotIndex });
      }
    }
    await settled();
    expect([made.queue.length, made.tasks.size]).toEqual([4, 0]);
    const left = made.lines.filter(({ message }) => message === 'An event of the market was left out');
    expect(left).toHaveLength(15);
    expect(made.events.map(({ name }) => name)).toEqual(['StorageRequested']);
  });
});

describe('the watch', () => {
  it('hands every event on, after the queue followed it', async () => {
    const seen: unknown[] = [];
    const made: ReturnType<typeof aWatch> = aWatch({
      onEvent: ({ name }) => seen.push([name, made.queue.length]),
    });
    await made.start();
    const { requestId } = made.market.requestStorage();
    made.market.fillAsOther(requestId, 0);
    made.market.emit({ name: 'RequestFailed', requestId });
    expect(seen).toEqual([
      ['StorageRequested', 4],
      ['ProofSubmitted', 4],
      ['SlotFilled', 3],
      ['RequestFailed', 0],
    ]);
  });

  it('follows the next event when one cannot be followed', async () => {
    const made: ReturnType<typeof aWatch> = aWatch({
      onEvent: () => {
        throw new Error('No');
      },
    });
    made.watch.open();
    made.market.requestStorage();
    await made.watch.catchUp(made.controller.signal);
    made.market.requestStorage();
    expect(made.queue.length).toBe(8);
    expect(made.faults).toEqual([]);
  });

  it('tries to read the past until it can', async () => {
    const made = aWatch();
    made.market.requestStorage();
    made.market.failNext('pastStorageRequests', new MarketError('CHAIN_UNREACHABLE', {}), { times: 9 });
    await made.start();
    expect(made.queue.length).toBe(4);
  });

  it('hears and keeps nothing once it is closed, and can be opened again', async () => {
    const made = await aStartedWatch();
    const { market, watch, ledger, queue, tasks } = made;
    const { requestId } = market.requestStorage();
    const gate = market.delayNext('getRequest');
    market.emit({ name: 'SlotFreed', requestId, slotIndex: 0 });
    await gate.reached;
    await made.stop();
    queue.stop();
    market.requestStorage();
    expect([queue.length, ledger.onChange.size, tasks.size]).toEqual([0, 0, 0]);
    watch.open();
    watch.open();
    await watch.catchUp(new AbortController().signal);
    expect([queue.length, ledger.onChange.size]).toEqual([8, 1]);
    market.requestStorage();
    expect([queue.length, made.requests.length]).toEqual([12, 4]);
  });
});

describe('when the owner loosens an offer', () => {
  it('the past is read again, and what the queue had lost comes back', async () => {
    const made = await aStartedWatch({ capacity: 3 });
    const { market, queue, requests } = made;
    const { requestId } = market.requestStorage();
    queue.deleteRequest(requestId);
    made.loosenOffer();
    await settled();
    expect([queue.length, requests.length, market.count('pastStorageRequests')]).toEqual([3, 1, 2]);
  });

  it('what others have, or is over, does not come back', async () => {
    const made = await aStartedWatch();
    const { market, queue, watch } = made;
    const taken = market.requestStorage().requestId;
    market.fillAsOther(taken, 0);
    market.reserveAsOthers(taken, 1, 3);
    watch.setTaken(taken, 2);
    for (const name of ['RequestFulfilled', 'RequestCancelled', 'RequestFailed'] as const) {
      market.emit({ name, requestId: market.requestStorage().requestId });
    }
    queue.stop();
    made.loosenOffer();
    await settled();
    expect(queue.items().map(({ item }) => [item.requestId, item.slotIndex])).toEqual([[taken, 3]]);
  });

  it('a slot comes back whose last reservation was our own', async () => {
    const made = await aStartedWatch({ workers: 2 });
    const { market, queue } = made;
    const { requestId } = market.requestStorage({ ask: { slots: 2n } });
    queue.start(() => {});
    for (const slotIndex of [0, 1]) {
      market.emit({ name: 'SlotReservationsFull', requestId, slotIndex });
      queue.end(slotIdOf(requestId, slotIndex));
    }
    made.watch.setTaken(requestId, 1);
    made.loosenOffer();
    await settled();
    expect([0, 1].map((slotIndex) => queue.isInFlight(slotIdOf(requestId, slotIndex)))).toEqual([
      true,
      false,
    ]);
  });

  it('a slot that was freed since is not among those that others have', async () => {
    const made = await aStartedWatch();
    const { market, queue } = made;
    const { requestId } = market.requestStorage();
    market.emit({ name: 'SlotFilled', requestId, slotIndex: 0 });
    market.emit({ name: 'SlotFreed', requestId, slotIndex: 0 });
    await settled();
    queue.stop();
    made.loosenOffer();
    await settled();
    expect(indices(made)).toEqual([0, 1, 2, 3]);
  });

  it('one reading runs at a time, and one more for all that came meanwhile', async () => {
    const made = await aStartedWatch();
    const gate = made.market.delayNext('pastStorageRequests');
    for (let i = 0; i < 5; i++) made.loosenOffer();
    await gate.reached;
    for (let i = 0; i < 5; i++) made.loosenOffer();
    expect(made.market.count('pastStorageRequests')).toBe(2);
    gate.release();
    await settled();
    expect([made.market.count('pastStorageRequests'), made.tasks.size]).toEqual([3, 0]);
  });

  it('the past is not read for what comes back from a sale, nor for what is taken', async () => {
    const made = await aStartedWatch();
    const { ledger, market } = made;
    const changes = [
      { isLooser: true, availability: exampleOffer, removed: someReservation },
      { isLooser: true, availability: exampleOffer, reservation: someReservation },
      { isLooser: false, availability: exampleOffer },
      { isLooser: true },
    ];
    for (const change of changes) ledger.onChange.emit(change);
    await settled();
    expect(market.count('pastStorageRequests')).toBe(1);
  });
});

describe('what is taken back', () => {
  const nothing = { keep: () => false };

  const aTurningWatch = async (options: WatchOptions = {}) => {
    const made = aWatch(options);
    made.market.chain.remember();
    await made.start();
    return made;
  };

  it('a request, once the chain does not know it, leaves the queue, and is told again when it comes again', async () => {
    const { market, queue, requests, hasSlot } = await aTurningWatch();
    const { requestId } = market.requestStorage();
    const kept = market.requestStorage();
    const [, request] = market.chain.reorg(2, { keep: () => false }).reverse();
    await settled();
    expect(queue.length).toBe(0);
    request?.mineAgain();
    expect(indices({ queue })).toEqual([0, 1, 2, 3]);
    expect(hasSlot(requestId, 0)).toBe(true);
    expect(requests.map((each) => each.requestId)).toEqual([requestId, kept.requestId, requestId]);
  });

  it('a request that the chain knows all the same stays', async () => {
    const { market, queue, watch } = await aTurningWatch();
    const { requestId, request } = market.requestStorage();
    market.takeBack({ name: 'StorageRequested', requestId, ask: request.ask, expiresAt: 1 });
    await settled();
    expect(indices({ queue })).toEqual([0, 1, 2, 3]);
    watch.close();
  });

  it('a request that comes again while it is asked for stays, whatever the answer', async () => {
    const { market, queue } = await aTurningWatch();
    market.requestStorage();
    const gate = market.delayNext('requestState', { after: true });
    const [request] = market.chain.reorg(1, nothing);
    await gate.reached;
    request?.mineAgain();
    gate.release();
    await settled();
    expect(queue.length).toBe(4);
  });

  it('a request is asked for until there is an answer', async () => {
    const { market, queue } = await aTurningWatch();
    market.requestStorage();
    market.failNext('requestState', new MarketError('CHAIN_UNREACHABLE', {}), { times: 20 });
    market.chain.reorg(1, nothing);
    await settled();
    expect(queue.length).toBe(0);
  });

  it('a fill of another brings its slot back into the queue', async () => {
    const { market, queue } = await aTurningWatch();
    const { requestId } = market.requestStorage();
    market.fillAsOther(requestId, 2);
    expect(indices({ queue })).toEqual([0, 1, 3]);
    market.chain.reorg(1, nothing);
    await settled();
    expect(indices({ queue })).toEqual([0, 1, 2, 3]);
  });

  it('the last reservation of a slot brings it back as well', async () => {
    const { market, queue } = await aTurningWatch();
    const { requestId } = market.requestStorage();
    market.reserveAsOthers(requestId, 1, 3);
    expect(indices({ queue })).toEqual([0, 2, 3]);
    market.chain.reorg(1, nothing);
    await settled();
    expect(indices({ queue })).toEqual([0, 1, 2, 3]);
  });

  it('the start of a request brings back the slots that are free again, and no others', async () => {
    const { market, queue } = await aTurningWatch();
    const { requestId } = market.requestStorage();
    for (const index of [0, 1, 2, 3]) market.fillAsOther(requestId, index);
    await settled();
    expect(queue.length).toBe(0);
    market.chain.reorg(1, nothing);
    await settled();
    expect(indices({ queue })).toEqual([3]);
  });

  it('a slot that had lost its host leaves the queue, as it has the host again', async () => {
    const { market, queue } = await aTurningWatch();
    const { requestId } = market.requestStorage();
    for (const index of [0, 1, 2, 3]) market.fillAsOther(requestId, index, account(7));
    await market.as(account(7)).freeSlot(slotIdOf(requestId, 1), { signal: new AbortController().signal });
    await settled();
    expect(indices({ queue })).toEqual([1]);
    market.chain.reorg(1, nothing);
    await settled();
    expect(queue.length).toBe(0);
  });
});
