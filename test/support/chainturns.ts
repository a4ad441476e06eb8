import { slotIdOf } from '../../src/main/engine/contracts/ids.ts';
import { someProof, type FakeMarket } from './fakemarket.ts';
import type { World } from './salesfixtures.ts';
import { other, type FirstLife } from './stoppedsale.ts';

/** What the chain holds of the sale when the node ends. */
export type Facts = 'open' | 'sent' | 'ours' | 'over' | 'taken' | 'lost';

/** What happens on the chain while the node is away; `facts` says from where it starts. */
export const situations: Readonly<Record<string, (life: FirstLife, facts: Facts) => Promise<void> | void>> = {
  free: () => {},
  ours: (life, facts) => land(life, facts),
  another: (life, facts) => fillByOther(life, facts),
  finished: async (life, facts) => {
    await land(life, facts);
    if (facts === 'over') return;
    if (facts !== 'sent' && facts !== 'ours') await fillByOther(life, facts);
    startRequest(life);
    life.world.clock.set(endOf(life) + 1);
  },
  collected: async (life, facts) => {
    await situations['finished']?.(life, facts);
    await collect(life);
  },
  failed: async (life, facts) => {
    await land(life, facts);
    if (facts === 'over') return;
    if (facts === 'open' || facts === 'lost') await fillByOther(life, facts);
    startRequest(life);
    await loseAsOther(life, 1);
    await loseAsOther(life, 2);
  },
  void: async (life, facts) => {
    if (facts === 'ours') await takeAway(life);
    if (facts === 'taken') await loseAsOther(life, 0);
    life.world.clock.set(expiryOf(life) + 1);
    life.world.market.withdrawFunds(life.requestId);
  },
  'void, ours': async (life, facts) => {
    await land(life, facts);
    life.world.clock.set(expiryOf(life) + 1);
    life.world.market.withdrawFunds(life.requestId);
  },
  repair: async (life, facts) => {
    if (facts === 'open' || facts === 'sent') await fillByOther(life, facts);
    if (facts === 'ours') await takeAway(life);
    else if (facts !== 'lost') await loseAsOther(life, 0);
  },
  // The node is started on another chain.
  unknown: () => {},
  started: async (life, facts) => {
    await land(life, facts);
    if (facts === 'open' || facts === 'lost') await fillByOther(life, facts);
    startRequest(life);
  },
  expired: ({ world, ...life }) => world.clock.set(expiryOf({ world, ...life }) + 1),
};

export interface Place {
  readonly world: World;
  readonly requestId: FirstLife['requestId'];
  readonly slotId: FirstLife['slotId'];
}

export const forGood: { signal: AbortSignal } = { signal: new AbortController().signal };
const requestOf = ({ world, requestId }: Place) => world.market.chain.marketplace.request(requestId);
const expiryOf = (place: Place): number => requestOf(place).expiresAt;
const endOf = (place: Place): number => requestOf(place).endsAt;
export const hostOf = ({ world, slotId }: Place) => world.market.chain.marketplace.slot(slotId)?.host;
export const stateOf = ({ world, slotId }: Place) =>
  world.market.chain.marketplace.slotState(slotId, world.clock.now());

/** The last of the slots is filled. */
export function startRequest({ world, requestId }: Place): void {
  world.market.fillAsOther(requestId, 2, other);
}

/** A fill that was sent when the node was killed is mined. */
async function land(place: Place, facts: Facts): Promise<void> {
  const { world, requestId } = place;
  if (facts !== 'sent') return;
  const collateral = 10n ** 12n;
  await handsOf(world).fillSlot(requestId, 0, someProof, collateral, forGood);
}

async function fillByOther(place: Place, facts: Facts): Promise<void> {
  if (facts === 'taken') return;
  if (facts === 'ours') {
    await takeAway(place);
    // We have proven it in this period, and the contract takes one proof a period.
    place.world.clock.advance(place.world.market.config.periodSeconds);
  }
  place.world.market.fillAsOther(place.requestId, 0, other);
}

/** As when too many proofs were missed. */
export async function takeAway({ world, slotId }: Place): Promise<void> {
  await handsOf(world).freeSlot(slotId, forGood);
}

/** The other host loses its slot. */
export async function loseAsOther({ world, requestId }: Place, slotIndex: number): Promise<void> {
  await world.market.as(other).freeSlot(slotIdOf(requestId, slotIndex), forGood);
}

async function collect(place: Place): Promise<void> {
  const { world, slotId } = place;
  const host = hostOf(place);
  if (host === undefined || stateOf(place) === 'paid') return;
  await world.market.as(host, { tokens: 0n }).freeSlot(slotId, forGood);
}

/** Our account, whatever is held up in the node. */
const handsOf = ({ market }: World): FakeMarket => market.as(market.signer, { tokens: 0n });
