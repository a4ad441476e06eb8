import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SlotId } from '../../../src/main/engine/contracts/ids.ts';
import { slotIdOf } from '../../../src/main/engine/contracts/ids.ts';
import { EngineError } from '../../../src/main/engine/errors.ts';
import { MarketError } from '../../../src/main/engine/market/errors.ts';
import type { Terms } from '../../../src/main/engine/sales/offers.ts';
import type { Act, Cast, Fate, Life } from './life.ts';
import { offer, termsFor } from './lives.ts';
import type { EndPlan } from './nodeview.ts';
import type { SeededNumbers } from '../random.ts';
import { SLOT_BYTES, type Stage } from './stage.ts';

/** Offers, requests, rivals, lazy hosts and changes of mind at random times; a validator watches all of them. */
export function randomLife(name: string, random: SeededNumbers): Life {
  const acts: Act[] = [
    offerAt(0, 'First disk', random),
    requestAt(random.int(0, 60), random),
    ...some(random, 2, () => requestAt(random.int(0, 250), random)),
    ...some(random, 1, () => offerAt(random.int(1, 200), 'Second disk', random)),
    ...some(random, 3, () => rivalAt(random.int(0, 250), random)),
    ...some(random, 2, () => patchAt(random.int(1, 300), random)),
    ...some(random, 1, () => deleteAt(random.int(60, 400), random)),
    ...some(random, 1, () => harmAt(random.int(30, 300), random)),
  ];
  return {
    name,
    acts: acts.sort((a, b) => (a.at ?? 0) - (b.at ?? 0)),
    onTime: markMissed,
    // A file lost at the end of a period leaves too little of it to fetch the data again.
    mayComplain: /^Data of a slot is missing|^A proof was not given in its period cause=dataMissing/,
  };
}

/** Up to `kills` processes are killed: at a durable write, at a call to the chain, or at any instant; some are stopped. */
export function randomFate(random: SeededNumbers, kills: number): Fate {
  const isSpared = ({ kills: killed }: { kills: number }) => killed >= kills;
  let kind: 'write' | 'call' | 'instant' | 'stop' = 'write';
  return {
    plan: (told) => {
      kind = random.pick(['write', 'write', 'call', 'call', 'instant', 'instant', 'instant', 'stop']);
      const how = kind === 'stop' ? 'stop' : random.pick<EndPlan['how']>(['before', 'after']);
      const at = random.int(1, random.pick([4, 15, 60]));
      return isSpared(told) || kind === 'call' || kind === 'instant' ? undefined : { at, how };
    },
    hunt: (told, node) => {
      const call = random.int(1, random.pick([10, 40, 120]));
      const phase = random.pick<'killBefore' | 'killAfter'>(['killBefore', 'killAfter']);
      const instant = random.next() * random.pick([5, 40, 150]);
      if (isSpared(told)) return {};
      if (kind === 'instant') {
        const timer = setTimeout(() => node.kill(), instant);
        return { callOff: () => clearTimeout(timer) };
      }
      let calls = 0;
      return kind === 'call' ? { watcher: { onCall: () => (++calls === call ? phase : undefined) } } : {};
    },
    downtime: () => (random.chance(0.5) ? 0 : random.pick([1, 5, 20, 70, 150])),
  };
}

const since = (at: number): Pick<Act, 'at' | 'when'> => ({
  at,
  when: ({ now }, { bornAt }) => now >= bornAt + at,
});

function offerAt(at: number, name: string, random: SeededNumbers): Act {
  const slots = random.int(1, 4);
  return { ...offer(termsFor(slots, { name, totalCollateral: SLOT_BYTES * 8n * 200n })), ...since(at) };
}

function requestAt(at: number, random: SeededNumbers): Act {
  const slots = random.pick([1, 2, 2]);
  const duration = random.int(150, 500);
  const expiry = random.int(40, Math.min(300, duration - 1));
  return {
    name: `a request of ${slots} slots for ${duration} s, void after ${expiry} s`,
    ...since(at),
    do: async ({ stage }) => void stage.post({ slots, duration, expiry }),
  };
}

/** Takes a slot if it is to be had; the one with the odd index will not prove, and lose it again. */
function rivalAt(at: number, random: SeededNumbers): Act {
  const which = random.next();
  const index = random.int(0, 1);
  return {
    name: `a rival goes for slot ${index}`,
    ...since(at),
    do: async ({ stage }) => {
      const posted = stage.requests[Math.floor(which * stage.requests.length)];
      if (posted) ifPossible(() => stage.fillAsOther(index, posted.requestId));
    },
  };
}

function patchAt(at: number, random: SeededNumbers): Act {
  const changes = random.pick<Partial<Terms>>([
    { minPricePerBytePerSecond: 50n },
    { minPricePerBytePerSecond: 1n },
    { totalSize: SLOT_BYTES * 5n },
    { totalSize: SLOT_BYTES },
    { enabled: false },
    { enabled: true },
    { duration: 10n },
    { name: 'First disk' },
  ]);
  return {
    name: `patch ${Object.keys(changes).join()} to ${Object.values(changes).join()}`,
    ...since(at),
    do: (cast) => toOffer(cast, (id) => cast.node.patchOffer(id, changes)),
  };
}

function deleteAt(at: number, random: SeededNumbers): Act {
  const isMeant = random.chance(0.5);
  return {
    name: isMeant ? 'delete the first offer' : 'nothing',
    ...since(at),
    do: async (cast) => {
      if (isMeant) await toOffer(cast, (id) => cast.node.deleteOffer(id));
    },
  };
}

/** While the node is away the disk loses a file of each slot. */
function harmAt(at: number, random: SeededNumbers): Act {
  const file = random.pick(['data.pack', 'leaves', 'manifest', 'state.a']);
  return {
    name: `every ${file} is lost`,
    ...since(at),
    do: async ({ stage, view, restart }) => {
      const lost = [...view.storedBySlot.keys()].map((slotId) => join(stage.folder, 'slots', slotId, file));
      await restart(async () => {
        for (const path of lost) await rm(path, { force: true });
      });
    },
  };
}

/** Of the first disk, if it is still there; what the ledger refuses is refused. */
async function toOffer(
  { view }: Cast,
  work: (id: Cast['view']['availabilities'][number]['id']) => Promise<void>,
): Promise<void> {
  const first = view.availabilities.find(({ name }) => name === 'First disk');
  if (!first) return;
  try {
    await work(first.id);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
}

/** A validator looks at every slot whenever time moved; of the rivals only the lazy one does not prove. */
function markMissed(stage: Stage): void {
  const { marketplace } = stage.market.chain;
  for (const slotId of slotsOf(stage)) {
    const slot = marketplace.slot(slotId);
    const isOurs = slot?.host === stage.market.signer;
    if (slot?.host && (isOurs || slot.slotIndex === 1)) stage.markMissed(slotId);
  }
}

function slotsOf({ requests }: Stage): SlotId[] {
  return requests.flatMap(({ requestId, request }) =>
    Array.from({ length: Number(request.ask.slots) }, (_, index) => slotIdOf(requestId, index)),
  );
}

function ifPossible(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof MarketError)) throw error;
  }
}

function some<T>(random: SeededNumbers, most: number, make: () => T): T[] {
  return Array.from({ length: random.int(0, most) }, make);
}
