import { describe, expect, it } from 'vitest';
import type { Challenge, SlotId } from '../../../src/main/engine/contracts/ids.ts';
import type { Groth16Proof } from '../../../src/main/engine/contracts/proofs.ts';
import { collateralPerSlot } from '../../../src/main/engine/contracts/requests.ts';
import { riskReport } from '../../../src/main/engine/insight/slotsatrisk.ts';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import type { SaleInfo, SalesEvent } from '../../../src/main/engine/sales/saleinfo.ts';
import { newSale } from '../../../src/main/engine/sales/salerecord.ts';
import type { Prover } from '../../../src/main/engine/slots/prover.ts';
import { SlashOnDemand } from '../../../src/main/practice/slash.ts';
import type { PracticeSlash } from '../../../src/shared/practiceslash.ts';
import { fakeConfig } from '../../support/fakemarket.ts';
import { aRequest, exampleAsk, word } from '../../support/requests.ts';

const period = fakeConfig.periodSeconds;
const start = 1000 * period;

/** Slots that are ours, on a chain without any; the proofs that are asked for are answered at once. */
class Slots {
  now = start;
  readonly sales = { list: () => [...this.#bySlot.values()], onEvent: new Emitter<SalesEvent>() };
  readonly insight = {
    risk: ({ seconds, risk }: { seconds: readonly number[]; risk: number }) =>
      riskReport(this.sales.list(), fakeConfig, { now: this.now, seconds, risk }),
  };
  readonly shown: PracticeSlash[] = [];
  readonly slash = new SlashOnDemand(
    { show: (slash) => this.shown.push(slash), logger: silentLogger },
    { periodSeconds: period },
  );
  readonly #bySlot = new Map<SlotId, SaleInfo>();
  readonly #prover: Prover = this.slash.around(truthful);

  add(slot: number, { proofs, ask, ...rest }: Changes = {}): SlotId {
    const slotId = word<SlotId>(slot);
    const fresh = newSale({ slotId, requestId: word(99), slotIndex: slot }, start);
    this.#bySlot.set(slotId, {
      ...fresh,
      state: 'proving',
      filledAt: start,
      requestEndsAt: start + 100 * period,
      ...rest,
      ask: { ...exampleAsk, ...ask },
      proofs: { ...fresh.proofs, ...proofs },
    });
    return slotId;
  }

