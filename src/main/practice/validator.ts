import type { RequestId, SlotId } from '../engine/contracts/ids.ts';
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

/**
 * Watches over all filled slots and marks each proof that did not come, from a second after the period's end on. Where
 * a vault keeps its share until the request is over, it fetches what it has earned since it was started.
 */
export class Validator {
  readonly #modules: ValidatorModules;
  readonly #newFills: LogTail<SlotPlace>;
  readonly #watched = new Map<SlotId, RequestId>();
  /** Slots that were marked for a period, so that it is not tried twice. */
  readonly #markedIn = new Map<SlotId, number>();
  /** Requests in whose vault funds there is a share of ours. */
  readonly #unpaid = new Set<RequestId>();

  constructor(modules: ValidatorModules) {
    this.#modules = modules;
    this.#newFills = modules.market.fills();
  }

  /** Looks at the period that has ended last, as long as its misses can be marked. */
  async act({ signal }: { signal: AbortSignal }): Promise<void> {
    for (const place of await this.#newFills()) this.#watched.set(slotOf(place), place.requestId);
    await Promise.all([
      this.#checkAll(signal),
      ...[...this.#unpaid].map((request) => this.#collect(request, signal)),
    ]);
  }

  async #checkAll(signal: AbortSignal): Promise<void> {
    const { timestamp } = this.#modules.chain.head;
    const period = periodOf(timestamp, PERIOD_SECONDS) - 1;
    const secondsSinceEnd = timestamp - periodStart(period + 1, PERIOD_SECONDS);
    if (secondsSinceEnd <= 0 || secondsSinceEnd >= practiceConfig.proofs.timeout) return;
    await Promise.all([...this.#watched.keys()].map((slot) => this.#check(slot, period, signal)));
  }

  async #check(slot: SlotId, period: number, signal: AbortSignal): Promise<void> {
    const { market, account, logger } = this.#modules;
    try {
      if (this.#markedIn.get(slot) === period) return;
      if (await market.canMarkProofAsMissing(slot, period)) {
        await market.markProofAsMissing(account, slot, period, { signal });
        this.#markedIn.set(slot, period);
        const request = this.#watched.get(slot);
        if (market.family === 'vault' && request !== undefined) this.#unpaid.add(request);
        logger.info('A missing proof was marked', { slotId: slot, period });
      } else if ((await market.slotState(slot)) !== 'filled') this.#forget(slot);
    } catch (error) {
      if (isAborted(error)) throw error;
      logger.debug('A missing proof could not be marked', { slotId: slot, period, error });
    }
  }

  async #collect(request: RequestId, signal: AbortSignal): Promise<void> {
    const { chain, market, account, logger } = this.#modules;
    try {
      if (chain.head.timestamp < (await market.requestEnd(request))) return;
      await market.withdrawByValidator(account, request, { signal });
      this.#unpaid.delete(request);
      logger.info('The validator took its share', { requestId: request });
    } catch (error) {
      if (isAborted(error)) throw error;
      logger.debug('The share of a validator could not be fetched', { requestId: request, error });
    }
  }

  /** A slot that is repaired is filled again, and so watched again. */
  #forget(slot: SlotId): void {
    this.#watched.delete(slot);
    this.#markedIn.delete(slot);
  }
}
