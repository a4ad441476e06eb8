import type { Clock } from '../clock/clock.ts';
import type { SlotId } from '../contracts/ids.ts';
import { requestIdOf } from '../contracts/requestid.ts';
import { retry } from '../lib/retry.ts';
import type { Logger } from '../logger.ts';
import type { Market } from '../market/market.ts';
import type { SlotHost } from '../slots/slothost.ts';
import type { Reservations } from './reservations.ts';
import type { SaleInfo } from './saleinfo.ts';
import type { RetryTimes, SlotRef } from './salestate.ts';
import type { SaleStore } from './salestore.ts';

export interface OwnSlotsModules {
  readonly market: Market;
  readonly clock: Clock;
  readonly reservations: Reservations;
  readonly host: SlotHost;
  readonly store: SaleStore;
  readonly logger: Logger;
}

/** A slot in which bytes or money of ours are or may be, and what is known of its sale. */
export interface OwnSlot {
  readonly ref: SlotRef;
  readonly stored?: SaleInfo;
}

/**
 * Everything that a sale has to be taken up for after a start: what the chain says is ours, what the ledger has set
 * aside, and what was filled as far as we knew, whoever else forgot it. The chain is waited for.
 */
export async function ownSlots(
  modules: OwnSlotsModules,
  { signal, retryTimes }: { signal: AbortSignal; retryTimes: RetryTimes },
): Promise<OwnSlot[]> {
  const { market, reservations, store, logger } = modules;
  const onError = (error: unknown, attempt: number) =>
    logger.warn('Our slots could not be read; trying again', { attempt, error });
  const again = <T>(work: () => Promise<T>) => retry(work, { signal, ...retryTimes, onError });
  const stored = new Map((await again(() => store.running())).map((info) => [info.slotId, info] as const));
  const refs = new Map<SlotId, SlotRef>();
  for (const { slotId, requestId, slotIndex } of reservations.reservations()) {
    refs.set(slotId, { slotId, requestId, slotIndex });
  }
  for (const slotId of await again(() => market.mySlots({ signal }))) {
    // All the others are known by their reservation.
    if (refs.has(slotId)) continue;
    const active = await again(() => market.getActiveSlot(slotId, { signal }));
    if (active) {
      refs.set(slotId, { slotId, requestId: requestIdOf(active.request), slotIndex: active.slotIndex });
    }
  }
  for (const info of stored.values()) {
    if (refs.has(info.slotId)) continue;
    const { slotId, requestId, slotIndex } = info;
    if (mayHoldMoney(info)) refs.set(slotId, { slotId, requestId, slotIndex });
    else await closeLeftOver(info, modules);
  }
  return [...refs.values()].map((ref) => {
    const info = stored.get(ref.slotId);
    return info ? { ref, stored: info } : { ref };
  });
}

/** Filled, and not known how it ended: whoever else forgot it, the chain is asked. */
const mayHoldMoney = ({ filledAt, outcome }: SaleInfo): boolean =>
  filledAt !== undefined && outcome === undefined;

/**
 * It was given back, and the process ended before that was noted; or its reservation could not be read, and then its
 * bytes are still there, which nothing else speaks of. What fails here is found again at the next start.
 */
async function closeLeftOver(info: SaleInfo, { host, store, clock, logger }: OwnSlotsModules): Promise<void> {
  const outcome = info.outcome ?? {
    code: 'error',
    text: 'The node stopped while this sale was being closed.',
  };
  try {
    await host.clear(info.slotId);
    await store.close({ ...info, outcome, endedAt: info.endedAt ?? clock.now() });
  } catch (error) {
    logger.error('What an ended sale left behind could not be put away', { slotId: info.slotId, error });
  }
}
