import { afterEach, describe, expect, it } from 'vitest';
import { slotIdOf } from '../../../../src/main/engine/contracts/ids.ts';
import type { RequestState } from '../../../../src/main/engine/contracts/requests.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { ChainReservations } from '../../../../src/main/engine/sales/chainreservations.ts';
import { ProofQueue } from '../../../../src/main/engine/sales/proofqueue.ts';
import { Reservations } from '../../../../src/main/engine/sales/reservations.ts';
import type { SalesEvent } from '../../../../src/main/engine/sales/saleinfo.ts';
import { newSale } from '../../../../src/main/engine/sales/salerecord.ts';
import { SalesAgent } from '../../../../src/main/engine/sales/salesagent.ts';
import { Wallet } from '../../../../src/main/engine/sales/wallet.ts';
import { Gate } from '../../../support/fakeslothost.ts';
import { atOnce, aWorld, GiB, pass, settled, someTerms, statesOf } from '../../../support/salesfixtures.ts';

const controllers: AbortController[] = [];
afterEach(async () => {
  for (const controller of controllers.splice(0)) controller.abort();
  await settled();
});

/** An agent of slot 0 that downloads for ever, with the expiry 600 seconds away. */
async function anAgent({ isKnown = true } = {}) {
  const world = aWorld();
  const { requestId } = isKnown
    ? world.market.requestStorage()
    : { requestId: aWorld().market.requestStorage().requestId };
  const gate = new Gate();
  world.host.beforeChunk = () => gate.pass();
  const logger = silentLogger;
  const reservations = await Reservations.open({ ...world, logger }, { quotaMax: GiB });
  await reservations.createAvailability(someTerms);
  const events: SalesEvent[] = [];
  const shared = {
    proofQueue: new ProofQueue({ ...world, logger }, { periodSeconds: 60 }),
    chainReservations: new ChainReservations({ ...world, logger }),
    wallet: new Wallet({ ...world, reservations }),
  };
  const agent = new SalesAgent(
    { ...world, ...shared, reservations, logger },
    {
      info: newSale({ requestId, slotIndex: 0, slotId: slotIdOf(requestId, 0) }, world.clock.now()),
      retryTimes: atOnce,
      tell: (event) => events.push(event),
      save: async () => {},
      freeWorker: () => {},
    },
  );
  const controller = new AbortController();
  controllers.push(controller);
  const run = agent.run('preparing', { signal: controller.signal });
  run.catch(() => {});
  await settled();
  return { world, agent, run, requestId, events, stop: () => controller.abort() };
}

describe('an agent', () => {
  it('loads its request from the chain', async () => {
    const { world, agent, requestId } = await anAgent();
    expect(world.market.calls.filter(({ method }) => method === 'getRequest')).toMatchObject([
      { args: [requestId] },
    ]);
    expect(agent.info.ask).toEqual(world.market.chain.marketplace.request(requestId).request.ask);
  });

  it('watches the expiry from its beginning, with one watch', async () => {
    const { world, agent } = await anAgent();
    expect(world.market.count('requestExpiresAt')).toBe(1);
    expect(agent.info.expiresAt).toBe(world.clock.now() + 600);
    expect(world.clock.nextWaiter).toBe(world.clock.now() + 601);
    expect(world.clock.waiting).toBe(1);
  });

  it('leaves no watch behind when it ends or is called off', async () => {
    const called = await anAgent();
    called.stop();
    await expect(called.run).rejects.toMatchObject({ name: 'AbortError' });
    expect(called.world.clock.waiting).toBe(0);
    called.stop();
    const ended = await anAgent();
    ended.world.market.fillAsOther(ended.requestId, 0);
    ended.agent.raise('slotFilled');
    await ended.run;
    expect(ended.world.clock.waiting).toBe(0);
  });

  it('ends as cancelled when the request has expired and the chain says so', async () => {
    const { world, run } = await anAgent();
    world.clock.advance(601);
    expect((await run).info).toMatchObject({ state: 'cancelled', outcome: { code: 'requestExpired' } });
  });

  it.each(['new', 'started', 'finished', 'failed'] as const)(
    'hears of no expiry while the chain says %s',
    async (state) => {
      const { world, agent, events } = await anAgent();
      world.market.requestState = async (): Promise<RequestState> => state;
      await pass(world.clock, 700, 50);
      expect(agent.info.state).toBe('downloading');
      expect(statesOf(events)).not.toContain('cancelled');
    },
  );

  it.each(['started', 'finished', 'failed'] as const)(
    'ends its watch once the chain says %s',
    async (state) => {
      const { world } = await anAgent();
      world.market.requestState = async (): Promise<RequestState> => state;
      await pass(world.clock, 602, 602);
      expect(world.clock.waiting).toBe(0);
    },
  );

  it('ends its watch when it is told that the request has started', async () => {
    const { world, agent } = await anAgent();
    agent.requestFulfilled();
    await settled();
    expect(world.clock.waiting).toBe(0);
    await pass(world.clock, 700, 50);
    expect(agent.info.state).toBe('downloading');
  });

  it('hears that its request failed', async () => {
    const { agent, events } = await anAgent();
    agent.raise('requestFailed');
    await settled();
    expect(statesOf(events)).toContain('failed');
  });

  it('hears that its slot was filled', async () => {
    const { world, agent, events, requestId } = await anAgent();
    world.market.fillAsOther(requestId, 0);
    agent.raise('slotFilled');
    await settled();
    expect(statesOf(events).slice(-2)).toEqual(['filled', 'ignored']);
  });

  it('ends with a reason when the chain does not know its request', async () => {
    const { run } = await anAgent({ isKnown: false });
    expect((await run).info).toMatchObject({ state: 'errored', outcome: { code: 'requestUnknown' } });
  });

  it('gives one event after the other, and its end last', async () => {
    const { world, run, events } = await anAgent();
    world.clock.advance(601);
    await run;
    expect(events.map((event) => (event.type === 'entered' ? event.sale.state : event.type))).toEqual([
      'preparing',
      'slotReserving',
      'downloading',
      'progress',
      'cancelled',
      'ended',
    ]);
  });
});
