import type { SlotId } from '../engine/contracts/ids.ts';
import { periodOf, periodStart } from '../engine/contracts/periods.ts';
import { isAborted } from '../engine/lib/abort.ts';
import type { Logger } from '../engine/logger.ts';
import type { Account } from './account.ts';
import type { Chain } from './chain.ts';
import { PERIOD_SECONDS, practiceConfig } from './deployment.ts';
import { slotOf, type LogTail, type Marketplace, type SlotPlace } from './marketplace.ts';

interface ValidatorModules {
  chain: Chain;
  market: Marketplace;
  account: Account;
  logger: Logger;
}

/** Watches over all filled slots and marks each proof that did not come, from a second after the period's end on. */
export class Validator {
  readonly #modules: ValidatorModules;
  readonly #newFills: LogTail<SlotPlace>;
  readonly #watched = new Set<SlotId>();
  /** Slots that were marked for a period, so that it is not tried twice. */
  readonly #markedIn = new Map<SlotId, number>();

  constructor(modules: ValidatorModules) {
    this.#modules = modules;
    this.#newFills = modules.market.fills();
  }

  /** Looks at the period that has ended last, as long as its misses can be marked. */
  async act({ signal }: { signal: AbortSignal }): Promise<void> {
    for (const place of await this.#newFills()) this.#watched.add(slotOf(place));
    const { timestamp } = this.#modules.chain.head;
    const period = periodOf(timestamp, PERIOD_SECONDS) - 1;
    const secondsSinceEnd = timestamp - periodStart(period + 1, PERIOD_SECONDS);
    if (secondsSinceEnd <= 0 || secondsSinceEnd >= practiceConfig.proofs.timeout) return;
    await Promise.all([...this.#watched].map((slot) => this.#check(slot, period, signal)));
  }

  async #check(slot: SlotId, period: number, signal: AbortSignal): Promise<void> {
    const { market, account, logger } = this.#modules;
    try {
      if (this.#markedIn.get(slot) === period) return;
      if (await market.canMarkProofAsMissing(slot, period)) {
        await market.markProofAsMissing(account, slot, period, { signal });
        this.#markedIn.set(slot, period);
        logger.info('A missing proof was marked', { slotId: slot, period });
      } else if ((await market.slotState(slot)) !== 'filled') this.#forget(slot);
    } catch (error) {
      if (isAborted(error)) throw error;
      logger.debug('A missing proof could not be marked', { slotId: slot, period, error });
    }
  }

  /** A slot that is repaired is filled again, and so watched again. */
  #forget(slot: SlotId): void {
    this.#watched.delete(slot);
    this.#markedIn.delete(slot);
  }
}
