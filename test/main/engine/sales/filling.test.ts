import { describe, expect, it } from 'vitest';
import { slotIdOf } from '../../../../src/main/engine/contracts/ids.ts';
import { collateralPerSlot } from '../../../../src/main/engine/contracts/requests.ts';
import { account } from '../../../support/requests.ts';
import { pass, settled, statesOf } from '../../../support/salesfixtures.ts';
import {
  expectAllBack,
  filledByUs,
  oneSlot,
  outcomes,
  post,
  scenes,
  unreachable,
} from '../../../support/salesscenes.ts';

/** The moments around the fill, in which it is decided whether money goes in. */

const { provider } = scenes();
const { signal } = new AbortController();

describe('filling a slot', () => {
  it('is left when the request may expire before the fill is mined', async () => {
    const { world, node, untouched } = await provider();
    const { slotId } = post(world, { ...oneSlot, expiry: 60n });
    await pass(world.clock, 50);
    expect(world.market.count('fillSlot')).toBe(0);
    expect(await outcomes(node)).toEqual(['tooLate']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('is left when the request expired while the first proof was made', async () => {
    const { world, node, untouched } = await provider();
    const { slotId } = post(world);
    await settled();
    world.market.answerNext('requestState', 'cancelled');
    await pass(world.clock, 60);
    expect(world.market.count('fillSlot')).toBe(0);
    expect(await outcomes(node)).toEqual(['requestExpired']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('repairs a slot of a request that has long started, for the lower collateral', async () => {
    const { world, node } = await provider();
    const other = world.market.as(account(0xb0b));
    world.host.beforeChunk = () => Promise.reject(new Error('nobody has it'));
    const { requestId, request } = post(world, { ask: { slots: 2n } });
    await settled();
    for (const slotIndex of [0, 1]) world.market.fillAsOther(requestId, slotIndex, other.signer);
    await pass(world.clock, 700, 50);
    world.host.beforeChunk = async () => {};
    await other.freeSlot(slotIdOf(requestId, 1), { signal });
    await pass(world.clock, 65);
    const full = collateralPerSlot(request.ask);
    expect(filledByUs(world, slotIdOf(requestId, 1))).toBe(true);
    expect(node.sales.list()).toMatchObject([
      { slotIndex: 1, state: 'proving', collateral: full - full / 10n },
    ]);
  });

  it.each(['finished', 'failed', 'paid', 'cancelled'] as const)(
    'is thought over anew when it failed and the chain calls the slot %s',
    async (state) => {
      const { world, node } = await provider();
      const { slotId } = post(world);
      await settled();
      const fillSlot = world.market.fillSlot.bind(world.market);
      world.market.fillSlot = () => {
        world.market.fillSlot = fillSlot;
        world.market.answerNext('slotState', state);
        return Promise.reject(unreachable());
      };
      await pass(world.clock, 180);
      expect(statesOf(node.events, slotId)).toContain('unknown');
      expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
    },
  );

  it('is kept when a server that lags does not know the request just after it', async () => {
    const { world, node } = await provider();
    const { slotId } = post(world);
    await settled();
    const gate = world.market.delayNext('fillSlot', { after: true });
    await pass(world.clock, 45);
    await gate.reached;
    for (let i = 0; i < 3; i++) world.market.answerNext('getRequest', undefined);
    gate.release();
    await settled();
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
  });
});

describe('a first proof', () => {
  it('that is being made when another fills the slot is called off, and is no failure', async () => {
    const { world, node, untouched } = await provider();
    let isCalledOff = false;
    const prove = world.host.prove.bind(world.host);
    world.host.prove = (slot, challenge, options) => {
      options.signal.addEventListener('abort', () => (isCalledOff = true), { once: true });
      return prove(slot, challenge, options);
    };
    world.host.beforeProof = () => new Promise(() => {});
    const { requestId, slotId } = post(world);
    await pass(world.clock, 45);
    expect(node.sales.list()[0]?.state).toBe('initialProving');
    world.market.fillAsOther(requestId, 0);
    await settled();
    expect(isCalledOff).toBe(true);
    expect(await outcomes(node)).toEqual(['slotTaken']);
    expectAllBack(node, world, untouched, slotId);
  });
});
