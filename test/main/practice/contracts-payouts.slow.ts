import { describe, expect, test } from 'vitest';
import {
  T,
  collateral,
  price,
  requestStates,
  slotStates,
  useScenario,
} from '../../support/contractscenario.ts';

const scenario = useScenario();
const end = T + 3600;

describe('A request that runs to its end (S4)', () => {
  const filledAt = [T + 60, T + 61, T + 120, T + 300];
  const rewards = [25_983_713_280n, 25_976_373_248n, 25_543_311_360n, 24_222_105_600n];
  const refund = 3_970_957_312n;

  test('starts with the last fill and finishes one second after its end', async () => {
    const { id, slots } = await scenario().request();
    for (const [index, time] of filledAt.slice(0, 3).entries()) await scenario().fill(index, id, index, time);
    expect(await scenario().read('requestState', id)).toBe(requestStates.new);
    const last = await scenario().fill(3, id, 3, T + 300);
    expect(scenario().story(last)).toEqual([
      'ProofSubmitted',
      `Transfer ${collateral}`,
      'SlotFilled',
      'RequestFulfilled',
    ]);
    expect(await scenario().read('requestState', id)).toBe(requestStates.started);

    await scenario().chain.setTime(end);
    expect(await scenario().read('requestState', id)).toBe(requestStates.started);
    expect(await scenario().read('slotState', slots[0])).toBe(slotStates.filled);
    await scenario().chain.setTime(end + 1);
    expect(await scenario().read('requestState', id)).toBe(requestStates.finished);
    expect(await scenario().read('slotState', slots[0])).toBe(slotStates.finished);
    expect(await scenario().read('requestEnd', id)).toBe(BigInt(end));
  });

  test('pays every host for its time and gives the client the rest', async () => {
    const { client, market } = scenario();
    const before = await scenario().balance(client);
    const { id, slots } = await scenario().started(filledAt);
    await scenario().chain.setTime(end + 1);
    expect(await scenario().read('myRequests')).toEqual([id]);

    for (const [index, slot] of slots.entries()) {
      const sent = await scenario().free(index, slot);
      expect(scenario().story(sent)).toEqual([`Transfer ${rewards[index]}`, `Transfer ${collateral}`]);
      expect(await scenario().read('slotState', slot)).toBe(slotStates.paid);
      // The first payout already hides the request from its client's list (R22).
      expect(await scenario().read('myRequests')).toEqual([]);
    }
    expect(await scenario().gain(client, () => scenario().withdraw(id))).toBe(refund);

    expect(before - (await scenario().balance(client))).toBe(101_725_503_488n);
    expect(await scenario().balance(market)).toBe(0n);
    await expect(scenario().free(0, slots[0])).rejects.toThrow('Marketplace_AlreadyPaid');
    await expect(scenario().withdraw(id)).rejects.toThrow('Marketplace_NothingToWithdraw');
  });

  test('keeps host, collateral and slot readable after the payout (R25)', async () => {
    const { slots } = await scenario().started(filledAt);
    await scenario().chain.setTime(end + 1);
    expect(await scenario().market.read(scenario().host(0), 'mySlots')).toEqual([slots[0]]);
    await scenario().free(0, slots[0]);
    expect(await scenario().market.read(scenario().host(0), 'mySlots')).toEqual([]);
    expect(String(await scenario().read('getHost', slots[0])).toLowerCase()).toBe(scenario().host(0).address);
    expect(await scenario().read('currentCollateral', slots[0])).toBe(collateral);
    expect(await scenario().read('getActiveSlot', slots[0])).toMatchObject([expect.anything(), 0n]);
  });

  test('has nothing to withdraw when no second was vacant (R21)', async () => {
    const { id, slots } = await scenario().started([T, T, T, T]);
    await scenario().chain.setTime(end + 1);
    await expect(scenario().withdraw(id)).rejects.toThrow('Marketplace_NothingToWithdraw');
    expect(await scenario().read('myRequests')).toEqual([id]);
    await scenario().free(0, slots[0]);
    expect(await scenario().read('myRequests')).toEqual([]);
  });

  test('moves zero amounts like any other (R4)', async () => {
    const { id, slots } = await scenario().started([T, T, T, T], { ask: { slotSize: 0n } });
    await scenario().chain.setTime(end + 1);
    expect(scenario().story(await scenario().free(0, slots[0]))).toEqual(['Transfer 0', 'Transfer 0']);
    await expect(scenario().withdraw(id)).rejects.toThrow('Marketplace_NothingToWithdraw');
  });

  test('cannot be withdrawn before, nor by anyone else', async () => {
    const { id } = await scenario().started(filledAt);
    await expect(scenario().withdraw(id)).rejects.toThrow('Marketplace_InvalidState');
    await expect(scenario().send(scenario().host(0), 'withdrawFunds(bytes32)', [id])).rejects.toThrow(
      'Marketplace_InvalidClientAddress',
    );
  });
});

describe('A request that loses too many slots (R23)', () => {
  test('fails, gives the client the whole price and the hosts nothing', async () => {
    const { client, market } = scenario();
    const { id, slots } = await scenario().started();
    for (const index of [0, 1] as const) {
      expect(scenario().story(await scenario().free(index, slots[index], T + 1000))).toEqual(['SlotFreed']);
    }
    expect(await scenario().read('requestState', id)).toBe(requestStates.started);
    expect(scenario().story(await scenario().free(2, slots[2], T + 1000))).toEqual([
      'SlotFreed',
      'RequestFailed',
    ]);

    expect(await scenario().read('requestState', id)).toBe(requestStates.failed);
    expect(await scenario().read('requestEnd', id)).toBe(BigInt(T + 1000));
    expect(await scenario().read('slotState', slots[0])).toBe(slotStates.failed);
    expect(await scenario().read('slotState', slots[3])).toBe(slotStates.failed);
    // The host that did nothing wrong gets nothing either, as often as it asks.
    expect(scenario().story(await scenario().free(3, slots[3]))).toEqual([]);
    expect(scenario().story(await scenario().free(3, slots[3]))).toEqual([]);
    expect(await scenario().market.read(scenario().host(3), 'mySlots')).toEqual([]);
    expect(await scenario().gain(client, () => scenario().withdraw(id))).toBe(price);
    expect(await scenario().balance(market)).toBe(4n * collateral);
    await expect(scenario().withdraw(id)).rejects.toThrow('Marketplace_NothingToWithdraw');
    await scenario().chain.setTime(end + 10);
    expect(await scenario().read('requestEnd', id)).toBe(BigInt(end));
  });

  test('does not fail before it has started, whatever is given up', async () => {
    const { id, slots } = await scenario().request({ ask: { maxSlotLoss: 0n } });
    await scenario().fill(0, id, 0, T + 10);
    expect(scenario().story(await scenario().free(0, slots[0], T + 20))).toEqual(['SlotFreed']);
    expect(await scenario().read('requestState', id)).toBe(requestStates.new);
    // Nobody keeps what the host had earned: the client is charged for present hosts only.
    await scenario().chain.setTime(T + 601);
    expect(await scenario().gain(scenario().client, () => scenario().withdraw(id))).toBe(price);
  });
});
