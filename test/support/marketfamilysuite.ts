import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketFamily } from '../../src/main/engine/contracts/family.ts';
import { collateralPerSlot, pricePerSlotPerSecond } from '../../src/main/engine/contracts/requests.ts';
import type { Market } from '../../src/main/engine/market/market.ts';
import { someProof } from './fakemarket.ts';
import { MarketHands, type MarketWorld } from './markethands.ts';

/** What the families of marketplaces do differently, as far as it concerns a host (marketplace.md §15). */
export function familySuite(
  name: string,
  family: MarketFamily,
  createWorld: () => Promise<MarketWorld>,
): void {
  describe(`${name} with the money rules of the ${family} family`, () => {
    const on = { signal: new AbortController().signal };
    let world: MarketWorld;
    let hands: MarketHands;
    let market: Market;
    let other: Market;

    beforeEach(async () => {
      world = await createWorld();
      hands = new MarketHands(world);
      ({ market, other } = hands);
    });
    afterEach(() => world.close());

    /** Slot 0 of a request, taken from the other host in the period before this one. */
    const inRepair = async () => {
      const posted = await hands.post({ ask: { slots: 1n, maxSlotLoss: 1n } });
      await hands.fill(other, posted.requestId);
      await other.freeSlot(posted.slotId(), on);
      await hands.nextPeriod();
      return { ...posted, full: collateralPerSlot(posted.request.ask) };
    };

    /** Slot 1 is ours in a request that failed as the other host lost slot 0. */
    const failed = async () => {
      const posted = await hands.post({ ask: { slots: 2n, maxSlotLoss: 0n } });
      await hands.fill(other, posted.requestId, 0);
      const { filledAt } = await hands.fill(market, posted.requestId, 1);
      const { minedAt } = await other.freeSlot(posted.slotId(0), on);
      expect(await market.slotState(posted.slotId(1), on)).toBe('failed');
      return { ...posted, filledAt, failedAt: minedAt };
    };

    const filledInTheSecondOfTheExpiry = async () => {
      const { requestId, at, slotId } = await hands.post();
      await hands.reserve(market, requestId);
      const due = await hands.due(requestId);
      await world.setTime(at + 2999);
      await world.freezeAt(at + 3000);
      return { slotId, fill: market.fillSlot(requestId, 0, someProof, due, on) };
    };

    if (family === 'direct') {
      it('gives the one who repairs a slot a discount, and records the full collateral', async () => {
        const { requestId, slotId, full } = await inRepair();
        expect(await hands.due(requestId)).toBe(full - full / 10n);
        const before = await market.balances(on);
        await hands.fill(market, requestId);
        expect(before.tokens - (await market.balances(on)).tokens).toBe(full - full / 10n);
        expect(await market.currentCollateral(slotId(), on)).toBe(full);
      });

      it('pays a slot once, and keeps its collateral on record', async () => {
        const { request, at, slotId } = await hands.running();
        await world.setTime(at + 14_401);
        await market.freeSlot(slotId(), on);
        await expect(market.freeSlot(slotId(), on)).rejects.toMatchObject({ code: 'ALREADY_PAID' });
        expect(await market.currentCollateral(slotId(), on)).toBe(collateralPerSlot(request.ask));
      });

      it('pays nothing for a slot of a failed request; leaving it takes it off the list', async () => {
        const { slotId } = await failed();
        expect(await market.requestEnd((await failed()).requestId, on)).toBeLessThan((await world.now()) + 5);
        expect(await hands.paidBy(() => market.freeSlot(slotId(1), on))).toEqual({ paid: 0n, told: 0n });
        expect(await market.mySlots(on)).not.toContain(slotId(1));
      });

      it('takes a fill in the very second of the expiry, and never pays it out', async () => {
        const { slotId, fill } = await filledInTheSecondOfTheExpiry();
        await fill;
        expect(await market.slotState(slotId(), on)).toBe('filled');
        await world.setTime((await world.now()) + 1);
        expect(await market.slotState(slotId(), on)).toBe('cancelled');
        await expect(market.freeSlot(slotId(), on)).rejects.toMatchObject({
          code: 'REVERTED',
          details: { revert: 'Marketplace_StartNotBeforeExpiry' },
        });
      });

      it('tells a cancellation when the client takes the money back', async () => {
        const { requestId, at } = await hands.post();
        await world.setTime(at + 3001);
        expect(await hands.told('RequestCancelled')).toEqual([]);
        await world.withdrawFunds(requestId);
        expect(await hands.told('RequestCancelled')).toMatchObject([{ requestId }]);
      });
    }

    if (family === 'vault') {
      it('takes the full collateral for a repair, and pays the reward for it with the payout', async () => {
        const { requestId, request, at, slotId, full } = await inRepair();
        expect(await hands.due(requestId)).toBe(full);
        const before = await market.balances(on);
        const { filledAt } = await hands.fill(market, requestId);
        expect(before.tokens - (await market.balances(on)).tokens).toBe(full);
        await world.setTime(at + 14_401);
        const earned = BigInt(at + 14_400 - filledAt) * pricePerSlotPerSecond(request.ask);
        const brought = earned + full + full / 10n;
        expect(await hands.paidBy(() => market.freeSlot(slotId(), on))).toEqual({
          paid: brought,
          told: brought,
        });
      });

      it('calls a slot paid whose collateral is gone, and pays it once', async () => {
        const { at, slotId } = await hands.running();
        await world.setTime(at + 14_401);
        expect(await market.slotState(slotId(), on)).toBe('finished');
        await market.freeSlot(slotId(), on);
        expect(await market.currentCollateral(slotId(), on)).toBe(0n);
        expect(await market.slotState(slotId(), on)).toBe('paid');
        const { tokens } = await market.balances(on);
        await expect(market.freeSlot(slotId(), on)).rejects.toMatchObject({ code: 'ALREADY_PAID' });
        expect((await market.balances(on)).tokens).toBe(tokens);
      });

      it('calls a slot of an expired request paid once it was', async () => {
        const { requestId, at, slotId } = await hands.post();
        await hands.fill(market, requestId);
        await world.setTime(at + 3001);
        expect(await market.slotState(slotId(), on)).toBe('cancelled');
        await market.freeSlot(slotId(), on);
        expect(await market.slotState(slotId(), on)).toBe('paid');
        expect(await market.requestState(requestId, on)).toBe('cancelled');
      });

      it('pays the hosts of a failed request at its planned end: until the failure, and the collateral', async () => {
        const { requestId, request, at, slotId, filledAt, failedAt } = await failed();
        expect(await market.requestEnd(requestId, on)).toBe(at + 14_400);
        await expect(market.freeSlot(slotId(1), on)).rejects.toMatchObject({ code: 'TOO_EARLY' });
        expect(await market.mySlots(on)).toEqual([slotId(1)]);
        await world.setTime(at + 14_401);
        expect(await market.slotState(slotId(1), on)).toBe('failed');
        const earned = BigInt(failedAt - filledAt) * pricePerSlotPerSecond(request.ask);
        const brought = earned + collateralPerSlot(request.ask);
        expect(await hands.paidBy(() => market.freeSlot(slotId(1), on))).toEqual({
          paid: brought,
          told: brought,
        });
        expect(await market.slotState(slotId(1), on)).toBe('paid');
      });

      it('burns what a host had earned who is thrown out or gives up', async () => {
        const { requestId, at, slotId } = await hands.running();
        expect(await hands.paidBy(() => market.freeSlot(slotId(), on))).toEqual({ paid: 0n, told: 0n });
        expect(await market.currentCollateral(slotId(), on)).toBe(0n);
        await world.setTime(at + 14_401);
        const { tokens } = await market.balances(on);
        await expect(market.freeSlot(slotId(), on)).rejects.toThrow();
        expect((await market.balances(on)).tokens).toBe(tokens);
        expect(await market.requestState(requestId, on)).toBe('failed');
      });

      it('refuses a fill in the very second of the expiry as too late, and takes nothing', async () => {
        const before = await market.balances(on);
        const { slotId, fill } = await filledInTheSecondOfTheExpiry();
        await expect(fill).rejects.toMatchObject({ code: 'TOO_LATE' });
        expect((await market.balances(on)).tokens).toBe(before.tokens);
        expect(await market.slotState(slotId(), on)).toBe('free');
      });

      it('tells no cancellation, not even when the client takes the money back', async () => {
        const { requestId, at } = await hands.post();
        await world.setTime(at + 3001);
        await world.withdrawFunds(requestId);
        expect(await hands.told('RequestCancelled')).toEqual([]);
      });
    }
  });
}
