import { describe, expect, test } from 'vitest';
import {
  T,
  collateral,
  price,
  slotStates,
  useScenario,
  validProof,
  zeroAddress,
} from '../../support/contractscenario.ts';

const scenario = useScenario();

describe('A reservation (S3, R14)', () => {
  test('is had by three, and the third one is announced', async () => {
    const { hosts } = scenario();
    const { id } = await scenario().request();
    expect(scenario().story(await scenario().reserve(0, id, 1))).toEqual([]);
    expect(scenario().story(await scenario().reserve(1, id, 1))).toEqual([]);
    const third = await scenario().reserve(2, id, 1);
    expect(scenario().events(third)).toEqual([
      { name: 'SlotReservationsFull', args: { requestId: id, slotIndex: 1n } },
    ]);
    expect(await scenario().market.read(hosts[3], 'canReserveSlot', [id, 1])).toBe(false);
    await expect(scenario().reserve(3, id, 1)).rejects.toThrow('SlotReservations_ReservationNotAllowed');
    expect(await scenario().market.read(hosts[3], 'canReserveSlot', [id, 0])).toBe(true);
  });

  test('is had once by the same host', async () => {
    const { id } = await scenario().request();
    await scenario().reserve(0, id, 1);
    expect(await scenario().market.read(scenario().hosts[0], 'canReserveSlot', [id, 1])).toBe(false);
    await expect(scenario().reserve(0, id, 1)).rejects.toThrow('SlotReservations_ReservationNotAllowed');
  });

  test('asks neither for the request nor for the slot to exist', async () => {
    const { id } = await scenario().request();
    await scenario().reserve(0, `0x${'cd'.repeat(32)}`, 1);
    await scenario().reserve(0, id, 99);
    await expect(fill(0, id, 99)).rejects.toThrow('Marketplace_InvalidSlot');
  });

  test('can still be had after the expiry, but not be used', async () => {
    const { id, slots } = await scenario().request();
    await scenario().chain.setTime(T + 700);
    expect(await scenario().read('slotState', slots[1])).toBe(slotStates.free);
    await scenario().reserve(0, id, 1);
    await expect(fill(0, id, 1)).rejects.toThrow('Marketplace_SlotNotFree');
  });

  test('is refused for a slot that is filled', async () => {
    const { id } = await scenario().started();
    await expect(scenario().reserve(1, id, 0)).rejects.toThrow('SlotReservations_ReservationNotAllowed');
  });
});

describe('Filling a slot (R15)', () => {
  test('checks request, slot, reservation, state, proof and allowance in this order', async () => {
    const { hosts, market, token } = scenario();
    const { id, slots } = await scenario().request();
    await token.send(hosts[1], 'approve', [market.address, collateral - 1n]);
    await expect(fill(1, `0x${'cd'.repeat(32)}`, 0)).rejects.toThrow('Marketplace_UnknownRequest');
    await expect(fill(1, id, 4)).rejects.toThrow('Marketplace_InvalidSlot');
    await expect(fill(1, id, 0)).rejects.toThrow('Marketplace_ReservationRequired');
    await scenario().reserve(1, id, 0);
    await expect(fill(1, id, 0)).rejects.toThrow('ERC20InsufficientAllowance');
    await scenario().fill(0, id, 0, T + 100);
    await expect(fill(1, id, 0)).rejects.toThrow('Marketplace_SlotNotFree');
    // Vacated within the same period: the slot is open again, but its proof for the period has been given (R16).
    await scenario().free(0, slots[0]);
    await scenario().reserve(1, id, 0);
    await expect(fill(1, id, 0)).rejects.toThrow('Proofs_ProofAlreadySubmitted');
    await scenario().chain.setTime(T + 300);
    await token.send(hosts[1], 'approve', [market.address, collateral]);
    await expect(fill(1, id, 0)).resolves.toBeDefined();
  });

  test('puts the slot on record for its host', async () => {
    const { hosts } = scenario();
    const { id, slots } = await scenario().request();
    expect(await scenario().read('getHost', slots[2])).toBe(zeroAddress);
    await expect(scenario().read('getActiveSlot', slots[2])).rejects.toThrow('Marketplace_SlotIsFree');
    const sent = await scenario().fill(0, id, 2, T + 1);
    expect(scenario().events(sent).at(-1)).toEqual({
      name: 'SlotFilled',
      args: { requestId: id, slotIndex: 2n },
    });
    expect(await scenario().read('getActiveSlot', slots[2])).toMatchObject([{ 3: 600n }, 2n]);
    expect(await scenario().read('currentCollateral', slots[2])).toBe(collateral);
    expect(await scenario().market.read(hosts[0], 'mySlots')).toEqual([slots[2]]);
    expect(await scenario().market.read(hosts[1], 'mySlots')).toEqual([]);
  });
});

describe('A slot given up while it runs', () => {
  test('costs the whole collateral and opens the slot to others (R24)', async () => {
    const { hosts, market } = scenario();
    const { id, slots } = await scenario().request();
    await scenario().fill(0, id, 0, T + 1);
    const sent = await scenario().free(0, slots[0]);
    expect(scenario().events(sent)).toEqual([{ name: 'SlotFreed', args: { requestId: id, slotIndex: 0n } }]);
    expect(await scenario().read('slotState', slots[0])).toBe(slotStates.repair);
    expect(await scenario().read('currentCollateral', slots[0])).toBe(0n);
    expect(await scenario().market.read(hosts[0], 'mySlots')).toEqual([]);
    expect(await scenario().balance(market)).toBe(price + collateral);
    await expect(fill(0, id, 0)).rejects.toThrow('Marketplace_ReservationRequired');
  });

  test('is cheaper to fill, even before the start (R18)', async () => {
    const { hosts } = scenario();
    const { id, slots } = await scenario().request();
    await scenario().fill(0, id, 0, T + 1);
    await scenario().free(0, slots[0]);
    expect(await scenario().gain(hosts[1], () => scenario().fill(1, id, 0, T + 300))).toBe(-94_371_840n);
    expect(await scenario().read('currentCollateral', slots[0])).toBe(collateral);
  });

  test('is freed by its host only', async () => {
    const { id, slots } = await scenario().request();
    await expect(scenario().free(0, slots[0])).rejects.toThrow('Marketplace_SlotIsFree');
    await scenario().fill(0, id, 0, T + 1);
    await expect(scenario().free(1, slots[0])).rejects.toThrow('Marketplace_InvalidSlotHost');
  });

  test('cannot be repaired in the last second of the request (R26)', async () => {
    const { id, slots } = await scenario().started();
    await scenario().free(0, slots[0]);
    await scenario().chain.setTime(T + 3600);
    await expect(scenario().fill(0, id, 0, T + 3600)).rejects.toThrow('Marketplace_StartNotBeforeExpiry');
    await scenario().chain.setTime(T + 3601);
    expect(await scenario().read('slotState', slots[0])).toBe(slotStates.finished);
    await expect(fill(0, id, 0)).rejects.toThrow('Marketplace_SlotNotFree');
  });

  test('that is filled again does not start the request a second time (R13)', async () => {
    const { id, slots } = await scenario().started();
    await scenario().free(0, slots[0]);
    const refill = await scenario().fill(0, id, 0, T + 300);
    expect(scenario().story(refill)).toEqual(['ProofSubmitted', 'Transfer 94371840', 'SlotFilled']);
  });
});

/** Without a reservation of its own accord. */
const fill = (host: number, id: string, slotIndex: number) =>
  scenario().send(scenario().host(host), 'fillSlot', [id, slotIndex, validProof]);