  change(slotId: SlotId, change: Partial<SaleInfo>): SaleInfo {
    const sale = { ...this.#saleOf(slotId), ...change };
    this.#bySlot.set(slotId, sale);
    return sale;
  }

  miss(slotId: SlotId): void {
    const { proofs } = this.#saleOf(slotId);
    const missed = { ...proofs, missed: proofs.missed + 1, missedAt: [...proofs.missedAt, this.now] };
    const sale = this.change(slotId, { proofs: missed });
    this.sales.onEvent.emit({ type: 'proof', sale, result: 'missed' });
  }

  end(slotId: SlotId): void {
    const sale = this.change(slotId, { state: 'payout' });
    this.sales.onEvent.emit({ type: 'entered', sale, from: 'proving' });
  }

  /** A proof of the slot is due in the n-th period from the start. */
  async prove(slotId: SlotId, periods: number): Promise<string> {
    const { proofs } = this.#saleOf(slotId);
    this.change(slotId, { proofs: { ...proofs, dueBy: start + (periods + 1) * period } });
    const slot = { slotId, request: aRequest(), slotIndex: 0 };
    const { signal } = new AbortController();
    try {
      await this.#prover.prove(slot, word<Challenge>(7), async () => Buffer.of(), { signal });
      return 'given';
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  #saleOf(slotId: SlotId): SaleInfo {
    return this.#bySlot.get(slotId) ?? expect.fail('No such slot');
  }
}

type Changes = Partial<Omit<SaleInfo, 'ask' | 'proofs'>> & {
  ask?: Partial<SaleInfo['ask'] & object>;
  proofs?: Partial<SaleInfo['proofs']>;
};

const point = { x: 1n, y: 1n };
const proof: Groth16Proof = {
  a: point,
  b: { x: { real: 1n, imag: 1n }, y: { real: 1n, imag: 1n } },
  c: point,
};
const truthful: Prover = { name: 'a prover', refusal: () => undefined, prove: async () => proof };

const slashOfExample = (collateralPerSlot(exampleAsk) * BigInt(fakeConfig.slashPercentage)) / 100n;

describe('a slash on demand', () => {
  it('holds one proof of one slot back, for all of its period, and is over when it was marked', async () => {
    const slots = new Slots();
    const one = slots.add(1);
    const other = slots.add(2, { ask: { proofProbability: 4n } });
    const begun = slots.slash.begin(slots);
    expect(begun).toMatchObject({ state: 'waiting', slotId: one, cost: slashOfExample });

    expect(await slots.prove(other, 1)).toBe('given');
    expect(await slots.prove(one, 1)).toBe('PROOF_HELD_BACK');
    expect(slots.shown.at(-1)).toMatchObject({ state: 'heldBack', slotId: one, at: start + 2 * period });
    expect(await slots.prove(one, 1)).toBe('PROOF_HELD_BACK');
    // A second miss would cost the slot.
    expect(await slots.prove(one, 2)).toBe('given');
    slots.now = start + 2 * period + 31;
    slots.miss(one);
    expect(slots.shown.at(-1)).toEqual({ ...begun, state: 'slashed', at: slots.now });
    expect(await slots.prove(one, 3)).toBe('given');
    expect(slots.sales.onEvent.size).toBe(0);
  });

  it('holds the next one back when nobody marked the first', async () => {
    const slots = new Slots();
    const one = slots.add(1);
    slots.slash.begin(slots);
    expect(await slots.prove(one, 1)).toBe('PROOF_HELD_BACK');
    expect(await slots.prove(one, 2)).toBe('given');
    expect(await slots.prove(one, 3)).toBe('PROOF_HELD_BACK');
  });

  it('takes another slot when its own ends before that, and is called off when there is none', async () => {
    const slots = new Slots();
    const one = slots.add(1);
    const other = slots.add(2, { ask: { proofProbability: 4n } });
    slots.slash.begin(slots);
    slots.end(one);
    expect(slots.shown.at(-1)).toMatchObject({ state: 'waiting', slotId: other });
    expect(await slots.prove(other, 1)).toBe('PROOF_HELD_BACK');
    slots.end(other);
    expect(slots.shown.at(-1)).toMatchObject({ state: 'calledOff', slotId: other });
    expect(slots.sales.onEvent.size).toBe(0);
  });

  it('is one at a time, and can be asked for again when it is over', () => {
    const slots = new Slots();
    const one = slots.add(1);
    slots.add(2);
    slots.slash.begin(slots);
    expect(() => slots.slash.begin(slots)).toThrow(
      expect.objectContaining({ code: 'PRACTICE_SLASH_UNDER_WAY' }),
    );
    slots.miss(one);
    expect(slots.slash.begin(slots)).toMatchObject({ slotId: word(2) });
  });

  it('is called off by stopping: every proof is given', async () => {
    const slots = new Slots();
    const one = slots.add(1);
    slots.slash.begin(slots);
    expect(await slots.prove(one, 1)).toBe('PROOF_HELD_BACK');
    slots.slash.stop();
    expect(await slots.prove(one, 1)).toBe('given');
    expect(slots.shown.at(-1)?.state).toBe('calledOff');
    expect(slots.sales.onEvent.size).toBe(0);
    slots.slash.stop();
    expect(slots.shown.filter(({ state }) => state === 'calledOff')).toHaveLength(1);
  });

  it.each<[string, Changes | undefined]>([
    ['there is no slot', undefined],
    ['the slot is not filled yet', { state: 'downloading' }],
    ['one more miss would take the slot away', { proofs: { missed: fakeConfig.maxNumberOfSlashes - 1 } }],
    ['its request ends too soon', { requestEndsAt: start + 2 * period }],
  ])('is refused with a sentence when %s', (_, changes) => {
    const slots = new Slots();
    if (changes) slots.add(1, changes);
    expect(() => slots.slash.begin(slots)).toThrow(
      expect.objectContaining({ code: 'PRACTICE_NO_SLOT', message: expect.stringContaining('filled') }),
    );
  });

  it('takes the slot of which a proof is due soonest, and of equal ones the one that runs longest', () => {
    const slots = new Slots();
    slots.add(1, { ask: { proofProbability: 5n } });
    slots.add(2, { requestEndsAt: start + 50 * period });
    const longest = slots.add(3, { requestEndsAt: start + 60 * period });
    slots.add(4, { requestEndsAt: start + 55 * period });
    expect(slots.slash.begin(slots).slotId).toBe(longest);
  });
});
