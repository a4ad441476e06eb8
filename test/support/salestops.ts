import type { SaleStateName } from '../../src/main/engine/sales/saleinfo.ts';
import { settled } from './salesfixtures.ts';
import { loseAsOther, startRequest, takeAway, type Facts } from './chainturns.ts';
import { other, type FirstLife } from './stoppedsale.ts';

/** A moment at which a node may be ended. */
export interface Stop {
  readonly state: SaleStateName;
  readonly facts: Facts;
  readonly drive: (life: FirstLife) => Promise<void>;
}

/** At least one for each state of a sale. */
export const stops: Readonly<Record<string, Stop>> = {
  preparing: {
    state: 'preparing',
    facts: 'open',
    drive: async (life) => {
      life.hold('slotState');
      await life.offer();
    },
  },
  slotReserving: {
    state: 'slotReserving',
    facts: 'open',
    drive: async (life) => {
      life.hold('reserveSlot');
      await life.offer();
    },
  },
  'slotReserving, mined': {
    state: 'slotReserving',
    facts: 'open',
    drive: async (life) => {
      life.hold('reserveSlot', { after: true });
      await life.offer();
    },
  },
  downloading: {
    state: 'downloading',
    facts: 'open',
    drive: async (life) => {
      life.holdDownload();
      await life.offer();
    },
  },
  initialProving: { state: 'initialProving', facts: 'open', drive: (life) => life.offer() },
  filling: {
    state: 'filling',
    facts: 'sent',
    drive: async (life) => {
      life.hold('fillSlot');
      await life.sell();
    },
  },
  'filling, mined': {
    state: 'filling',
    facts: 'ours',
    drive: async (life) => {
      life.hold('fillSlot', { after: true });
      await life.sell();
    },
  },
  filled: {
    state: 'filled',
    facts: 'ours',
    drive: async (life) => {
      life.hold('getHost');
      await life.sell();
    },
  },
  proving: { state: 'proving', facts: 'ours', drive: (life) => life.sell() },
  'unknown, of a filled slot': {
    state: 'unknown',
    facts: 'ours',
    drive: async (life) => {
      await life.sell();
      await life.restart(() => life.hold('slotState'));
    },
  },
  'unknown, of a download': {
    state: 'unknown',
    facts: 'open',
    drive: async (life) => {
      life.holdDownload();
      await life.offer();
      await life.restart(() => life.hold('slotState'));
    },
  },
  payout: {
    state: 'payout',
    facts: 'over',
    drive: async (life) => {
      life.hold('freeSlot');
      await sellToTheEnd(life);
    },
  },
  'payout, mined': {
    state: 'payout',
    facts: 'over',
    drive: async (life) => {
      life.hold('freeSlot', { after: true });
      await sellToTheEnd(life);
    },
  },
  finished: {
    state: 'finished',
    facts: 'over',
    drive: async (life) => {
      life.holdClear();
      await sellToTheEnd(life);
      await life.pass(120);
    },
  },
  'cancelled, ours': {
    state: 'cancelled',
    facts: 'over',
    drive: async (life) => {
      life.hold('freeSlot');
      await life.sell();
      await life.pass(600);
    },
  },
  'cancelled, ours, mined': {
    state: 'cancelled',
    facts: 'over',
    drive: async (life) => {
      life.hold('freeSlot', { after: true });
      await life.sell();
      await life.pass(600);
    },
  },
  'cancelled, not ours': {
    state: 'cancelled',
    facts: 'over',
    drive: async (life) => {
      life.holdDownload();
      life.holdClear();
      await life.offer();
      await life.pass(700);
    },
  },
  failed: {
    state: 'failed',
    facts: 'over',
    drive: async (life) => {
      life.hold('freeSlot');
      await life.sell();
      startRequest(life);
      await loseAsOther(life, 1);
      await loseAsOther(life, 2);
      await life.pass(70);
    },
  },
  'errored, not filled': {
    state: 'errored',
    facts: 'open',
    drive: async (life) => {
      life.holdClear();
      life.world.host.beforeChunk = async (_slot, done) => {
        if (done > 0n) throw new Error('no peer has it');
      };
      await life.offer();
    },
  },
  'errored, lost': {
    state: 'errored',
    facts: 'lost',
    drive: async (life) => {
      life.holdClear();
      await life.sell();
      await takeAway(life);
      await life.pass(240);
    },
  },
  ignored: {
    state: 'ignored',
    facts: 'taken',
    drive: async (life) => {
      life.holdDownload();
      life.holdClear();
      await life.offer();
      life.world.market.fillAsOther(life.requestId, 0, other);
      await settled();
    },
  },
};

async function sellToTheEnd(life: FirstLife): Promise<void> {
  await life.sell();
  startRequest(life);
  await life.pass(3600, 600);
}
