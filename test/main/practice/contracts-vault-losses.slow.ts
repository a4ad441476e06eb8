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
  zeroAddress,
} from '../../support/contractscenario.ts';

const scenario = useScenario('vault');
const period = T / 300;
const end = T + 3600;
const repairReward = 10_485_760n;

describe('A missed proof of the vault family', () => {
  test('burns four fifths of the slash at once and pays nobody', async () => {
    const { validator } = scenario();
    const { slots } = await scenario().started([T + 60, T + 61, T + 62, T + 63]);
    const sent = await missOnce(slots[0]);
    expect(scenario().story(sent)).toEqual(['Transfer 16777216']);
    expect(await scenario().balance(nobody)).toBe(16_777_216n);
    expect(await scenario().balance(validator)).toBe(0n);
    expect(await scenario().read('currentCollateral', slots[0])).toBe(83_886_080n);
    expect(await scenario().read('missingProofs', slots[0])).toBe(1n);
  });

  test('is marked after its period, and the question answers as the deed would', async () => {
    const slot = await scenario().runningSlot();
    await scenario().mineToPointer(slot, period + 1, 100);
    await expect(scenario().mark(slot, period + 1, T + 600)).rejects.toThrow('Proofs_PeriodNotEnded');
    const ask = () => scenario().read('canMarkProofAsMissing', slot, period + 1);
    await expect(ask()).rejects.toThrow('Proofs_PeriodNotEnded');
    await scenario().chain.setTime(T + 601);
    await expect(ask()).resolves.toBeUndefined();
    await scenario().mark(slot, period + 1, T + 601);
    await expect(ask()).rejects.toThrow('Proofs_ProofAlreadyMarkedMissing');
  });

  test('pays the validator its share when the fund opens, and not before', async () => {
    const { validator } = scenario();
    const { id, slots } = await scenario().started();
    await missOnce(slots[0]);
    await scenario().chain.setTime(end - 1);
    await expect(withdrawByValidator(id)).rejects.toThrow('VaultFundNotUnlocked');
    await scenario().chain.setTime(end);
    expect(scenario().story(await withdrawByValidator(id))).toEqual(['Transfer 4194304']);
    expect(await scenario().balance(validator)).toBe(4_194_304n);
    expect(scenario().story(await withdrawByValidator(id))).toEqual([]);
  });

  test('leaves the host its pay and the rest of its collateral', async () => {
    const { slots } = await scenario().started([T + 60, T + 61, T + 62, T + 63]);
    await missOnce(slots[0]);
    await scenario().chain.setTime(end + 1);
    expect(await scenario().gain(scenario().host(0), () => scenario().free(0, slots[0]))).toBe(
      3540n * rate + 83_886_080n,
    );
  });

  test('a second time costs the host the slot, and all it had earned', async () => {
    const { hosts } = scenario();
    const { id, slots } = await scenario().started([T + 60, T + 61, T + 62, T + 63]);
    const freed = await missTwice(slots[0]);
    const rest = collateral - 2n * 20_971_520n - repairReward;
    expect(scenario().story(freed)).toEqual([
      'Transfer 16777216',
      `Transfer ${rest + 841n * rate}`,
      'SlotFreed',
    ]);
    expect(await scenario().read('slotState', slots[0])).toBe(vaultSlotStates.repair);
    expect(await scenario().read('currentCollateral', slots[0])).toBe(0n);
    expect(await scenario().read('getHost', slots[0])).toBe(zeroAddress);
    expect(await scenario().read('missingProofs', slots[0])).toBe(0n);
    expect(await scenario().market.read(hosts[0], 'mySlots')).toEqual([]);
    expect(await scenario().market.read(hosts[0], 'canReserveSlot', [id, 0])).toBe(true);
    await expect(scenario().free(0, slots[0])).rejects.toThrow('Marketplace_InvalidSlotHost');
    await scenario().chain.setTime(end);
    expect(await scenario().gain(scenario().validator, () => withdrawByValidator(id))).toBe(8_388_608n);
  });

  test('fails the request when it was one loss too many', async () => {
    const { slots, id } = await scenario().started([T, T, T, T], { ask: { maxSlotLoss: 0n } });
    const sent = await missTwice(slots[0]);
    expect(scenario().story(sent).slice(-2)).toEqual(['SlotFreed', 'RequestFailed']);
    expect(await scenario().read('requestState', id)).toBe(requestStates.failed);
  });
});

