import { afterEach, expect } from 'vitest';
import type { MarketFamily } from '../../src/main/engine/contracts/family.ts';
import { slotIdOf, type SlotId } from '../../src/main/engine/contracts/ids.ts';
import { pricePerSlotPerSecond } from '../../src/main/engine/contracts/requests.ts';
import { MarketError } from '../../src/main/engine/market/errors.ts';
import { Gate } from './fakeslothost.ts';
import type { RequestChanges } from './requests.ts';
import { expectAllowedEdges } from './saleedges.ts';
import {
  aNode,
  aWorld,
  expectSoundBooks,
  pass,
  settled,
  snapshot,
  someTerms,
  type Node,
  type World,
} from './salesfixtures.ts';

/** Sales as a test finds them. Nodes are stopped after each test, and what they did and hold is checked. */
export function scenes() {
  const nodes: Node[] = [];
  afterEach(async () => {
    for (const { sales, events, reservations } of nodes.splice(0)) {
      await sales.stop();
      expectAllowedEdges(events);
      expectSoundBooks(reservations);
    }
  });

  async function start(world: World, options?: Parameters<typeof aNode>[1]): Promise<Node> {
    const node = await aNode(world, options);
    nodes.push(node);
    await node.sales.start();
    return node;
  }

  /** A node with one offer that fits the example request. */
  async function provider({ family, ...options }: NodeOptions = {}) {
    const world = aWorld({ ...(family && { family }) });
    world.market.chain.remember();
    const node = await start(world, options);
    await node.reservations.createAvailability(someTerms);
    return { world, node, untouched: snapshot(node.reservations) };
  }

  /** Slot 0 is filled by us and proven once a period; with `alone` the others of its request are never filled. */
  async function hosting(
    changes: RequestChanges = oneSlot,
    { alone = false, ...options }: NodeOptions & { alone?: boolean } = {},
  ) {
    const { world, node, untouched } = await provider(options);
    if (alone)
      world.host.beforeChunk = async ({ slotIndex }) => (slotIndex === 0 ? undefined : new Gate().pass());
    const posted = post(world, changes);
    await settled();
    await pass(world.clock, 60);
    expect(node.sales.list().find(({ slotId }) => slotId === posted.slotId)?.state).toBe('proving');
    return { world, node, untouched, ...posted };
  }

  /** Stopped in order; it is not looked at again. */
  async function stop(node: Node): Promise<void> {
    nodes.splice(nodes.indexOf(node), 1);
    await node.sales.stop();
  }

  /** A node that is started and stopped by the test itself. */
  async function notStarted(world: World, options?: Parameters<typeof aNode>[1]): Promise<Node> {
    const node = await aNode(world, options);
    nodes.push(node);
    return node;
  }

  return { start, provider, hosting, stop, notStarted };
}

type NodeOptions = NonNullable<Parameters<typeof aNode>[1]> & { family?: MarketFamily };

export const oneSlot: RequestChanges = { ask: { slots: 1n, maxSlotLoss: 0n } };

export function post({ market }: World, changes: RequestChanges = oneSlot) {
  const { requestId, request } = market.requestStorage(changes);
  return { requestId, request, slotId: slotIdOf(requestId, 0), rate: pricePerSlotPerSecond(request.ask) };
}

/** The offer as it was, nothing reserved, no bytes of the slot left. */
export function expectAllBack(
  node: Node,
  world: World,
  untouched: ReturnType<typeof snapshot>,
  slotId: SlotId,
): void {
  expect(snapshot(node.reservations)).toEqual(untouched);
  expect(world.host.stored.has(slotId)).toBe(false);
  expect(node.sales.list()).toEqual([]);
  expect(node.queue.workers.busy).toBe(0);
}

export const unreachable = () => new MarketError('CHAIN_UNREACHABLE', {});

export const outcomes = async (node: Node) =>
  (await node.sales.history(100)).map(({ outcome }) => outcome?.code);

export const filledByUs = ({ market }: World, slotId: SlotId): boolean =>
  market.chain.marketplace.slot(slotId)?.host === market.signer;

/** To the second before a period begins, then two seconds past that. */
export async function toPeriodEnd({ clock }: World): Promise<void> {
  await pass(clock, 60 - (clock.now() % 60) + 2);
}

/** To the boundary itself, at which nobody acts yet. */
export async function toPeriodStart({ clock }: World): Promise<void> {
  await pass(clock, 60 - (clock.now() % 60));
}
