import { describe, expect, test } from 'vitest';
import {
  T,
  collateral,
  nobody,
  price,
  rate,
  requestStates,
  useScenario,
  vaultSlotStates,
} from '../../support/contractscenario.ts';

const scenario = useScenario('vault');
const end = T + 3600;

describe('A request of the vault family that runs to its end (S4)', () => {
  const filledAt = [T + 60, T + 61, T + 120, T + 300];
  const rewards = [25_983_713_280n, 25_976_373_248n, 25_543_311_360n, 24_222_105_600n];

  test('brings collateral by way of the marketplace to the vault, and starts with the last fill', async () => {
    const { market, treasury } = scenario();
    const { id, slots } = await scenario().request();
    for (const [index, time] of filledAt.slice(0, 3).entries()) await scenario().fill(index, id, index, time);
    const last = await scenario().fill(3, id, 3, T + 300);
    expect(scenario().story(last)).toEqual([
      'ProofSubmitted',
      `Transfer ${collateral}`,
      `Transfer ${collateral}`,
      'SlotFilled',
      'RequestFulfilled',
    ]);
    expect(await scenario().balance(market)).toBe(0n);
    expect(await scenario().balance(treasury)).toBe(price + 4n * collateral);
    expect(await scenario().read('requestState', id)).toBe(requestStates.started);
    await scenario().chain.setTime(end + 1);
    expect(await scenario().read('requestState', id)).toBe(requestStates.finished);
    expect(await scenario().read('slotState', slots[0])).toBe(vaultSlotStates.finished);
    expect(await scenario().read('requestEnd', id)).toBe(BigInt(end));
  });

  test('pays every host and the client what they get in the direct family', async () => {
    const { client, treasury } = scenario();
    const before = await scenario().balance(client);
    const { id, slots } = await scenario().started(filledAt);
    await scenario().chain.setTime(end + 1);
    for (const [index, slot] of slots.entries()) {
      const sent = await scenario().free(index, slot);
      expect(scenario().story(sent)).toEqual([`Transfer ${(rewards[index] ?? 0n) + collateral}`]);
    }
    expect(await scenario().gain(client, () => scenario().withdraw(id))).toBe(3_970_957_312n);
    expect(before - (await scenario().balance(client))).toBe(101_725_503_488n);
    expect(await scenario().balance(treasury)).toBe(0n);
  });

  test('leaves a paid slot finished, without collateral, and pays it no second time', async () => {
    const host = scenario().host(0);
    const { slots } = await scenario().started(filledAt);
    await scenario().chain.setTime(end + 1);
    expect(await scenario().read('currentCollateral', slots[0])).toBe(collateral);
    await scenario().free(0, slots[0]);
    expect(await scenario().read('slotState', slots[0])).toBe(vaultSlotStates.finished);
    expect(await scenario().read('currentCollateral', slots[0])).toBe(0n);
    expect(String(await scenario().read('getHost', slots[0])).toLowerCase()).toBe(host.address);
    expect(await scenario().market.read(host, 'mySlots')).toEqual([]);
    expect(scenario().story(await scenario().free(0, slots[0]))).toEqual([]);
    expect(await scenario().read('getActiveSlot', slots[0])).toMatchObject([expect.anything(), 0n]);
    await expect(scenario().free(1, slots[0])).rejects.toThrow('Marketplace_InvalidSlotHost');
  });

  test('opens its fund with the second of the end, in which the slots are still filled', async () => {
    const { client } = scenario();
    const { id, slots } = await scenario().started(filledAt);
    await scenario().chain.setTime(end - 1);
    await expect(scenario().read('withdrawFunds', id)).rejects.toThrow('VaultFundNotUnlocked');
    await scenario().chain.setTime(end);
    expect(await scenario().read('requestState', id)).toBe(requestStates.started);
    // A give-up, too late to cost anything: the fund takes no orders any more.
    await expect(scenario().free(0, slots[0])).rejects.toThrow('VaultFundNotLocked');
    expect(await scenario().gain(client, () => scenario().withdraw(id))).toBe(3_970_957_312n);
    await scenario().chain.setTime(end + 1);
    expect(await scenario().gain(scenario().host(0), () => scenario().free(0, slots[0]))).toBe(
      3540n * rate + collateral,
    );
  });

  test('is no business of the expiry once it has started', async () => {
    const { id } = await scenario().started(filledAt);
    await scenario().chain.setTime(T + 700);
    await expect(scenario().withdraw(id)).rejects.toThrow('VaultFundNotUnlocked');
  });
});

