import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Terms } from '../../../src/main/engine/sales/offers.ts';
import type { Act, Life } from './life.ts';
import type { NodeView } from './nodeview.ts';
import { SLOT_BYTES } from './stage.ts';

/** A life of which it is known how its sales end, whatever happens to the processes. */
export interface KnownLife extends Life {
  readonly outcomes: readonly string[];
}

/** Room and collateral for so many slots, under conditions that the requests meet. */
export const termsFor = (slots: number, changes: Partial<Terms> = {}): Terms => ({
  name: 'Spare disk',
  totalSize: SLOT_BYTES * BigInt(slots),
  duration: 86_400n,
  minPricePerBytePerSecond: 5n,
  totalCollateral: SLOT_BYTES * BigInt(slots) * 200n,
  ...changes,
});

export const always = () => true;
const proving = ({ sales }: NodeView) => sales.some(({ state }) => state === 'proving');
/** When the first proof after the fill is in. */
const proven = ({ sales }: NodeView) => sales.some(({ proofs }) => proofs.sent > 0);

/** An owner looks whether the offer is there before offering once more. */
export const offer = (terms: Terms): Act => ({
  name: 'offer',
  when: always,
  do: async ({ node, view, stage }) => {
    if (view.availabilities.every(({ name }) => name !== terms.name)) await node.createOffer(terms);
    stage.offered.set(terms.name, terms);
  },
});

const request = (slots: number): Act => ({
  name: 'request',
  when: always,
  do: async ({ stage }) => void stage.post({ slots }),
});

export const paid: KnownLife = {
  name: 'a slot that is sold, proven and paid',
  outcomes: ['paid'],
  acts: [offer(termsFor(2)), request(1)],
};

const lostRace: KnownLife = {
  name: 'a slot that another fills during the download',
  outcomes: ['slotTaken'],
  acts: [offer(termsFor(2)), request(1)],
  onProgress: (stage, { doneBytes }) => {
    if (stage.isUntouched(stage.slot(0)) && doneBytes >= 131_072n) stage.fillAsOther(0);
  },
};

const expired: KnownLife = {
  name: 'a slot whose request never starts, paid until its expiry',
  outcomes: ['partlyPaid'],
  acts: [offer(termsFor(1)), request(2)],
};

const patched: KnownLife = {
  name: 'an offer that is made cheaper to be taken, and larger while it is used',
  outcomes: ['paid'],
  acts: [
    offer(termsFor(1, { minPricePerBytePerSecond: 50n })),
    request(1),
    patch('cheaper', { minPricePerBytePerSecond: 5n }, always),
    patch('larger', { totalSize: SLOT_BYTES * 3n, totalCollateral: SLOT_BYTES * 3n * 200n }, proving),
  ],
};

const deleted: KnownLife = {
  name: 'an offer that is deleted while its slot runs',
  outcomes: ['paid'],
  acts: [
    offer(termsFor(1)),
    request(1),
    {
      name: 'delete',
      when: proving,
      do: async ({ node, view, stage }) => {
        for (const { id } of view.availabilities) await node.deleteOffer(id);
        stage.offered.clear();
      },
    },
  ],
};

const slashed: KnownLife = {
  name: 'a slot that is lost while the node is away',
  outcomes: ['slotLost'],
  acts: [
    offer(termsFor(1)),
    {
      ...request(2),
      do: async ({ stage }) => {
        stage.post({ slots: 2, duration: 420, expiry: 100 });
        stage.fillAsOther(1);
      },
    },
    {
      name: 'away',
      when: proven,
      do: ({ stage, restart }) => restart(() => stage.slashOut(stage.slot(0))),
    },
  ],
};

const repaired: KnownLife = {
  name: 'a slot that another lost, taken over for repair',
  outcomes: ['paid'],
  acts: [
    offer(termsFor(1)),
    {
      ...request(2),
      do: async ({ stage }) => {
        stage.post({ slots: 2, duration: 400, expiry: 399 });
        stage.fillAsOther(0);
        stage.fillAsOther(1);
      },
    },
    {
      name: 'lost by the other',
      when: always,
      do: async ({ stage }) => {
        if (stage.market.chain.marketplace.slot(stage.slot(0))?.host) stage.slashOut(stage.slot(0));
      },
    },
  ],
};

const dataLost: KnownLife = {
  name: 'a slot whose bytes are lost while the node is away',
  mayComplain: /^Data of a slot is missing/,
  outcomes: ['paid'],
  acts: [
    offer(termsFor(1)),
    request(1),
    {
      name: 'away',
      when: proven,
      do: ({ stage, restart }) =>
        restart(() => rm(join(stage.folder, 'slots', stage.slot(0), 'data.pack'), { force: true })),
    },
  ],
};

export const lives: readonly KnownLife[] = [
  paid,
  lostRace,
  expired,
  patched,
  deleted,
  slashed,
  repaired,
  dataLost,
];

function patch(name: string, changes: Partial<Terms>, when: (view: NodeView) => boolean): Act {
  return {
    name,
    when,
    do: async ({ node, view, stage }) => {
      for (const { id } of view.availabilities) await node.patchOffer(id, changes);
      for (const [offerName, terms] of stage.offered) stage.offered.set(offerName, { ...terms, ...changes });
    },
  };
}
