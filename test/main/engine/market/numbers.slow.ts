/*
 * The numbers of marketplace.md §17 that concern a host, as our market brings them about and reads them, in both families;
 * and, by their R of §16, those of a host's money that §17 has no row for. Left out, because no host does or sees it: S2
 * and S5b are the client's, S5c needs the calls with two addresses, S14 the constructor, S15 is gas, which may differ, and
 * the row `seed` is another contract; of S4 the client's list of requests, of S10 `slotProbability`. The spec does not tell
 * V1 to V5 apart, but refers to §15. contracts-*.slow.ts hold all of it at the contract.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  slotIdOf,
  type Nonce,
  type RequestId,
  type SlotId,
} from '../../../../src/main/engine/contracts/ids.ts';
import type { MarketFamily } from '../../../../src/main/engine/contracts/family.ts';
import type { Market } from '../../../../src/main/engine/market/market.ts';
import { nobody } from '../../../support/contractscenario.ts';
import { someProof, zeroProof } from '../../../support/fakemarket.ts';
import { MarketHands } from '../../../support/markethands.ts';
import { onchainWorld, type OnchainWorld } from '../../../support/onchainworld.ts';
import { startTestChain, testConfig, type TestChain } from '../../../support/practicechain.ts';
import { drawOf, pointerOf } from '../../../support/proofdraw.ts';
import { aRequest, exampleClient, word, type RequestChanges } from '../../../support/requests.ts';
import type { TestAccount } from '../../../support/testcontract.ts';

let chain: TestChain;
beforeAll(async () => {
  chain = await startTestChain();
});
afterAll(() => chain.stop());

for (const family of ['direct', 'vault'] as const) {
  describe(`OnchainMarket by the numbers of the ${family} family`, () => numbersOf(family));
}

function numbersOf(family: MarketFamily): void {
  const on = { signal: new AbortController().signal };
  const isVault = family === 'vault';
  let world: OnchainWorld;
  let hands: MarketHands;
  let a: Market;
  let b: Market;
  let c: Market;
  /** The time of the example request: the first second of a period. */
  let T: number;
  let period: number;
  let validator: TestAccount;

  beforeEach(async () => {
    world = await onchainWorld(chain, family, testConfig);
    hands = new MarketHands(world);
    [a, b, c] = world.hosts;
    period = Math.floor((await chain.now()) / 300) + 1;
    T = period * 300;
    validator = chain.accounts[1] as TestAccount;
    await at(0);
  });
  afterEach(() => world.close());

  describe('A request', () => {
    it('S1: is told with its id and its times', async () => {
      const { token, marketplace } = world.deployment;
      const request = aRequest({ client: exampleClient, nonce: word<Nonce>(1) });
      const client = validator;
      await token.send(client, 'mint', [client.address, 105_696_460_800n]);
      await token.send(client, 'approve', [marketplace.address, 105_696_460_800n]);
      await marketplace.send(client, 'requestStorage', [request]);

      const requestId = '0x8011921af4b6b88c7c6b9f7ddbff4686aa191cfcd54b90c9731f4dbd282ba45b' as RequestId;
      expect(await hands.told('StorageRequested')).toMatchObject([{ requestId, expiresAt: T + 600 }]);
      expect(await a.getRequest(requestId, on)).toEqual(request);
      expect(await a.requestState(requestId, on)).toBe('new');
      expect(await a.requestEnd(requestId, on)).toBe(T + 3600);
      expect(await a.requestExpiresAt(requestId, on)).toBe(T + 600);
      expect(await world.tokensOf(client.address)).toBe(0n);
      expect(await inside()).toBe(105_696_460_800n);
      await at(10);
      await hands.fill(a, requestId, 3);
      expect(await a.mySlots(on)).toEqual([
        '0x56bf8298a7d99ea56275a71801025c3f2c1a6daaf9d9aea7a6c130b43549b465',
      ]);
    });

    it('S4: pays every host for its time when it has run to its end', async () => {
      const [{ requestId, slotId }, paidIn] = await started([60, 61, 120, 300]);
      expect(paidIn).toEqual([104_857_600n, 104_857_600n, 104_857_600n, 104_857_600n]);
      expect((await hands.told('SlotFilled', 'RequestFulfilled')).map(({ name }) => name)).toEqual([
        ...Array.from({ length: 4 }, () => 'SlotFilled'),
        'RequestFulfilled',
      ]);
      await at(3600);
      expect(await a.requestState(requestId, on)).toBe('started');
      expect(await a.slotState(slotId(0), on)).toBe('filled');
      await at(3601);
      expect(await a.requestState(requestId, on)).toBe('finished');
      expect(await a.slotState(slotId(0), on)).toBe('finished');

      const rewards = [25_983_713_280n, 25_976_373_248n, 25_543_311_360n, 24_222_105_600n];
      for (const [index, reward] of rewards.entries()) {
        expect(await payout(fillers()[index] as Market, slotId(index))).toBe(reward + 104_857_600n);
        expect(await a.slotState(slotId(index), on)).toBe('paid');
      }
      expect(await refund(requestId)).toBe(3_970_957_312n);
      expect(await inside()).toBe(0n);
      await expect(a.freeSlot(slotId(0), on)).rejects.toMatchObject({ code: 'ALREADY_PAID' });
    });

    it.each(['hosts', 'client'])(
      'S5a: pays up to its expiry when it never started, the %s first',
      async (first) => {
        const { requestId, slotId } = await post();
        await fill(a, requestId, 0, 100);
        await fill(b, requestId, 2, 250);
        await at(600);
        expect(await a.requestState(requestId, on)).toBe('new');
        expect(await a.slotState(slotId(0), on)).toBe('filled');
        await at(601);
        expect(await a.requestState(requestId, on)).toBe('cancelled');
        expect(await a.slotState(slotId(0), on)).toBe('cancelled');
        expect(await a.slotState(slotId(1), on)).toBe('free');

        if (first === 'client') expect(await refund(requestId)).toBe(99_457_433_600n);
        expect(await hands.told('RequestCancelled')).toHaveLength(first === 'client' && !isVault ? 1 : 0);
        expect(await payout(a, slotId(0))).toBe(3_670_016_000n + 104_857_600n);
        expect(await payout(b, slotId(2))).toBe(2_569_011_200n + 104_857_600n);
        if (first === 'hosts') expect(await refund(requestId)).toBe(99_457_433_600n);
        expect(await hands.told('RequestCancelled')).toHaveLength(isVault ? 0 : 1);
        expect(await inside()).toBe(0n);
        await expect(a.freeSlot(slotId(0), on)).rejects.toMatchObject({ code: 'ALREADY_PAID' });
      },
    );

    it('S13: is cancelled by the clock alone', async () => {
      const { requestId, slotId } = await post();
      await fill(a, requestId, 0, 100);
      await at(601);
      const latest = await world.deployment.marketplace.read(validator, 'requestState', [requestId]);
      expect(latest).toBe(0n);
      expect(await a.requestState(requestId, on)).toBe('cancelled');
      expect(await a.slotState(slotId(0), on)).toBe('cancelled');
    });
  });

  describe('A reservation', () => {
    it('S3: is had by three hosts, once each, and costs no tokens', async () => {
      const { requestId } = await post();
      const before = await a.balances(on);
      await a.reserveSlot(requestId, 1, on);
      await expect(a.reserveSlot(requestId, 1, on)).rejects.toMatchObject(notAllowed);
      await b.reserveSlot(requestId, 1, on);
      expect(await hands.told('SlotReservationsFull')).toEqual([]);
      const rival = chain.accounts[9] as TestAccount;
      await world.deployment.marketplace.send(rival, 'reserveSlot', [requestId, 1]);
      expect(await hands.told('SlotReservationsFull')).toMatchObject([{ requestId, slotIndex: 1 }]);
      expect(await c.canReserveSlot(requestId, 1, on)).toBe(false);
      await expect(c.reserveSlot(requestId, 1, on)).rejects.toMatchObject(notAllowed);
      expect((await a.balances(on)).tokens).toBe(before.tokens);
    });

    it('S3: is had of what does not exist, and is of no use there', async () => {
      const { requestId } = await post();
      await a.reserveSlot(word<RequestId>(404), 1, on);
      await a.reserveSlot(requestId, 99, on);
      await expect(a.fillSlot(requestId, 99, someProof, 104_857_600n, on)).rejects.toMatchObject(
        refusal('Marketplace_InvalidSlot'),
      );
    });

    it('S3: is had after the expiry, and is of no use then', async () => {
      const { requestId, slotId } = await post();
      await at(700);
      expect(await a.slotState(slotId(1), on)).toBe('free');
      expect(await a.canReserveSlot(requestId, 1, on)).toBe(true);
      await a.reserveSlot(requestId, 1, on);
      const late = a.fillSlot(requestId, 1, someProof, 104_857_600n, on);
      await expect(late).rejects.toMatchObject({ code: 'SLOT_NOT_FREE' });
      expect(await refund(requestId)).toBe(105_696_460_800n);
    });
  });

  describe('A missed proof', () => {
    it('S6a: is marked in the 59 seconds after its period', async () => {
      const { requestId, slotId } = await post({ expiry: 3500n });
      for (const index of [0, 1, 2]) await fill(a, requestId, index, 10);
      await expect(mark(slotId(0), 1, 600)).rejects.toThrow('Proofs_PeriodNotEnded');
      await mark(slotId(0), 1, 601);
      await expect(mark(slotId(0), 1, 601)).rejects.toThrow('Proofs_ProofAlreadyMarkedMissing');
      await mark(slotId(1), 1, 659);
      await expect(mark(slotId(2), 1, 660)).rejects.toThrow('Proofs_ValidationTimedOut');
      expect(await a.missingProofs(slotId(0), on)).toBe(1);
      expect(await a.currentCollateral(slotId(0), on)).toBe(83_886_080n);
      expect(await a.currentCollateral(slotId(1), on)).toBe(83_886_080n);
      expect(await a.currentCollateral(slotId(2), on)).toBe(104_857_600n);
    });

    it('S6a: costs a fifth of the collateral, and leaves the rest to be paid out', async () => {
      const [{ requestId, slotId }] = await started([60, 61, 62, 63]);
      await mark(slotId(0), 1, 601);
      expect(await a.currentCollateral(slotId(0), on)).toBe(104_857_600n - 20_971_520n);
      expect(await world.tokensOf(validator.address)).toBe(isVault ? 0n : 4_194_304n);
      expect(await world.tokensOf(nobody.address)).toBe(isVault ? 16_777_216n : 0n);
      await at(3601);
      expect(await payout(a, slotId(0))).toBe(25_983_713_280n + 83_886_080n);
      if (isVault) await payValidator(requestId);
      expect(await world.tokensOf(validator.address)).toBe(4_194_304n);
    });

    it('S6b: costs the slot when it is the second', async () => {
      const [{ requestId, slotId }] = await started([60, 61, 62, 63]);
      await mark(slotId(0), 1, 601);
      await mark(slotId(0), 2, 901);
      expect(await hands.told('SlotFreed', 'RequestFailed')).toMatchObject([
        { name: 'SlotFreed', requestId, slotIndex: 0 },
      ]);
      expect(await a.slotState(slotId(0), on)).toBe('repair');
      expect(await a.currentCollateral(slotId(0), on)).toBe(0n);
      expect(await a.getHost(slotId(0), on)).toBeUndefined();
      expect(await a.missingProofs(slotId(0), on)).toBe(0);
      expect(await a.mySlots(on)).toEqual([]);
      expect(await a.holdsReservation(requestId, 0, on)).toBe(false);
      expect(await a.canReserveSlot(requestId, 0, on)).toBe(true);
      await expect(a.freeSlot(slotId(0), on)).rejects.toMatchObject({
        code: 'NOT_THE_HOST',
        details: { revert: 'Marketplace_InvalidSlotHost' },
      });
      // With a vault, what was left of the collateral and what was earned in 841 seconds is burned, but for the repair reward.
      const burned = 2n * 16_777_216n + 104_857_600n - 2n * 20_971_520n - 10_485_760n + 841n * 7_340_032n;
      expect(await world.tokensOf(nobody.address)).toBe(isVault ? burned : 0n);
      await at(3601);
      if (isVault) await payValidator(requestId);
      expect(await world.tokensOf(validator.address)).toBe(8_388_608n);
    });

    it('S6c: leads to a repair, for which its host is paid in full and rewarded', async () => {
      const [{ requestId, slotId }] = await started([60, 61, 62, 63]);
      await mark(slotId(0), 1, 601);
      await mark(slotId(0), 2, 901);
      expect(await fill(a, requestId, 0, 1000)).toBe(isVault ? 104_857_600n : 94_371_840n);
      expect(await a.currentCollateral(slotId(0), on)).toBe(104_857_600n);
      expect(await hands.told('RequestFulfilled')).toHaveLength(1);

      await at(3601);
      expect(await payout(a, slotId(0))).toBe(isVault ? 19_188_940_800n + 10_485_760n : 19_188_940_800n);
      for (const index of [1, 2, 3]) {
        const reward = BigInt(3540 - index) * 7_340_032n;
        expect(await payout(fillers()[index] as Market, slotId(index))).toBe(reward + 104_857_600n);
      }
      // With a vault the client has back the seconds that were vacant, and not those that were burned.
      expect(await refund(requestId)).toBe(isVault ? 345n * 7_340_032n : 8_705_277_952n);
      if (isVault) await payValidator(requestId);
      expect(await inside()).toBe(isVault ? 0n : 85_983_232n);
    });

    it('S11: is one only where the pointer is past the downtime in the block that marks it', async () => {
      const { requestId, slotId } = await post({ expiry: 3500n });
      await fill(a, requestId, 0, 10);
      await bringPointerTo(31, slotId(0), 1);
      await at(601);
      const marking = () => world.markProofAsMissing(slotId(0), period + 1);
      await expect(marking()).rejects.toThrow('Proofs_ProofNotRequired');
      expect(await a.currentCollateral(slotId(0), on)).toBe(104_857_600n);
      // The one that was refused was mined as well.
      await marking();
      expect(await a.currentCollateral(slotId(0), on)).toBe(83_886_080n);
    });
  });

  describe('A proof', () => {
    it('S10: is drawn by the published rule in 256 of 256 blocks', async () => {
      const { requestId, slotId } = await post({
        ask: { proofProbability: 4n, duration: 20_000n },
        expiry: 19_000n,
      });
      await fill(a, requestId, 0, 10);
      for (let block = 0; block < 256; block++) {
        const present = period + 1 + Math.floor(block / 16);
        if (block % 16 === 0) await at((present - period) * 300);
        const answer = await draw(slotId(0));
        // What was said of the pending block is held against that block once it is mined.
        await chain.mine(1, 0);
        const slot = { id: slotId(0), period: present, oddsAgainst: 3n };
        expect(answer).toEqual(await drawOf(chain.provider, slot));
      }
    });

    it('S10: is taken from the host, once a period, and not when it is zero', async () => {
      const { requestId, slotId } = await post({ expiry: 3500n });
      await fill(a, requestId, 0, 10);
      const again = a.submitProof(slotId(0), someProof, on);
      await expect(again).rejects.toMatchObject({ code: 'PROOF_ALREADY_SUBMITTED' });
      await at(300);
      await expect(a.submitProof(slotId(0), zeroProof, on)).rejects.toMatchObject({ code: 'PROOF_INVALID' });
      await expect(b.submitProof(slotId(0), someProof, on)).rejects.toMatchObject({
        code: 'NOT_THE_HOST',
        details: { revert: 'Marketplace_ProofNotSubmittedByHost' },
      });
      await a.submitProof(slotId(0), someProof, on);
      await expect(mark(slotId(0), 1, 601)).rejects.toThrow('Proofs_ProofNotMissing');
      expect(await a.currentCollateral(slotId(0), on)).toBe(104_857_600n);
    });

    it('S10: is taken even when its request was cancelled, and changes no payout', async () => {
      const { requestId, slotId } = await post();
      await fill(a, requestId, 0, 100);
      await at(5000);
      expect(await a.slotState(slotId(0), on)).toBe('cancelled');
      await a.submitProof(slotId(0), someProof, on);
      expect(await payout(a, slotId(0))).toBe(3_670_016_000n + 104_857_600n);
    });
  });

  it('S11: an unknown id is answered without an error where there is an answer', async () => {
    const request = word<RequestId>(404);
    const slot = slotIdOf(request, 0);
    expect(await a.getRequest(request, on)).toBeUndefined();
    expect(await a.requestState(request, on)).toBeUndefined();
    await expect(a.requestEnd(request, on)).rejects.toMatchObject({ code: 'UNKNOWN_REQUEST' });
    await expect(a.requestExpiresAt(request, on)).rejects.toMatchObject({ code: 'UNKNOWN_REQUEST' });
    await expect(a.fillSlot(request, 0, someProof, 1n, on)).rejects.toMatchObject({
      code: 'UNKNOWN_REQUEST',
    });
    expect(await a.slotState(slot, on)).toBe('free');
    expect(await a.getHost(slot, on)).toBeUndefined();
    expect(await a.getActiveSlot(slot, on)).toBeUndefined();
    expect(await a.currentCollateral(slot, on)).toBe(0n);
    expect(await a.missingProofs(slot, on)).toBe(0);
    expect(await draw(slot)).toMatchObject({ isRequired: false, willBeRequired: false });
    await expect(a.freeSlot(slot, on)).rejects.toMatchObject({ code: 'SLOT_IS_FREE' });
    await expect(a.submitProof(slot, someProof, on)).rejects.toMatchObject({ code: 'UNKNOWN_REQUEST' });
  });

  if (!isVault) {
    it('S5d: a slot filled in the very second of the expiry is never paid', async () => {
      const { requestId, slotId } = await post();
      expect(await fill(a, requestId, 0, 600)).toBe(104_857_600n);
      expect(await a.slotState(slotId(0), on)).toBe('filled');
      const never = async () =>
        expect(a.freeSlot(slotId(0), on)).rejects.toMatchObject(refusal('Marketplace_StartNotBeforeExpiry'));
      await at(601);
      await never();
      expect(await refund(requestId)).toBe(105_696_460_800n);
      await at(1_000_000);
      await never();
      expect(await inside()).toBe(104_857_600n);
    });

    it('R18, R24: a slot given up loses its collateral, and is cheaper to fill even before the start', async () => {
      const { requestId, slotId } = await post();
      await fill(a, requestId, 0, 1);
      expect(await payout(a, slotId(0))).toBe(0n);
      expect(await a.slotState(slotId(0), on)).toBe('repair');
      expect(await inside()).toBe(105_696_460_800n + 104_857_600n);
      expect(await fill(b, requestId, 0, 300)).toBe(94_371_840n);
      await at(601);
      expect(await payout(b, slotId(0))).toBe(300n * 7_340_032n + 104_857_600n);
      expect(await refund(requestId)).toBe(105_696_460_800n - 300n * 7_340_032n);
      expect(await inside()).toBe(94_371_840n);
    });

    it('R23: a failed request pays its hosts nothing and its client the whole price', async () => {
      const [{ requestId, slotId }] = await started([60, 61, 62, 63]);
      await at(1000);
      for (const index of [0, 1, 2]) expect(await payout(fillers()[index] as Market, slotId(index))).toBe(0n);
      expect(await a.requestState(requestId, on)).toBe('failed');
      expect(await a.requestEnd(requestId, on)).toBe(T + 1000);
      expect(await payout(c, slotId(3))).toBe(0n);
      expect(await refund(requestId)).toBe(105_696_460_800n);
      expect(await inside()).toBe(419_430_400n);
    });

    it('R26: a repair comes too late in the second of the end', async () => {
      const [{ requestId, slotId }] = await started([60, 61, 62, 63]);
      await a.freeSlot(slotId(0), on);
      await at(3600);
      await expect(hands.fill(a, requestId, 0)).rejects.toMatchObject(
        refusal('Marketplace_StartNotBeforeExpiry'),
      );
    });
  }

  if (isVault) {
    it('S5d: a fill in the very second of the expiry is refused, and nothing is taken', async () => {
      const { requestId, slotId } = await post();
      const before = await a.balances(on);
      await at(600);
      await expect(hands.fill(a, requestId, 0)).rejects.toMatchObject(fundIsOpen);
      expect((await a.balances(on)).tokens).toBe(before.tokens);
      expect(await a.slotState(slotId(0), on)).toBe('free');
      await at(601);
      expect(await refund(requestId)).toBe(105_696_460_800n);
      expect(await inside()).toBe(0n);
    });

    it('V1–V5: collateral lies in the vault, never with the marketplace', async () => {
      const { requestId } = await post();
      expect(await fill(a, requestId, 0, 60)).toBe(104_857_600n);
      expect(await inside()).toBe(105_696_460_800n + 104_857_600n);
      expect(await world.tokensOf(world.deployment.marketplace.address)).toBe(0n);
    });

    it('V1–V5: the fund opens in the second of the end, the payout of our market a second later', async () => {
      const [{ requestId, slotId }] = await started([60, 61, 120, 300]);
      await at(3599);
      await expect(refund(requestId)).rejects.toThrow('VaultFundNotUnlocked');
      await at(3600);
      expect(await a.slotState(slotId(0), on)).toBe('filled');
      await expect(a.freeSlot(slotId(0), on)).rejects.toMatchObject(fundIsOpen);
      expect(await refund(requestId)).toBe(3_970_957_312n);
      await at(3601);
      expect(await payout(a, slotId(0))).toBe(25_983_713_280n + 104_857_600n);
    });

    it('V1–V5: a slot given up after a slash burns collateral and earnings, but for the repair reward', async () => {
      const [{ requestId, slotId }] = await started([60, 61, 62, 63]);
      await mark(slotId(0), 1, 601);
      await at(700);
      expect(await payout(a, slotId(0))).toBe(0n);
      expect(await world.tokensOf(nobody.address)).toBe(4_787_798_016n);
      expect(await a.slotState(slotId(0), on)).toBe('repair');
      // Nobody repairs it: the reward for that goes back to the client.
      await at(3601);
      for (const index of [1, 2, 3]) await payout(fillers()[index] as Market, slotId(index));
      const vacant = BigInt(60 + 61 + 62 + 63 + 2900);
      expect(await refund(requestId)).toBe(vacant * 7_340_032n + 10_485_760n);
      await payValidator(requestId);
      expect(await world.tokensOf(validator.address)).toBe(4_194_304n);
      expect(await inside()).toBe(0n);
    });

    it('V1–V5: the reward of a repair is lost by who is put out himself, and had by the next', async () => {
      const [{ requestId, slotId }] = await started([60, 61, 62, 63]);
      await at(400);
      expect(await payout(a, slotId(0))).toBe(0n);
      expect(await fill(b, requestId, 0, 700)).toBe(104_857_600n);
      const before = await world.tokensOf(nobody.address);
      expect(before).toBe(340n * 7_340_032n + 104_857_600n - 10_485_760n);
      await at(800);
      expect(await payout(b, slotId(0))).toBe(0n);
      expect((await world.tokensOf(nobody.address)) - before).toBe(100n * 7_340_032n + 104_857_600n);
      expect(await fill(c, requestId, 0, 1000)).toBe(104_857_600n);
      await at(3601);
      expect(await payout(c, slotId(0))).toBe(19_188_940_800n + 10_485_760n);
    });

    it('V1–V5: a failed request pays at its planned end, its hosts for the time until the failure', async () => {
      const [{ requestId, slotId }] = await started([60, 60, 60, 60]);
      for (const index of [0, 1, 2]) {
        await at(400 + index);
        expect(await payout(fillers()[index] as Market, slotId(index))).toBe(0n);
      }
      expect(await hands.told('RequestFailed')).toMatchObject([{ requestId }]);
      expect(await c.slotState(slotId(3), on)).toBe('failed');
      expect(await c.requestEnd(requestId, on)).toBe(T + 3600);
      const lost = (340n + 341n + 342n) * 7_340_032n + 3n * (104_857_600n - 10_485_760n);
      expect(await world.tokensOf(nobody.address)).toBe(lost);
      await at(3599);
      await expect(c.freeSlot(slotId(3), on)).rejects.toMatchObject({ code: 'TOO_EARLY' });
      expect(await c.currentCollateral(slotId(3), on)).toBe(104_857_600n);
      await at(3600);
      expect(await payout(c, slotId(3))).toBe(342n * 7_340_032n + 104_857_600n);
      expect(await refund(requestId)).toBe(95_708_774_400n);
      expect(await inside()).toBe(0n);
      await expect(c.freeSlot(slotId(3), on)).rejects.toMatchObject({ code: 'ALREADY_PAID' });
    });

    it('V1–V5: a repair comes too late in the second of the end', async () => {
      const [{ requestId, slotId }] = await started([60, 61, 62, 63]);
      await a.freeSlot(slotId(0), on);
      await at(3600);
      await expect(hands.fill(a, requestId, 0)).rejects.toMatchObject(fundIsOpen);
    });

    it('V1–V5: a collateral beyond 128 bits is refused at the fill', async () => {
      const { requestId } = await post({ ask: { collateralPerByte: 2n ** 108n } });
      await expect(hands.fill(a, requestId, 0)).rejects.toMatchObject(refusal('Panic'));
    });
  }

  const notAllowed = { code: 'SLOT_RESERVATION_NOT_ALLOWED' };
  const fundIsOpen = { code: 'TOO_LATE', details: { revert: 'VaultFundNotLocked' } };
  const refusal = (revert: string) => ({ code: 'REVERTED', details: { revert } });

  /** What is mined from now on is that many seconds after T; so is what is asked of the pending block. */
  const at = (seconds: number) => world.freezeAt(T + seconds);

  /** The example request E of §17, changed as told. */
  const post = ({ ask, ...changes }: RequestChanges = {}) =>
    hands.post({ expiry: 600n, ...changes, ask: { duration: 3600n, ...ask } });

  /** Who fills slots 0 to 3. */
  const fillers = () => [a, b, c, c];

  /** Every slot filled that many seconds after T; and what each host put in. */
  const started = async (seconds: readonly number[]) => {
    const posted = await post();
    const paidIn: bigint[] = [];
    for (const [index, second] of seconds.entries())
      paidIn.push(await fill(fillers()[index] as Market, posted.requestId, index, second));
    return [posted, paidIn] as const;
  };

  /** Answers what the host put in. */
  const fill = async (host: Market, requestId: RequestId, index: number, seconds: number) => {
    await at(seconds);
    const before = await host.balances(on);
    const { filledAt } = await hands.fill(host, requestId, index);
    expect(filledAt).toBe(T + seconds);
    return before.tokens - (await host.balances(on)).tokens;
  };

  /** What the host got, as its balance and its transaction say alike. */
  const payout = async (host: Market, slotId: SlotId) => {
    const { paid, told } = await hands.paidBy(() => host.freeSlot(slotId, on), host);
    expect(told).toBe(paid);
    return paid;
  };

  const refund = async (requestId: RequestId) => {
    const { address } = world.client;
    const before = await world.tokensOf(address);
    await world.withdrawFunds(requestId);
    return (await world.tokensOf(address)) - before;
  };

  const payValidator = (requestId: RequestId) =>
    world.deployment.marketplace.send(validator, 'withdrawByValidator', [requestId]);

  /** Tokens that the contracts hold. */
  const inside = () => world.tokensOf(world.deployment.treasury.address);

  /** A validator marks the period that many after T's, in a block in which the slot's pointer is past the downtime. */
  const mark = async (slotId: SlotId, periods: number, seconds: number) => {
    const pointer = await nextPointer(slotId, periods);
    if (pointer < 32) await chain.mine(32 - pointer, 0);
    await at(seconds);
    await world.markProofAsMissing(slotId, period + periods);
  };

  /** Mines until the next block has that pointer for the slot and the period that many after T's. */
  const bringPointerTo = async (target: number, slotId: SlotId, periods: number) => {
    const blocks = (target - (await nextPointer(slotId, periods)) + 256) % 256;
    if (blocks > 0) await chain.mine(blocks, 0);
  };

  const nextPointer = async (slotId: SlotId, periods: number) =>
    pointerOf(slotId, period + periods, (await chain.provider.getBlockNumber()) + 1);

  /** What the market says of the slot's proof in the pending block. */
  const draw = async (slotId: SlotId) => {
    const [pointer, challenge, isRequired, willBeRequired] = await Promise.all([
      a.getPointer(slotId, on),
      a.getChallenge(slotId, on),
      a.isProofRequired(slotId, on),
      a.willProofBeRequired(slotId, on),
    ]);
    return { pointer: BigInt(pointer), challenge, isRequired, willBeRequired };
  };
}