describe('A request of the vault family that loses too many slots', () => {
  test('holds all money until its planned end, and then pays who stayed for the time until the failure', async () => {
    const { client, treasury } = scenario();
    const { id, slots } = await failed();
    expect(await scenario().read('requestState', id)).toBe(requestStates.failed);
    expect(await scenario().read('requestEnd', id)).toBe(BigInt(end));
    expect(await scenario().read('slotState', slots[0])).toBe(vaultSlotStates.failed);
    expect(await scenario().read('slotState', slots[3])).toBe(vaultSlotStates.failed);

    await scenario().chain.setTime(end - 1);
    await expect(scenario().free(3, slots[3])).rejects.toThrow('VaultFundNotUnlocked');
    await expect(scenario().withdraw(id)).rejects.toThrow('VaultFundNotUnlocked');
    expect(await scenario().market.read(scenario().host(3), 'mySlots')).toEqual([slots[3]]);
    expect(await scenario().read('currentCollateral', slots[3])).toBe(collateral);
    expect(await scenario().read('requestEnd', id)).toBe(BigInt(end));

    await scenario().chain.setTime(end);
    const host = scenario().host(3);
    expect(await scenario().gain(host, () => scenario().free(3, slots[3]))).toBe(342n * rate + collateral);
    expect(await scenario().gain(client, () => scenario().withdraw(id))).toBe(95_708_774_400n);
    expect(await scenario().balance(treasury)).toBe(0n);
    expect(await scenario().read('slotState', slots[3])).toBe(vaultSlotStates.failed);
    expect(await scenario().read('currentCollateral', slots[3])).toBe(0n);
    expect(scenario().story(await scenario().free(3, slots[3]))).toEqual([]);
  });

  test('burns what those who left had, but for the rewards of repairs that never came', async () => {
    await failed();
    const earned = (340n + 341n + 342n) * rate;
    expect(await scenario().balance(nobody)).toBe(earned + 3n * (collateral - 10_485_760n));
  });

  test('takes no more hosts and no more misses', async () => {
    const { id, slots } = await failed();
    expect(await scenario().market.read(scenario().host(0), 'canReserveSlot', [id, 0])).toBe(false);
    await expect(scenario().mark(slots[3], T / 300 + 1, T + 601)).rejects.toThrow(
      'Marketplace_SlotNotAcceptingProofs',
    );
  });

  test('does not fail before it has started, whatever is given up', async () => {
    const { id, slots } = await scenario().request({ ask: { maxSlotLoss: 0n } });
    await scenario().fill(0, id, 0, T + 10);
    expect(scenario().story(await scenario().free(0, slots[0], T + 20))).toEqual([
      `Transfer ${10n * rate + collateral - 10_485_760n}`,
      'SlotFreed',
    ]);
    expect(await scenario().read('requestState', id)).toBe(requestStates.new);
  });

  /** All filled at T + 60; three leave, one second after the other, the last of them at T + 402. */
  async function failed() {
    const posted = await scenario().started([T + 60, T + 60, T + 60, T + 60]);
    for (const index of [0, 1, 2] as const) {
      const sent = await scenario().free(index, posted.slots[index], T + 400 + index);
      const lost = BigInt(340 + index) * rate + collateral - 10_485_760n;
      expect(scenario().story(sent)).toEqual([
        `Transfer ${lost}`,
        'SlotFreed',
        ...(index === 2 ? ['RequestFailed'] : []),
      ]);
    }
    return posted;
  }
});
