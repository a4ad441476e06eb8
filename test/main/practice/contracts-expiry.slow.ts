import { describe, expect, test } from 'vitest';
import {
  T,
  collateral,
  price,
  requestStates,
  slotStates,
  useScenario,
  type PostedRequest,
} from '../../support/contractscenario.ts';

const scenario = useScenario();

describe('A request that expires (S5)', () => {
  const expired = T + 601;

  test('is new in the second of its expiry and cancelled in the next (S5a)', async () => {
    const { id, slots } = await twoFilled();
    await scenario().chain.setTime(T + 600);
    expect(await scenario().read('requestState', id)).toBe(requestStates.new);
    await scenario().chain.setTime(expired);
    expect(await scenario().read('requestState', id)).toBe(requestStates.cancelled);
    expect(await scenario().read('requestEnd', id)).toBe(BigInt(T + 600));
    expect(await scenario().read('slotState', slots[0])).toBe(slotStates.cancelled);
    expect(await scenario().read('slotState', slots[1])).toBe(slotStates.free);
  });

  test.each([
    ['hosts first', false],
    ['client first', true],
  ])('pays hosts up to the expiry and the client everything else, %s (S5a)', async (_, isClientFirst) => {
    const { client, market } = scenario();
    const { id, slots } = await twoFilled();
    await scenario().chain.setTime(expired);
    const actions = [
      async (): Promise<void> => {
        expect(await scenario().gain(scenario().host(0), () => scenario().free(0, slots[0]))).toBe(
          3_670_016_000n + collateral,
        );
        expect(await scenario().gain(scenario().host(1), () => scenario().free(1, slots[2]))).toBe(
          2_569_011_200n + collateral,
        );
        // A payout of a cancelled request leaves the client's list alone (R22).
        expect(await scenario().read('myRequests')).toEqual(isClientFirst ? [] : [id]);
      },
      async (): Promise<void> => {
        const before = await scenario().balance(client);
        const sent = await scenario().withdraw(id);
        expect(scenario().story(sent)).toEqual(['RequestCancelled', 'Transfer 99457433600']);
        expect((await scenario().balance(client)) - before).toBe(99_457_433_600n);
        expect(await scenario().read('myRequests')).toEqual([]);
      },
    ];
    for (const action of isClientFirst ? actions.reverse() : actions) await action();
    expect(await scenario().balance(market)).toBe(0n);
  });

  test('gives everything back when no slot was filled (S5b)', async () => {
    const { id } = await scenario().request();
    await scenario().chain.setTime(expired);
    expect(await scenario().gain(scenario().client, () => scenario().withdraw(id))).toBe(price);
  });

  test('pays to the accounts that are named (S5c)', async () => {
    const [a, b] = scenario().strangers;
    const { id, slots } = await scenario().request();
    await scenario().fill(0, id, 0, T + 100);
    await scenario().chain.setTime(expired);
    await scenario().send(scenario().host(0), 'freeSlot(bytes32,address,address)', [
      slots[0],
      a.address,
      b.address,
    ]);
    expect(await scenario().balance(a)).toBe(3_670_016_000n);
    expect(await scenario().balance(b)).toBe(collateral);
    const toA = ['withdrawFunds(bytes32,address)', [id, a.address]] as const;
    const gain = await scenario().gain(a, () => scenario().send(scenario().client, ...toA));
    expect(gain).toBe(102_026_444_800n);
  });

  test('never pays who filled in the very second of the expiry (S5d, R26)', async () => {
    const { id, slots } = await scenario().request();
    await scenario().fill(0, id, 0, T + 600);
    expect(await scenario().read('slotState', slots[0])).toBe(slotStates.filled);
    await scenario().chain.setTime(expired);
    await expect(scenario().free(0, slots[0])).rejects.toThrow('Marketplace_StartNotBeforeExpiry');
    expect(await scenario().gain(scenario().client, () => scenario().withdraw(id))).toBe(price);
    await expect(scenario().free(0, slots[0])).rejects.toThrow('Marketplace_StartNotBeforeExpiry');
    expect(await scenario().balance(scenario().market)).toBe(collateral);
  });

  async function twoFilled(): Promise<PostedRequest> {
    const request = await scenario().request();
    await scenario().fill(0, request.id, 0, T + 100);
    await scenario().fill(1, request.id, 2, T + 250);
    return request;
  }
});
