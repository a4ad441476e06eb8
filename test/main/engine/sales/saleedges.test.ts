import { describe, expect, it } from 'vitest';
import { slotIdOf, type RequestId, type SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { MarketError, revertError } from '../../../../src/main/engine/market/errors.ts';
import type { MarketFamily } from '../../../../src/main/engine/contracts/family.ts';
import type { OnChain, Sent, StorageRequested } from '../../../../src/main/engine/market/market.ts';
import { saleSuccessors, saleTable } from '../../../../src/main/engine/sales/sale.ts';
import { saleStateNames, type SaleStateName } from '../../../../src/main/engine/sales/saleinfo.ts';
import type { SaleEvent, SaleState } from '../../../../src/main/engine/sales/salestate.ts';
import { Gate } from '../../../support/fakeslothost.ts';
import { account, exampleAsk } from '../../../support/requests.ts';
import { aWorld, pass, settled, someTerms, type Node, type World } from '../../../support/salesfixtures.ts';
import { scenes } from '../../../support/salesscenes.ts';

/** Every edge of engine.md 5.5, walked by a sale on a chain: by what the steps find, and by what the chain tells. */

const { start, stop } = scenes();

interface Scene {
  readonly world: World;
  readonly requestId: RequestId;
  readonly slotId: SlotId;
  node: Node;
}

interface SceneOptions {
  readonly slots?: bigint;
  readonly maxSlotLoss?: bigint;
  readonly family?: MarketFamily;
}

/** Scenes that are not like the others. */
const scenery: Record<string, SceneOptions> = {
  // Where answers are laid down in advance, no other slot may take them.
  'preparing --> unknown': { slots: 1n },
  'failed --> finished': { maxSlotLoss: 0n, family: 'vault' },
};

type Drive = (scene: Scene) => Promise<void>;

/** A request of two slots; others have reserved the second, so that only slot 0 can be sold and none starts by us. */
async function aScene({
  slots = 2n,
  maxSlotLoss = 1n,
  family = 'direct',
}: SceneOptions = {}): Promise<Scene> {
  const world = aWorld({ family });
  world.market.chain.remember();
  const node = await start(world);
  const { requestId } = world.market.requestStorage({ ask: { slots, maxSlotLoss } });
  await settled();
  if (slots > 1n) world.market.reserveAsOthers(requestId, 1, 3);
  return { world, node, requestId, slotId: slotIdOf(requestId, 0) };
}

const offer = async ({ node }: Scene) => {
  await node.reservations.createAvailability({ ...someTerms, totalSize: 1_048_576n });
  await settled();
};

const restart = async (scene: Scene) => {
  await stop(scene.node);
  scene.node = await start(scene.world);
};

const toPeriod = ({ world }: Scene) => pass(world.clock, 65 - (world.clock.now() % 60));

/** Sells the slot up to its fill, which then goes as told; the next one goes as ever. */
async function fillOtherwise(scene: Scene, otherwise: (fill: () => Promise<Sent>) => Promise<Sent>) {
  const { market } = scene.world;
  const fill = market.fillSlot.bind(market);
  market.fillSlot = (...args) => {
    market.fillSlot = fill;
    return otherwise(() => fill(...args));
  };
  await offer(scene);
  await toPeriod(scene);
}

/** Ways to bring the sale into a state and keep it there. */
const hold: Partial<Record<SaleStateName, Drive>> = {
  unknown: async (scene) => {
    await hold.downloading?.(scene);
    scene.world.market.delayNext('slotState');
    await restart(scene);
  },
  preparing: async (scene) => {
    scene.world.market.delayNext('getRequest');
    await offer(scene);
  },
  slotReserving: async (scene) => {
    scene.world.market.delayNext('canReserveSlot');
    await offer(scene);
  },
  downloading: async (scene) => {
    scene.world.host.beforeChunk = () => new Gate().pass();
    await offer(scene);
  },
  initialProving: offer,
  filling: async (scene) => {
    await offer(scene);
    scene.world.market.delayNext('fillSlot');
    await toPeriod(scene);
  },
  filled: async (scene) => {
    await offer(scene);
    scene.world.market.delayNext('getHost');
    await toPeriod(scene);
  },
  proving: async (scene) => {
    await offer(scene);
    await toPeriod(scene);
  },
  payout: async (scene) => {
    await hold.proving?.(scene);
    scene.world.market.setSlotState(scene.slotId, 'finished');
    const gate = scene.world.market.delayNext('getHost');
    await toPeriod(scene);
    await gate.reached;
  },
  failed: async (scene) => {
    await hold.proving?.(scene);
    scene.world.market.chain.marketplace.request(scene.requestId).stored = 'failed';
    await fail(scene);
  },
};

const forGood = { signal: new AbortController().signal };

/** The request expires, and the chain says so. */
const expire: Drive = async ({ world, requestId }) => {
  const { expiresAt } = world.market.chain.marketplace.request(requestId);
  world.clock.set(expiresAt + 1);
  await settled();
};

const fail: Drive = async ({ world, requestId }) => {
  world.market.emit({ name: 'RequestFailed', requestId });
  await settled();
};

const fillByAnother: Drive = async ({ world, requestId }) => {
  world.market.fillAsOther(requestId, 0);
  await settled();
};

const byEvent: Record<SaleEvent, Drive> = {
  requestExpired: expire,
  requestFailed: fail,
  slotFilled: fillByAnother,
  takenBack: takeBack({ name: 'SlotFilled', slotIndex: 0 }),
  requestTakenBack: takeBack({ name: 'StorageRequested', ask: exampleAsk, expiresAt: 0 }),
};

/** A block is replaced by another, and what it told is not so; whatever the chain says then. */
function takeBack(
  told: { name: 'SlotFilled'; slotIndex: number } | Omit<StorageRequested, keyof OnChain | 'requestId'>,
): Drive {
  return async ({ world, requestId }) => {
    world.market.takeBack({ ...told, requestId });
    await settled();
  };
}

/** What a step finds, by the edge it takes then. */
const bySteps: Record<string, Drive> = {
  'unknown --> preparing': async (scene) => {
    await hold.downloading?.(scene);
    await restart(scene);
  },
  'unknown --> filled': async (scene) => {
    await hold.proving?.(scene);
    await restart(scene);
  },
  'unknown --> payout': async (scene) => {
    await hold.proving?.(scene);
    await stop(scene.node);
    scene.world.market.setSlotState(scene.slotId, 'finished');
    scene.node = await start(scene.world);
  },
  'unknown --> finished': async (scene) => {
    await hold.proving?.(scene);
    scene.world.market.fillAsOther(scene.requestId, 1, account(0xa000));
    await stop(scene.node);
    scene.world.clock.advance(3700);
    await scene.world.market.freeSlot(scene.slotId, { signal: new AbortController().signal });
    scene.node = await start(scene.world);
  },
  'unknown --> cancelled': async (scene) => {
    await hold.downloading?.(scene);
    await stop(scene.node);
    scene.world.clock.advance(700);
    scene.node = await start(scene.world);
  },
  'unknown --> failed': async (scene) => {
    await hold.proving?.(scene);
    await stop(scene.node);
    scene.world.market.setSlotState(scene.slotId, 'failed');
    scene.node = await start(scene.world);
  },
  'unknown --> ignored': async (scene) => {
    await hold.downloading?.(scene);
    await stop(scene.node);
    scene.world.market.fillAsOther(scene.requestId, 0);
    scene.node = await start(scene.world);
  },
  'unknown --> errored': async (scene) => {
    await hold.proving?.(scene);
    await stop(scene.node);
    await scene.world.market.freeSlot(scene.slotId, { signal: new AbortController().signal });
    scene.node = await start(scene.world);
    await pass(scene.world.clock, 200);
  },
  'preparing --> slotReserving': offer,
  'preparing --> ignored': async (scene) => {
    await scene.node.reservations.createAvailability({ ...someTerms, duration: 1n });
    await settled();
  },
  'preparing --> errored': async (scene) => {
    scene.world.market.answerNext('getRequest', undefined);
    await offer(scene);
  },
  'preparing --> unknown': async (scene) => {
    await hold.filling?.(scene);
    await stop(scene.node);
    const gate = scene.world.market.delayNext('getRequest');
    scene.node = await start(scene.world);
    await gate.reached;
    // A fill of ours may be on its way, so what follows from this is not decided there.
    scene.world.market.answerNext('requestState', 'cancelled');
    gate.release();
  },
  'slotReserving --> downloading': offer,
  'slotReserving --> ignored': async (scene) => {
    const gate = scene.world.market.delayNext('canReserveSlot');
    await offer(scene);
    await gate.reached;
    scene.world.market.reserveAsOthers(scene.requestId, 0, 3);
    gate.release();
  },
  'slotReserving --> errored': async (scene) => {
    scene.world.market.failNext('reserveSlot', new MarketError('INSUFFICIENT_GAS', {}), { times: 5 });
    await offer(scene);
  },
  'downloading --> initialProving': offer,
  'downloading --> errored': async (scene) => {
    scene.world.host.beforeChunk = () => Promise.reject(new Error('nobody has it'));
    await offer(scene);
  },
  'initialProving --> filling': async (scene) => {
    await offer(scene);
    await toPeriod(scene);
  },
  'initialProving --> errored': async (scene) => {
    scene.world.host.beforeProof = () => Promise.reject(new Error('prover broken'));
    await offer(scene);
    await toPeriod(scene);
  },
  'filling --> filled': async (scene) => {
    await offer(scene);
    await toPeriod(scene);
  },
  'filling --> initialProving': async (scene) => {
    scene.world.market.failNext('fillSlot', revertError('Proofs_ProofAlreadySubmitted'));
    await offer(scene);
    await toPeriod(scene);
  },
  'filling --> ignored': async (scene) => {
    await offer(scene);
    scene.world.market.answerNext('requestState', 'cancelled');
    await toPeriod(scene);
  },
  'filling --> errored': async (scene) => {
    scene.world.market.failNext('fillSlot', revertError('Marketplace_InvalidSlot'));
    await offer(scene);
    await toPeriod(scene);
  },
  'filling --> unknown': async (scene) => {
    const { market } = scene.world;
    await fillOtherwise(scene, async () => {
      market.answerNext('slotState', 'cancelled');
      throw revertError('Marketplace_SlotNotFree');
    });
  },
  'filled --> proving': async (scene) => {
    await offer(scene);
    await toPeriod(scene);
  },
  'filled --> ignored': async (scene) => {
    await hold.downloading?.(scene);
    await fillByAnother(scene);
  },
  'filled --> unknown': async (scene) => {
    await offer(scene);
    const gate = scene.world.market.delayNext('getHost');
    await toPeriod(scene);
    await gate.reached;
    // The block with the fill is replaced by another, which has it not; nobody tells.
    scene.world.market.chain.reorg(1, { keep: () => false, isTold: false });
    gate.release();
    await pass(scene.world.clock, 200);
  },
  'filled --> errored': async (scene) => {
    await offer(scene);
    for (let i = 0; i < 20; i++) scene.world.market.answerNext('getHost', account(0xb0b));
    await pass(scene.world.clock, 300);
  },
  'proving --> payout': async (scene) => {
    await offer(scene);
    await toPeriod(scene);
    scene.world.market.setSlotState(scene.slotId, 'finished');
    await toPeriod(scene);
  },
  'proving --> unknown': async (scene) => {
    await hold.proving?.(scene);
    scene.world.market.chain.reorg(1, { keep: () => false, isTold: false });
    await pass(scene.world.clock, 200);
  },
  'proving --> errored': async (scene) => {
    await hold.proving?.(scene);
    await toPeriod(scene);
    await toPeriod(scene);
    await scene.world.market.freeSlot(scene.slotId, { signal: new AbortController().signal });
    await pass(scene.world.clock, 90);
  },
  'payout --> finished': async (scene) => {
    await hold.proving?.(scene);
    scene.world.market.fillAsOther(scene.requestId, 1, account(0xa000));
    await pass(scene.world.clock, 3700, 60);
  },
  'payout --> failed': async (scene) => {
    await hold.proving?.(scene);
    scene.world.market.setSlotState(scene.slotId, 'finished');
    const gate = scene.world.market.delayNext('getHost');
    await toPeriod(scene);
    await gate.reached;
    scene.world.market.setSlotState(scene.slotId, 'failed');
    gate.release();
  },
  'payout --> errored': async (scene) => {
    await hold.proving?.(scene);
    scene.world.market.fillAsOther(scene.requestId, 1, account(0xa000));
    scene.world.market.failNext('freeSlot', revertError('Marketplace_StartNotBeforeExpiry'), { times: 20 });
    await pass(scene.world.clock, 3700, 60);
  },
  'payout --> unknown': async (scene) => {
    await hold.proving?.(scene);
    scene.world.market.setSlotState(scene.slotId, 'finished');
    const gate = scene.world.market.delayNext('getHost');
    await toPeriod(scene);
    await gate.reached;
    scene.world.market.setSlotState(scene.slotId, undefined);
    gate.release();
  },
  'failed --> finished': async (scene) => {
    await hold.proving?.(scene);
    const { market, clock } = scene.world;
    market.fillAsOther(scene.requestId, 1, account(0xa000));
    await pass(clock, 60);
    await market.as(account(0xa000)).freeSlot(slotIdOf(scene.requestId, 1), forGood);
    await pass(clock, 3700, 60);
  },
  'failed --> errored': async (scene) => {
    await hold.downloading?.(scene);
    scene.world.market.answerNext('requestState', 'failed');
    await fail(scene);
  },
  'failed --> unknown': async (scene) => {
    await hold.proving?.(scene);
    await fail(scene);
  },
  'errored --> unknown': async (scene) => {
    const { market } = scene.world;
    await fillOtherwise(scene, async (fill) => {
      await fill();
      // The answer is wrong, and a server that lags says the slot is free.
      market.answerNext('slotState', 'free');
      throw revertError('Marketplace_InvalidSlot');
    });
  },
  'ignored --> unknown': async (scene) => {
    const { market } = scene.world;
    await fillOtherwise(scene, async (fill) => {
      await fill();
      // The answer is lost, and what is said of the slot and of its request then is wrong.
      market.answerNext('slotState', 'free');
      market.answerNext('requestState', 'cancelled');
      throw new MarketError('TRANSACTION_LOST', {});
    });
  },
  'cancelled --> unknown': async (scene) => {
    await hold.proving?.(scene);
    scene.world.market.answerNext('requestState', 'cancelled');
    scene.world.market.answerNext('requestState', 'new');
    scene.world.clock.set(scene.world.market.chain.marketplace.request(scene.requestId).expiresAt - 1);
    await settled();
    scene.world.clock.advance(2);
  },
};

const eventEdges = saleStateNames.flatMap((from) => {
  const on: Partial<Record<SaleEvent, () => SaleState>> = saleTable[from].on;
  return Object.entries(on).map(([event, target]) => [from, event as SaleEvent, target().name] as const);
});

describe('a sale', () => {
  it.each(eventEdges)('in %s hears %s and goes to %s', async (from, event, to) => {
    const scene = await aScene();
    const bring = hold[from];
    if (!bring) throw new Error(`No way to hold a sale in ${from}`);
    await bring(scene);
    const held = scene.node.sales.list().find(({ slotId }) => slotId === scene.slotId);
    expect(held?.state).toBe(from);
    await byEvent[event](scene);
    expect(edgesOf(scene)).toContain(`${from} --> ${to}`);
  });

  it.each(Object.keys(bySteps))('goes %s by what its step finds', async (edge) => {
    const scene = await aScene(scenery[edge]);
    await bySteps[edge]?.(scene);
    await settled();
    expect(edgesOf(scene)).toContain(edge);
  });

  it('has no edge that is not walked here', () => {
    const walked = new Set([
      ...Object.keys(bySteps),
      ...eventEdges.map(([from, , to]) => `${from} --> ${to}`),
    ]);
    const all = saleStateNames.flatMap((from) => saleSuccessors[from].map((to) => `${from} --> ${to}`));
    expect(all.filter((edge) => !walked.has(edge))).toEqual([]);
    expect(Object.keys(bySteps).filter((edge) => !all.includes(edge))).toEqual([]);
  });
});

const edgesOf = ({ node, slotId }: Scene): string[] =>
  node.events.flatMap((event) =>
    event.type === 'entered' && event.sale.slotId === slotId && event.from !== undefined
      ? [`${event.from} --> ${event.sale.state}`]
      : [],
  );
