import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketFamily } from '../../src/main/engine/contracts/family.ts';
import type { RequestId } from '../../src/main/engine/contracts/ids.ts';
import {
  collateralPerSlot,
  pricePerSlotPerSecond,
  type MarketConfig,
} from '../../src/main/engine/contracts/requests.ts';
import type { Market, MarketEvent, StorageRequested } from '../../src/main/engine/market/market.ts';
import { fakeConfig, someProof, zeroProof } from './fakemarket.ts';
import { MarketHands, type MarketWorld } from './markethands.ts';
import { familySuite } from './marketfamilysuite.ts';
import { word } from './requests.ts';

export type { MarketWorld };

/** Periods so long that a test stays in one. */
export const suiteConfig: MarketConfig = { ...fakeConfig, periodSeconds: 3600, timeoutSeconds: 600 };

/**
 * How every `Market` behaves, whatever the family of its marketplace: the interface's promises, and the contract's rules
 * as far as they show through it. What the families do differently is in `familySuite`.
 */
export function marketSuite(
  name: string,
  family: MarketFamily,
  createWorld: () => Promise<MarketWorld>,
): void {
  familySuite(name, family, createWorld);
  describe(`${name} as a market of the ${family} family`, () => {
    const { signal } = new AbortController();
    const on = { signal };
    let world: MarketWorld;
    let hands: MarketHands;
    let market: Market;
    let other: Market;
    let events: MarketEvent[];

    beforeEach(async () => {
      world = await createWorld();
      hands = new MarketHands(world);
      ({ market, other, events } = hands);
    });
    afterEach(() => world.close());

    const post = (...args: Parameters<MarketHands['post']>) => hands.post(...args);
    const fill = (...args: Parameters<MarketHands['fill']>) => hands.fill(...args);
    const told = (...args: Parameters<MarketHands['told']>) => hands.told(...args);

    describe('reading', () => {
      it('knows who signs, and the configuration', () => {
        expect(market.signer).toMatch(/^0x[0-9a-f]{40}$/);
        expect(new Set(world.hosts.map((host) => host.signer)).size).toBe(3);
        expect(market.config).toEqual({ ...suiteConfig, family });
      });

      it('reads a posted request back as it was', async () => {
        const { requestId, request, at } = await post();
        expect(await market.getRequest(requestId, on)).toEqual(request);
        expect(await market.requestState(requestId, on)).toBe('new');
        expect(await market.requestExpiresAt(requestId, on)).toBe(at + 3000);
        expect(await market.requestEnd(requestId, on)).toBe(at + 14_400);
      });

      it('answers undefined for a request it does not know, and refuses to date it', async () => {
        const unknown = word<RequestId>(404);
        expect(await market.getRequest(unknown, on)).toBeUndefined();
        expect(await market.requestState(unknown, on)).toBeUndefined();
        await expect(market.requestEnd(unknown, on)).rejects.toMatchObject({ code: 'UNKNOWN_REQUEST' });
        await expect(market.requestExpiresAt(unknown, on)).rejects.toMatchObject({ code: 'UNKNOWN_REQUEST' });
      });

      it('takes a slot that nobody touched as free', async () => {
        const { slotId } = await post();
        expect(await market.slotState(slotId(), on)).toBe('free');
        expect(await market.getHost(slotId(), on)).toBeUndefined();
        expect(await market.getActiveSlot(slotId(), on)).toBeUndefined();
        expect(await market.currentCollateral(slotId(), on)).toBe(0n);
        expect(await market.isProofRequired(slotId(), on)).toBe(false);
        expect(await market.mySlots(on)).toEqual([]);
      });

      it('computes cancelled and finished from the time, though nothing happened on the chain', async () => {
        const { requestId, at, slotId } = await post({ ask: { slots: 1n, maxSlotLoss: 0n } });
        const started = await post({ ask: { slots: 1n, maxSlotLoss: 0n } });
        await fill(market, started.requestId);
        expect(await market.requestState(started.requestId, on)).toBe('started');
        await world.setTime(at + 3001);
        expect(await market.requestState(requestId, on)).toBe('cancelled');
        expect(await market.requestEnd(requestId, on)).toBe(at + 3000);
        expect(await market.slotState(slotId(), on)).toBe('free');
        await world.setTime(started.at + 14_401);
        expect(await market.requestState(started.requestId, on)).toBe('finished');
        expect(await market.slotState(started.slotId(), on)).toBe('finished');
        expect(await market.requestEnd(started.requestId, on)).toBe(started.at + 14_400);
      });
    });

    describe('reserving', () => {
      it('lets a host reserve a slot once', async () => {
        const { requestId } = await post();
        expect(await market.canReserveSlot(requestId, 1, on)).toBe(true);
        await market.reserveSlot(requestId, 1, on);
        expect(await market.canReserveSlot(requestId, 1, on)).toBe(false);
        expect(await other.canReserveSlot(requestId, 1, on)).toBe(true);
        await expect(market.reserveSlot(requestId, 1, on)).rejects.toMatchObject({
          code: 'SLOT_RESERVATION_NOT_ALLOWED',
        });
      });

      it('tells whose reservation it is, as long as it lasts', async () => {
        const { requestId, slotId } = await post();
        expect(await market.holdsReservation(requestId, 0, on)).toBe(false);
        await market.reserveSlot(requestId, 0, on);
        expect(await market.holdsReservation(requestId, 0, on)).toBe(true);
        await fill(market, requestId);
        expect(await market.holdsReservation(requestId, 0, on)).toBe(true);
        expect(await other.holdsReservation(requestId, 0, on)).toBe(false);
        expect(await market.holdsReservation(word<RequestId>(404), 0, on)).toBe(false);
        await market.freeSlot(slotId(), on);
        expect(await market.holdsReservation(requestId, 0, on)).toBe(false);
        await other.reserveSlot(requestId, 0, on);
        expect(await other.holdsReservation(requestId, 0, on)).toBe(true);
      });

      it('tells when the last reservation of a slot is taken', async () => {
        const { requestId } = await post();
        for (const host of world.hosts) await host.reserveSlot(requestId, 2, on);
        expect(await told('SlotReservationsFull')).toMatchObject([{ requestId, slotIndex: 2 }]);
      });
    });

    describe('filling', () => {
      it('takes the collateral and makes the host the slot’s host', async () => {
        const { requestId, request, slotId } = await post();
        await market.reserveSlot(requestId, 3, on);
        const before = await market.balances(on);
        const { gasCost, tokensReceived, minedAt, blockNumber } = await fill(market, requestId, 3);
        const after = await market.balances(on);
        expect(before.tokens - after.tokens).toBe(collateralPerSlot(request.ask));
        expect(before.gas - after.gas).toBe(gasCost);
        expect(gasCost).toBeGreaterThan(0n);
        expect(tokensReceived).toBe(0n);
        expect(minedAt).toBe(await world.timeOf(blockNumber));
        expect(await market.slotState(slotId(3), on)).toBe('filled');
        expect(await other.getHost(slotId(3), on)).toBe(market.signer);
        expect(await market.currentCollateral(slotId(3), on)).toBe(collateralPerSlot(request.ask));
        expect(await market.getActiveSlot(slotId(3), on)).toEqual({ request, slotIndex: 3 });
        expect(await market.mySlots(on)).toEqual([slotId(3)]);
        expect(await other.mySlots(on)).toEqual([]);
      });

      it('refuses, by name, what the contract refuses, and changes nothing', async () => {
        const { requestId, request, slotId } = await post();
        const full = collateralPerSlot(request.ask);
        const attempt = (host: Market, proof = someProof, collateral = full) =>
          host.fillSlot(requestId, 0, proof, collateral, on);
        await expect(attempt(market)).rejects.toMatchObject({
          code: 'REVERTED',
          details: { revert: 'Marketplace_ReservationRequired' },
        });
        await market.reserveSlot(requestId, 0, on);
        await other.reserveSlot(requestId, 0, on);
        await expect(attempt(market, zeroProof)).rejects.toMatchObject({ code: 'PROOF_INVALID' });
        await expect(attempt(market, someProof, full - 1n)).rejects.toMatchObject({
          code: 'INSUFFICIENT_TOKENS',
        });
        expect(await market.slotState(slotId(), on)).toBe('free');
        await attempt(other);
        await expect(attempt(market)).rejects.toMatchObject({ code: 'SLOT_NOT_FREE' });
      });

      it('refuses an untouched slot of an expired request, though it reads as free', async () => {
        const { requestId, request, at, slotId } = await post();
        await market.reserveSlot(requestId, 0, on);
        await world.setTime(at + 3001);
        expect(await market.slotState(slotId(), on)).toBe('free');
        await expect(
          market.fillSlot(requestId, 0, someProof, collateralPerSlot(request.ask), on),
        ).rejects.toMatchObject({ code: 'SLOT_NOT_FREE' });
      });

      it('fills several slots at the same time', async () => {
        const { requestId, slotId } = await post();
        for (const index of [0, 1, 2]) await market.reserveSlot(requestId, index, on);
        await Promise.all([0, 1, 2].map((index) => fill(market, requestId, index)));
        expect((await market.mySlots(on)).sort()).toEqual([slotId(0), slotId(1), slotId(2)].sort());
      });

      it('tells in chain order what happened, up to the start of the request', async () => {
        const { requestId, slotId } = await post({ ask: { slots: 2n } });
        const first = await fill(market, requestId, 1);
        const last = await fill(other, requestId, 0);
        const chain = await told('ProofSubmitted', 'SlotFilled', 'RequestFulfilled');
        expect(chain).toMatchObject([
          { name: 'ProofSubmitted', slotId: slotId(1), transactionHash: first.transactionHash },
          { name: 'SlotFilled', requestId, slotIndex: 1, blockNumber: first.blockNumber },
          { name: 'ProofSubmitted', slotId: slotId(0), transactionHash: last.transactionHash },
          { name: 'SlotFilled', requestId, slotIndex: 0, blockNumber: last.blockNumber },
          { name: 'RequestFulfilled', requestId },
        ]);
        const places = chain.map(({ blockNumber, logIndex }) => blockNumber * 1000 + logIndex);
        expect(places).toEqual([...places].sort((a, b) => a - b));
      });

      it('lets nobody repair a slot in the period in which its former host proved it', async () => {
        const { requestId, slotId } = await post({ ask: { slots: 1n, maxSlotLoss: 1n } });
        await fill(other, requestId);
        await other.freeSlot(slotId(), on);
        expect(await market.slotState(slotId(), on)).toBe('repair');
        expect(await told('SlotFreed')).toMatchObject([{ requestId, slotIndex: 0 }]);
        await expect(fill(market, requestId)).rejects.toMatchObject({ code: 'PROOF_ALREADY_SUBMITTED' });
        await hands.nextPeriod();
        await fill(market, requestId);
        expect(await market.slotState(slotId(), on)).toBe('filled');
      });

      it('sends nothing that cannot be mined by its deadline any more, and says so', async () => {
        const { requestId, slotId } = await post();
        await market.reserveSlot(requestId, 0, on);
        const late = { ...on, deadline: (await world.now()) - 1 };
        const due = await hands.due(requestId);
        const before = await market.balances(on);
        await expect(market.fillSlot(requestId, 0, someProof, due, late)).rejects.toMatchObject({
          code: 'TOO_LATE',
        });
        await expect(market.reserveSlot(requestId, 1, late)).rejects.toMatchObject({ code: 'TOO_LATE' });
        expect(await market.slotState(slotId(), on)).toBe('free');
        expect(await market.canReserveSlot(requestId, 1, on)).toBe(true);
        expect(await market.balances(on)).toEqual(before);
        await fill(market, requestId);
        await expect(market.submitProof(slotId(), someProof, late)).rejects.toMatchObject({
          code: 'TOO_LATE',
        });
      });
    });

    describe('being paid', () => {
      const paidBy = async (free: Parameters<MarketHands['paidBy']>[0]) => {
        const { paid, told: received } = await hands.paidBy(free);
        expect(received).toBe(paid);
        return paid;
      };

      it('pays for the time from the fill to the end, and the collateral', async () => {
        const { requestId, request, at, slotId } = await post({ ask: { slots: 1n, maxSlotLoss: 0n } });
        const { filledAt } = await fill(market, requestId);
        await world.setTime(at + 14_401);
        const reward = BigInt(at + 14_400 - filledAt) * pricePerSlotPerSecond(request.ask);
        expect(await paidBy(() => market.freeSlot(slotId(), on))).toBe(
          reward + collateralPerSlot(request.ask),
        );
        expect(await market.slotState(slotId(), on)).toBe('paid');
        expect(await market.mySlots(on)).toEqual([]);
        expect(await market.getHost(slotId(), on)).toBe(market.signer);
      });

      it('pays up to the expiry when the request never started', async () => {
        const { requestId, request, at, slotId } = await post();
        const { filledAt } = await fill(market, requestId);
        await world.setTime(at + 3001);
        expect(await market.slotState(slotId(), on)).toBe('cancelled');
        const reward = BigInt(at + 3000 - filledAt) * pricePerSlotPerSecond(request.ask);
        expect(await paidBy(() => market.freeSlot(slotId(), on))).toBe(
          reward + collateralPerSlot(request.ask),
        );
      });

      it('keeps the collateral of a host who gives a running slot up', async () => {
        const { requestId, slotId } = await post();
        await fill(market, requestId);
        expect(await paidBy(() => market.freeSlot(slotId(), on))).toBe(0n);
        expect(await market.mySlots(on)).toEqual([]);
        expect(await market.getHost(slotId(), on)).toBeUndefined();
      });

      it('refuses to free what is not one’s own', async () => {
        const { requestId, slotId } = await post();
        await expect(market.freeSlot(slotId(), on)).rejects.toMatchObject({ code: 'SLOT_IS_FREE' });
        await fill(other, requestId);
        await expect(market.freeSlot(slotId(), on)).rejects.toMatchObject({ code: 'NOT_THE_HOST' });
      });
    });

    describe('proving', () => {
      it('asks for proofs from the period after the fill on, at once or later in the period', async () => {
        const { slotId } = await hands.running();
        const needs = async () => [
          await market.isProofRequired(slotId(), on),
          await market.willProofBeRequired(slotId(), on),
        ];
        expect(await needs()).toEqual([false, false]);
        await hands.nextPeriod();
        await hands.bringPointerTo(slotId(), 128);
        expect(await needs()).toEqual([true, false]);
        await hands.bringPointerTo(slotId(), 3);
        expect(await needs()).toEqual([false, true]);
      });

      it('keeps the challenge through a period while the pointer moves with the blocks', async () => {
        const { slotId } = await hands.running();
        await hands.nextPeriod();
        await hands.bringPointerTo(slotId(), 100);
        const challenge = await market.getChallenge(slotId(), on);
        await world.mine(20);
        expect(await market.getPointer(slotId(), on)).toBe(120);
        expect(await market.getChallenge(slotId(), on)).toBe(challenge);
        expect(challenge).toMatch(/^0x[0-9a-f]{64}$/);
      });

      it('takes one proof of a slot in a period, from its host', async () => {
        const { slotId } = await hands.running();
        await hands.nextPeriod();
        await expect(other.submitProof(slotId(), someProof, on)).rejects.toMatchObject({
          code: 'NOT_THE_HOST',
        });
        await expect(market.submitProof(slotId(), zeroProof, on)).rejects.toMatchObject({
          code: 'PROOF_INVALID',
        });
        const { transactionHash } = await market.submitProof(slotId(), someProof, on);
        expect((await told('ProofSubmitted')).at(-1)).toMatchObject({ slotId: slotId(), transactionHash });
        const again = market.submitProof(slotId(), someProof, on);
        await expect(again).rejects.toMatchObject({ code: 'PROOF_ALREADY_SUBMITTED' });
      });

      it('slashes for a missed proof, and not for one that was given', async () => {
        const { requestId, request, slotId } = await post({ ask: { slots: 2n } });
        await fill(market, requestId, 0);
        await fill(market, requestId, 1);
        const period = await hands.nextPeriod();
        await market.submitProof(slotId(1), someProof, on);
        await hands.nextPeriod();
        for (const index of [0, 1]) {
          await hands.bringPointerTo(slotId(index), 128 + market.config.downtimeProduct);
          const marking = world.markProofAsMissing(slotId(index), period);
          await (index === 0 ? marking : expect(marking).rejects.toThrow('Proofs_ProofNotMissing'));
        }
        const full = collateralPerSlot(request.ask);
        expect(await market.missingProofs(slotId(0), on)).toBe(1);
        expect(await market.currentCollateral(slotId(0), on)).toBe(full - full / 5n);
        expect(await market.currentCollateral(slotId(1), on)).toBe(full);
      });

      it('throws out a host who misses too many, and fails a request that lost too many slots', async () => {
        const { requestId, slotId } = await post({ ask: { slots: 2n, maxSlotLoss: 0n } });
        await fill(market, requestId, 0);
        await fill(other, requestId, 1);
        await hands.nextPeriod();
        await hands.missUntilLost(slotId());
        expect(await told('SlotFreed', 'RequestFailed')).toMatchObject([
          { name: 'SlotFreed', requestId, slotIndex: 0 },
          { name: 'RequestFailed', requestId },
        ]);
        expect(await market.requestState(requestId, on)).toBe('failed');
        expect(await market.slotState(slotId(1), on)).toBe('failed');
        expect(await market.getHost(slotId(0), on)).toBeUndefined();
        expect(await market.mySlots(on)).toEqual([]);
      });
    });

    describe('keeping account', () => {
      it('knows what the host sent for a slot, oldest first, and what it cost', async () => {
        const { requestId, slotId } = await post({ ask: { slots: 1n, maxSlotLoss: 0n } });
        const before = await market.balances(on);
        await market.reserveSlot(requestId, 0, on);
        const filled = await fill(market, requestId);
        await hands.nextPeriod();
        const proven = await market.submitProof(slotId(), someProof, on);
        const own = await market.transactionsOf(slotId());
        expect(own.every(({ state }) => state === 'mined')).toBe(true);
        expect(own.map(({ purpose }) => purpose).filter((purpose) => purpose !== 'approve')).toEqual([
          'reserve',
          'fill',
          'prove',
        ]);
        const cost = own.reduce((sum, { gasCost = 0n }) => sum + gasCost, 0n);
        expect(before.gas - (await market.balances(on)).gas).toBe(cost);
        for (const sent of [filled, proven]) {
          const { transactionHash, blockNumber, minedAt } = sent;
          expect(own).toContainEqual(
            expect.objectContaining({ slotId: slotId(), transactionHash, blockNumber, minedAt }),
          );
        }
        expect(await other.transactionsOf(slotId())).toEqual([]);
        expect(await market.transactionsOf(slotId(1))).toEqual([]);
      });

      it('knows what a payout brought', async () => {
        const { at, slotId } = await hands.running();
        await world.setTime(at + 14_401);
        const { tokensReceived } = await market.freeSlot(slotId(), on);
        const paid = (await market.transactionsOf(slotId())).at(-1);
        expect(paid).toMatchObject({ purpose: 'free', state: 'mined', tokensReceived });
        expect(tokensReceived).toBeGreaterThan(0n);
      });
    });

    describe('listening', () => {
      it('tells a request with its ask and the time it expires', async () => {
        const { requestId, request, at } = await post();
        expect(await told('StorageRequested')).toEqual([
          {
            name: 'StorageRequested',
            requestId,
            ask: request.ask,
            expiresAt: at + 3000,
            blockNumber: expect.any(Number),
            logIndex: expect.any(Number),
            transactionHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
          },
        ]);
      });

      it('tells nobody who unsubscribed, and every other even when one throws', async () => {
        const heard: MarketEvent[] = [];
        const left = market.subscribe((event) => heard.push(event));
        await post();
        await world.settle();
        left();
        market.subscribe(() => {
          throw new Error('a fault of the listener');
        });
        const late: MarketEvent[] = [];
        market.subscribe((event) => late.push(event));
        await post();
        await world.settle();
        expect([heard.length, late.length, events.length]).toEqual([1, 1, 2]);
      });
    });

    describe('looking back', () => {
      const all = async (range: { from: number; to?: number }) => {
        const found: StorageRequested[] = [];
        for await (const event of market.pastStorageRequests(range, on)) found.push(event);
        return found.map(({ requestId }) => requestId);
      };

      it('finds the requests posted between two times, both included, oldest first', async () => {
        const posted = [];
        for (let i = 0; i < 4; i++) {
          posted.push(await post());
          await world.setTime((await world.now()) + 100);
        }
        const ids = posted.map(({ requestId }) => requestId);
        const [first, second, third, last] = posted.map(({ at }) => at) as [number, number, number, number];
        expect(await all({ from: 0 })).toEqual(ids);
        expect(await all({ from: second, to: third })).toEqual(ids.slice(1, 3));
        expect(await all({ from: second + 1, to: third - 1 })).toEqual([]);
        expect(await all({ from: first + 1 })).toEqual(ids.slice(1));
        expect(await all({ from: last + 1_000_000 })).toEqual([]);
      });

      it('stops when it is called off', async () => {
        await post();
        await post();
        const controller = new AbortController();
        const take = async () => {
          for await (const _ of market.pastStorageRequests({ from: 0 }, controller)) controller.abort();
        };
        await expect(take()).rejects.toMatchObject({ name: 'AbortError' });
      });
    });

    it('does nothing for one who has called it off already', async () => {
      const { requestId, slotId } = await post();
      const called = { signal: AbortSignal.abort() };
      const before = await market.balances(on);
      await expect(market.reserveSlot(requestId, 0, called)).rejects.toMatchObject({ name: 'AbortError' });
      await expect(market.slotState(slotId(), called)).rejects.toMatchObject({ name: 'AbortError' });
      expect(await market.balances(on)).toEqual(before);
      expect(await market.canReserveSlot(requestId, 0, on)).toBe(true);
    });
  });
}
