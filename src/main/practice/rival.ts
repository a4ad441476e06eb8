import type { Challenge, SlotId } from '../engine/contracts/ids.ts';
import { periodOf } from '../engine/contracts/periods.ts';
import type { Groth16Proof } from '../engine/contracts/proofs.ts';
import { isAborted } from '../engine/lib/abort.ts';
import type { Logger } from '../engine/logger.ts';
import type { Account } from './account.ts';
import type { Chain } from './chain.ts';
import { Chance } from './chance.ts';
import { PERIOD_SECONDS } from './deployment.ts';
import { slotOf, type LogTail, type Marketplace, type PostedRequest, type SlotPlace } from './marketplace.ts';

interface RivalModules {
  chain: Chain;
  market: Marketplace;
  account: Account;
  logger: Logger;
}

/**
 * Another provider, who is after the same slots: takes about one slot of each request of ordinary size, proves it
 * every period and collects its pay. It stores nothing, as the practice verifier looks at no data.
 */
export class Rival {
  readonly #modules: RivalModules;
  readonly #chance: Chance;
  readonly #newRequests: LogTail<PostedRequest>;
  #requestsSeen = 0;
  #wanted: SlotPlace[] = [];
  readonly #provenIn = new Map<SlotId, number>();

  constructor(modules: RivalModules, { seed }: { seed: number }) {
    this.#modules = modules;
    this.#chance = new Chance(seed);
    this.#newRequests = modules.market.requests();
  }

  /** Does all that is to be done at this block. What fails is logged and tried again at the next one. */
  async act({ signal }: { signal: AbortSignal }): Promise<void> {
    for (const request of await this.#newRequests()) this.#choose(request);
    const { market, account } = this.#modules;
    const slots = await market.slotsOf(account.address);
    // Nothing is awaited between here and the end: what is called off meanwhile would be nobody's.
    const filling = this.#wanted.splice(0).map((place) => this.#attempt('fill', this.#fill(place, signal)));
    const tending = slots.map((slot) => this.#attempt('tend', this.#tend(slot, signal)));
    await Promise.all([...filling, ...tending]);
  }

  /** The n-th request of the chain's life: one slot of it for sure, sometimes a second one. */
  #choose({ requestId, slots }: PostedRequest): void {
    const ordinal = this.#requestsSeen++;
    if (slots > MOST_SLOTS) return;
    const first = this.#chance.between(0, slots - 1, 'slot', ordinal);
    this.#wanted.push({ requestId, slotIndex: first });
    if (slots > 2 && this.#chance.unit('second', ordinal) < 0.25) {
      this.#wanted.push({ requestId, slotIndex: (first + 1) % slots });
    }
  }

  async #fill(place: SlotPlace, signal: AbortSignal): Promise<void> {
    const { market, account, logger } = this.#modules;
    if ((await market.requestState(place.requestId)) !== 'new') return;
    if (!(await market.canReserve(place.requestId, place.slotIndex, account.address))) return;
    await market.reserveSlot(account, place, { signal });
    const slot = slotOf(place);
    await market.fillSlot(account, place, shamProof(await market.challenge(slot)), { signal });
    this.#provenIn.set(slot, this.#period());
    logger.info('The rival filled a slot', { ...place });
  }

  async #tend(slot: SlotId, signal: AbortSignal): Promise<void> {
    const { market, account, logger } = this.#modules;
    const state = await market.slotState(slot);
    if (state === 'finished' || state === 'cancelled' || state === 'failed') {
      // A vault keeps the money of a failed request until the end that was planned.
      if (!(await market.canFree(slot, account.address))) return;
      await market.freeSlot(account, slot, { signal });
      this.#provenIn.delete(slot);
      logger.info('The rival was done with a slot', { slotId: slot, state });
    } else if (state === 'filled') await this.#prove(slot, signal);
  }

  async #prove(slot: SlotId, signal: AbortSignal): Promise<void> {
    const { market, account } = this.#modules;
    const period = this.#period();
    if (this.#provenIn.get(slot) === period || !(await market.isProofDue(slot))) return;
    await market.submitProof(account, slot, shamProof(await market.challenge(slot)), { signal });
    this.#provenIn.set(slot, period);
  }

  #period(): number {
    return periodOf(this.#modules.chain.head.timestamp, PERIOD_SECONDS);
  }

  async #attempt(what: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (isAborted(error)) throw error;
      this.#modules.logger.debug('The rival did not succeed', { what, error });
    }
  }
}

/** Larger requests it leaves to those with more room. */
const MOST_SLOTS = 8;

/** Any numbers that are not all zero: the practice verifier takes them. */
export function shamProof(challenge: Challenge): Groth16Proof {
  const x = BigInt(challenge) | 1n;
  const point = { x, y: 1n };
  return { a: point, b: { x: { real: x, imag: 1n }, y: { real: 1n, imag: x } }, c: point };
}