describe('A slot of the vault family that is given up', () => {
  test('burns collateral and earnings, but for the reward of the repair', async () => {
    const { slots } = await scenario().started([T + 60, T + 61, T + 62, T + 63]);
    await missOnce(slots[0]);
    const sent = await scenario().free(0, slots[0], T + 700);
    expect(scenario().story(sent)).toEqual([
      `Transfer ${640n * rate + 83_886_080n - repairReward}`,
      'SlotFreed',
    ]);
    expect(await scenario().balance(nobody)).toBe(4_787_798_016n);
    expect(await scenario().read('slotState', slots[0])).toBe(vaultSlotStates.repair);
  });

  test('gives the reward to the client when nobody repairs it', async () => {
    const { client, treasury } = scenario();
    const { id, slots } = await scenario().started([T + 60, T + 60, T + 60, T + 60]);
    await scenario().free(0, slots[0], T + 700);
    await scenario().chain.setTime(end + 1);
    for (const index of [1, 2, 3] as const) await scenario().free(index, slots[index]);
    const used = 640n * rate + 3n * 3540n * rate;
    expect(await scenario().gain(client, () => scenario().withdraw(id))).toBe(price - used + repairReward);
    expect(await scenario().balance(treasury)).toBe(0n);
  });
});

describe('A repair of the vault family', () => {
  test('takes the full collateral, and pays the reward at the end', async () => {
    const { client, hosts, treasury } = scenario();
    const { id, slots } = await scenario().started();
    await missTwice(slots[0]);
    expect(await scenario().gain(hosts[1], () => scenario().fill(1, id, 0, T + 1000))).toBe(-collateral);
    expect(await scenario().read('currentCollateral', slots[0])).toBe(collateral);

    await scenario().chain.setTime(end + 1);
    expect(await scenario().gain(hosts[1], () => scenario().free(1, slots[0]))).toBe(
      2600n * rate + collateral + repairReward,
    );
    for (const index of [1, 2, 3] as const) await scenario().free(index, slots[index]);
    // The vacant seconds, and those before the fills: what the host that was put out had earned is burned.
    const vacant = BigInt(60 + 61 + 62 + 63 + (1000 - 901));
    expect(await scenario().gain(client, () => scenario().withdraw(id))).toBe(vacant * rate);
    await withdrawByValidator(id);
    expect(await scenario().balance(treasury)).toBe(0n);
  });

  test('is paid its reward once, by whoever was put out last', async () => {
    const { id, slots } = await scenario().started();
    await scenario().free(0, slots[0], T + 400);
    await scenario().fill(1, id, 0, T + 700);
    const sent = await scenario().free(1, slots[0], T + 800);
    // Collateral and the first reward are lost, and a new reward is set aside.
    expect(scenario().story(sent)).toEqual([`Transfer ${100n * rate + collateral}`, 'SlotFreed']);
    await scenario().fill(2, id, 0, T + 1000);
    await scenario().chain.setTime(end + 1);
    expect(await scenario().gain(scenario().host(2), () => scenario().free(2, slots[0]))).toBe(
      2600n * rate + collateral + repairReward,
    );
  });

  test('comes too late in the second of the end', async () => {
    const { id, slots } = await scenario().started();
    await scenario().free(0, slots[0], T + 400);
    await scenario().chain.setTime(end - 1);
    await scenario().reserve(1, id, 0);
    await expect(scenario().fill(1, id, 0, end)).rejects.toThrow('VaultFundNotLocked');
    await scenario().chain.setTime(end + 1);
    expect(await scenario().read('slotState', slots[0])).toBe(vaultSlotStates.finished);
    await expect(scenario().fill(1, id, 0, end + 1)).rejects.toThrow('Marketplace_SlotNotFree');
  });

  test('does not start the request a second time', async () => {
    const { id, slots } = await scenario().started();
    await scenario().free(0, slots[0], T + 100);
    expect(scenario().story(await scenario().fill(0, id, 0, T + 300))).toEqual([
      'ProofSubmitted',
      `Transfer ${collateral}`,
      `Transfer ${collateral}`,
      'SlotFilled',
    ]);
  });
});

async function missOnce(slotId: string) {
  await scenario().mineToPointer(slotId, period + 1, 100);
  return scenario().mark(slotId, period + 1, T + 601);
}

async function missTwice(slotId: string) {
  await missOnce(slotId);
  await scenario().mineToPointer(slotId, period + 2, 100);
  return scenario().mark(slotId, period + 2, T + 901);
}

const withdrawByValidator = (id: string) =>
  scenario().send(scenario().validator, 'withdrawByValidator', [id]);
