import { describe, expect, test } from 'vitest';
import {
  T,
  collateral,
  rate,
  requestStates,
  slotStates,
  useScenario,
  validProof,
  zeroAddress,
} from '../../support/contractscenario.ts';

const scenario = useScenario();
const period = T / 300;

describe('A missed proof (S6)', () => {
  test.each<[string, number, string | undefined]>([
    ['at the end of its period', 600, 'Proofs_PeriodNotEnded'],
    ['one second later', 601, undefined],
    ['59 seconds later', 659, undefined],
    ['60 seconds later', 660, 'Proofs_ValidationTimedOut'],
  ])('marked %s meets the window, both ends excluded (S6a)', async (_, seconds, error) => {
    const slot = await scenario().runningSlot();
    await scenario().mineToPointer(slot, period + 1, 100);
    const marking = scenario().mark(slot, period + 1, T + seconds);
    await (error === undefined
      ? expect(marking).resolves.toBeDefined()
      : expect(marking).rejects.toThrow(error));
    // The question answers as the deed would; asked in the block of the deed.
    const asking = scenario().read('canMarkProofAsMissing', slot, period + 1);
    await expect(asking).rejects.toThrow(error ?? 'Proofs_ProofAlreadyMarkedMissing');
  });

  test('costs the host a fifth, of which the validator gets a fifth at once (S6a)', async () => {
    const slot = await scenario().runningSlot();
    await scenario().mineToPointer(slot, period + 1, 100);
    const sent = await scenario().mark(slot, period + 1, T + 601);
    expect(scenario().story(sent)).toEqual(['Transfer 4194304']);
    expect(await scenario().balance(scenario().validator)).toBe(4_194_304n);
    expect(await scenario().read('currentCollateral', slot)).toBe(collateral - 20_971_520n);
    expect(await scenario().read('missingProofs', slot)).toBe(1n);
    await expect(scenario().mark(slot, period + 1, T + 601)).rejects.toThrow(
      'Proofs_ProofAlreadyMarkedMissing',
    );
  });

  test('a second time costs the host the slot (S6b)', async () => {
    const { hosts, validator } = scenario();
    const { id, slots } = await scenario().started();
    const slot = slots[0];
    const freed = await missTwice(slot);
    expect(scenario().story(freed)).toEqual(['Transfer 4194304', 'SlotFreed']);
    expect(await scenario().balance(validator)).toBe(8_388_608n);
    expect(await scenario().read('slotState', slot)).toBe(slotStates.repair);
    expect(await scenario().read('currentCollateral', slot)).toBe(0n);
    expect(await scenario().read('getHost', slot)).toBe(zeroAddress);
    expect(await scenario().read('missingProofs', slot)).toBe(0n);
    expect(await scenario().market.read(hosts[0], 'mySlots')).toEqual([]);
    expect(await scenario().market.read(hosts[0], 'canReserveSlot', [id, 0])).toBe(true);
    await expect(scenario().free(0, slot)).rejects.toThrow('Marketplace_InvalidSlotHost');
    await expect(scenario().mark(slot, period + 2, T + 901)).rejects.toThrow(
      'Marketplace_SlotNotAcceptingProofs',
    );
  });

  test('leads to a repair that pays its host in full (S6c)', async () => {
    const { hosts, client, market } = scenario();
    const { id, slots } = await scenario().started();
    await missTwice(slots[0]);
    expect(await scenario().gain(hosts[0], () => scenario().fill(0, id, 0, T + 1000))).toBe(-94_371_840n);
    expect(await scenario().read('currentCollateral', slots[0])).toBe(collateral);

    await scenario().chain.setTime(T + 3601);
    expect(await scenario().gain(hosts[0], () => scenario().free(0, slots[0]))).toBe(
      2600n * rate + collateral,
    );
    for (const index of [1, 2, 3] as const) await scenario().free(index, slots[index]);
    expect(await scenario().gain(client, () => scenario().withdraw(id))).toBe(8_705_277_952n);
    expect(await scenario().balance(market)).toBe(85_983_232n);
  });

  test('fails the request when it was one loss too many (R4)', async () => {
    const { slots, id } = await scenario().started([T, T, T, T], { ask: { maxSlotLoss: 0n } });
    const sent = await missTwice(slots[0]);
    expect(scenario().story(sent)).toEqual(['Transfer 4194304', 'SlotFreed', 'RequestFailed']);
    expect(await scenario().read('requestState', id)).toBe(requestStates.failed);
  });

  test('is one only if the pointer is past the downtime at the marking block (S11, R28)', async () => {
    const slot = await scenario().runningSlot();
    await scenario().mineToPointer(slot, period + 1, 31);
    await expect(scenario().mark(slot, period + 1, T + 601)).rejects.toThrow('Proofs_ProofNotRequired');
    await scenario().mineToPointer(slot, period + 1, 32);
    await expect(scenario().mark(slot, period + 1, T + 640)).resolves.toBeDefined();
  });

  test('is none in the period of the fill, nor where a proof came (R17)', async () => {
    const slot = await scenario().runningSlot();
    await scenario().mineToPointer(slot, period, 100);
    // Of the period of the fill the proof is there; of the one before none was owed.
    await expect(scenario().mark(slot, period, T + 301)).rejects.toThrow('Proofs_ProofNotMissing');
    await scenario().chain.setTime(T + 310);
    await scenario().send(scenario().hosts[0], 'submitProof', [slot, validProof]);
    await scenario().mineToPointer(slot, period + 1, 100);
    await expect(scenario().mark(slot, period + 1, T + 601)).rejects.toThrow('Proofs_ProofNotMissing');
  });

  test('is none before the slot was filled', async () => {
    const { id, slots } = await scenario().request();
    const slot = slots[0];
    await expect(scenario().mark(slot, period, T + 301)).rejects.toThrow(
      'Marketplace_SlotNotAcceptingProofs',
    );
    await scenario().fill(0, id, 0, T + 310);
    await scenario().mineToPointer(slot, period, 100);
    await expect(scenario().mark(slot, period, T + 350)).rejects.toThrow('Proofs_ProofNotRequired');
  });
});

async function missTwice(slotId: string) {
  await scenario().mineToPointer(slotId, period + 1, 100);
  await scenario().mark(slotId, period + 1, T + 601);
  await scenario().mineToPointer(slotId, period + 2, 100);
  return scenario().mark(slotId, period + 2, T + 901);
}
