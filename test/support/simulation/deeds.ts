import {
  slotIdOf,
  type AvailabilityId,
  type RequestId,
  type SlotId,
} from '../../../src/main/engine/contracts/ids.ts';
import { isEngineError } from '../../../src/main/engine/errors.ts';
import type { Availability } from '../../../src/main/engine/sales/availability.ts';
import { account, word } from '../requests.ts';
import type { Nonce } from '../../../src/main/engine/contracts/ids.ts';
import type { Life } from './life.ts';
import type { Deed } from './plan.ts';
import type { World } from './world.ts';

type Of<Kind extends Deed['kind']> = Extract<Deed, { kind: Kind }>;

/** What people do who are not the node: clients, other providers, and what befalls the disk. */
export const worldly: {
  [Kind in 'post' | 'rivalFills' | 'rivalsReserve' | 'withdraw' | 'damage' | 'purse']: (
    world: World,
    deed: Of<Kind>,
  ) => void;
} = {
  post: ({ market, requests }, { ask, expiry, nonce }) => {
    const { requestId } = market.requestStorage({ ask, expiry, nonce: word<Nonce>(nonce) });
    requests.push({ requestId, slots: Number(ask.slots) });
  },
  rivalFills: (world, { which, all }) => {
    const open = openSlots(world);
    const first = open[which % Math.max(1, open.length)];
    if (!first) return;
    const wanted = all ? open.filter(({ requestId }) => requestId === first.requestId) : [first];
    for (const { requestId, slotIndex } of wanted) {
      attempt(() => world.market.fillAsOther(requestId, slotIndex, account(0xb000 + (which % 3))));
    }
  },
  rivalsReserve: (world, { which, count }) => {
    const open = openSlots(world);
    const slot = open[which % Math.max(1, open.length)];
    if (slot) attempt(() => world.market.reserveAsOthers(slot.requestId, slot.slotIndex, count));
  },
  withdraw: ({ market, requests }, { which }) => {
    const request = requests[which % Math.max(1, requests.length)];
    if (request) attempt(() => market.withdrawFunds(request.requestId));
  },
  damage: ({ host, faults }, { which, share }) => {
    const slots = [...host.stored.keys()].sort();
    const slotId = slots[which % Math.max(1, slots.length)];
    if (!slotId) return;
    host.damage(slotId, ((host.stored.get(slotId) ?? 0n) * share) / 4n);
    faults.unfair(400);
  },
  purse: ({ market, tenancies, faults }, { tokens }) => {
    const { marketplace } = market.chain;
    tenancies.given += tokens - (marketplace.tokens.get(market.signer) ?? 0n);
    marketplace.tokens.set(market.signer, tokens);
    faults.unfair();
  },
};

/** What the node's owner does, while it runs. */
export const owned: {
  [Kind in 'createOffer' | 'patchOffer' | 'switchOffer' | 'deleteOffer' | 'workers']: (
    life: Life,
    deed: Of<Kind>,
  ) => Promise<unknown> | void;
} = {
  createOffer: ({ engine }, { terms }) => engine?.reservations.createAvailability(terms),
  patchOffer: ({ engine }, { which, changes }) => {
    const id = offerOf(engine?.reservations.availabilities(), which);
    return id && engine?.reservations.patchAvailability(id, changes);
  },
  switchOffer: ({ engine }, { which, enabled }) => {
    const id = offerOf(engine?.reservations.availabilities(), which);
    return id && engine?.reservations.setEnabled(id, enabled);
  },
  deleteOffer: ({ engine }, { which }) => {
    const id = offerOf(engine?.reservations.availabilities(), which);
    return id && engine?.reservations.deleteAvailability(id);
  },
  workers: ({ engine }, { count }) => {
    if (engine) engine.queue.setWorkers(Math.min(count, engine.queue.capacity));
  },
};

function offerOf(offers: readonly Availability[] | undefined, which: number): AvailabilityId | undefined {
  return offers?.[which % Math.max(1, offers.length)]?.id;
}

/** Slots that somebody could fill now, of requests with a number of slots that can be. */
function openSlots({
  market,
  requests,
  now,
}: World): { requestId: RequestId; slotIndex: number; slotId: SlotId }[] {
  const { marketplace } = market.chain;
  return requests.flatMap(({ requestId, slots }) => {
    const state = marketplace.requestState(requestId, now);
    if ((state !== 'new' && state !== 'started') || slots > 16) return [];
    return Array.from({ length: slots }, (_, slotIndex) => ({
      requestId,
      slotIndex,
      slotId: slotIdOf(requestId, slotIndex),
    })).filter(({ slotId }) => {
      const slotState = marketplace.slotState(slotId, now);
      return slotState === 'free' || slotState === 'repair';
    });
  });
}

/** The contract may refuse it. */
function attempt(deed: () => unknown): void {
  try {
    deed();
  } catch (error) {
    if (!isEngineError(error)) throw error;
  }
}
