import type { BacktestTotals } from '../../../shared/insight.ts';
import { pricePerSlot, type StorageAsk } from '../contracts/requests.ts';
import { SortedList } from '../lib/sorted-list.ts';
import type { Availability } from '../sales/availability.ts';
import type { WishTerms } from '../sales/matching.ts';
import { roomVerdict, type Verdict } from './verdict.ts';

/** Slots, bytes and pay, summed up over requests. */
export class Totals {
  #value: BacktestTotals = { requests: 0, slots: 0n, bytes: 0n, earned: 0n };

  get value(): BacktestTotals {
    return this.#value;
  }

  add(ask: StorageAsk, slots: bigint): void {
    const { requests, slots: slotsBefore, bytes, earned } = this.#value;
    this.#value = {
      requests: requests + 1,
      slots: slotsBefore + slots,
      bytes: bytes + slots * ask.slotSize,
      earned: earned + slots * pricePerSlot(ask),
    };
  }
}

/**
 * An offer that takes what fits and gives it back when it ends. A slot ties its bytes and collateral from the second its
 * request was posted to the one in which it ends. Time goes on with the requests, and never back.
 */
export class CapacityOverTime {
  readonly #totals = new Totals();
  readonly #held = new SortedList<number, Hold>({
    compare: (a, b) => a.endsAt - b.endsAt || a.id - b.id,
    keyOf: ({ id }) => id,
  });
  #offer: Availability;
  #now = 0;
  #taken = 0;

  constructor(offer: Availability) {
    this.#offer = offer;
  }

  get totals(): BacktestTotals {
    return this.#totals.value;
  }

  /** Takes as many slots of a request as fit; when none does, answers why. */
  take(ask: StorageAsk, wish: WishTerms, startsAt: number): Verdict | undefined {
    this.#now = Math.max(this.#now, startsAt);
    this.#release();
    const refusal = roomVerdict(this.#offer, wish);
    if (refusal) return refusal;
    // The first fits, and the others as long as there is room: each takes exactly its rate of collateral for its bytes,
    // so that what is left for each free byte does not fall.
    const room = this.#offer.freeSize / ask.slotSize;
    const slots = room < ask.slots ? room : ask.slots;
    this.#hold(slots * ask.slotSize, slots * wish.collateral, this.#now + Number(ask.duration));
    this.#totals.add(ask, slots);
    return undefined;
  }

  #hold(bytes: bigint, collateral: bigint, endsAt: number): void {
    this.#held.set({ id: this.#taken++, bytes, collateral, endsAt });
    this.#change(-bytes, -collateral);
  }

  #release(): void {
    for (let { first } = this.#held; first && first.endsAt <= this.#now; { first } = this.#held) {
      this.#held.delete(first.id);
      this.#change(first.bytes, first.collateral);
    }
  }

  #change(bytes: bigint, collateral: bigint): void {
    const { freeSize, totalRemainingCollateral } = this.#offer;
    this.#offer = {
      ...this.#offer,
      freeSize: freeSize + bytes,
      totalRemainingCollateral: totalRemainingCollateral + collateral,
    };
  }
}

interface Hold {
  readonly id: number;
  readonly bytes: bigint;
  readonly collateral: bigint;
  /** Unix second. */
  readonly endsAt: number;
}
