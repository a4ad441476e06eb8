import type { RequestId, ReservationId, SlotId } from '../../../src/main/engine/contracts/ids.ts';
import { slotIdOf } from '../../../src/main/engine/contracts/ids.ts';
import type { MarketEvent, Sent } from '../../../src/main/engine/market/market.ts';
import type { FakeMarket } from '../fakemarket.ts';
import type { DurableBooks } from './durablebooks.ts';
import { Violation } from './violation.ts';

/** A time in which a slot was ours, as the chain knows it. Tokens; Unix seconds. */
export interface Tenancy {
  readonly slotId: SlotId;
  readonly requestId: RequestId;
  readonly from: number;
  readonly collateral: bigint;
  /** The one under which it was filled; none when the sale had been given up before the fill came through. */
  readonly reservationId: ReservationId | undefined;
  /** The node has it on its disk that the slot was its own. */
  isKnown?: true;
  end?: TenancyEnd;
}

/**
 * Taken away before its host had it on its disk that the fill had come through: a node that was dead or cut off the whole
 * time may never know of it, as the contract does not tell who had a slot.
 */
export const isUnheardOf = ({ isKnown, end }: Tenancy): boolean =>
  !isKnown && (end?.kind === 'slotLost' || end?.kind === 'requestFailed');

export type TenancyEnd =
  | {
      readonly kind: 'paid' | 'partlyPaid';
      readonly at: number;
      readonly collateral: bigint;
      readonly payout: bigint;
    }
  /** Taken away, or the request failed: nothing came back. */
  | { readonly kind: 'slotLost' | 'requestFailed'; readonly at: number };

/** The chain's account of our slots, kept apart from all that the engine says of itself. */
export class Tenancies {
  readonly all: Tenancy[] = [];
  /** Tokens that came to the account otherwise, less what went. */
  given: bigint;
  readonly #market: FakeMarket;
  readonly #books: DurableBooks;
  readonly #onViolation: (error: unknown) => void;
  readonly #openBySlot = new Map<SlotId, Tenancy>();

  constructor(
    { market, books }: { market: FakeMarket; books: DurableBooks },
    onViolation: (error: unknown) => void,
  ) {
    this.#market = market;
    this.#books = books;
    this.#onViolation = onViolation;
    this.given = this.#tokens();
    market.chain.subscribe((event) => this.#hear(event));
  }

  /** That is filled by us at this moment, or ended and not collected. */
  open(slotId: SlotId): Tenancy | undefined {
    return this.#openBySlot.get(slotId);
  }

  /** Those that were filled under a reservation. */
  under(reservationId: ReservationId): Tenancy[] {
    return this.all.filter((tenancy) => tenancy.reservationId === reservationId);
  }

  async fill(requestId: RequestId, slotIndex: number, transact: () => Promise<Sent>): Promise<Sent> {
    const before = this.#tokens();
    const sent = await transact();
    const slotId = slotIdOf(requestId, slotIndex);
    const collateral = before - this.#tokens();
    const reservationId = this.#books.reservationOf(slotId)?.id;
    const tenancy: Tenancy = { slotId, requestId, from: sent.minedAt, collateral, reservationId };
    this.all.push(tenancy);
    this.#openBySlot.set(slotId, tenancy);
    return sent;
  }

  /** To be asked when a node sends that it frees a slot. While the slot is filled that gives its collateral away. */
  demandFreeable(slotId: SlotId): void {
    const { chain, signer } = this.#market;
    const isFilled = chain.marketplace.slotState(slotId, chain.clock.now()) === 'filled';
    if (isFilled && chain.marketplace.slot(slotId)?.host === signer)
      this.#onViolation(
        new Violation('Our own filled slot is freed, and its collateral given away', { slotId }),
      );
  }

  async free(slotId: SlotId, transact: () => Promise<Sent>): Promise<Sent> {
    const slot = this.#market.chain.marketplace.slot(slotId);
    const now = this.#market.chain.clock.now();
    const state = this.#market.chain.marketplace.slotState(slotId, now);
    const collateral = slot?.currentCollateral ?? 0n;
    const sent = await transact();
    if (state === 'finished' || state === 'cancelled') {
      const kind = state === 'finished' ? 'paid' : 'partlyPaid';
      this.#end(slotId, { kind, at: now, collateral, payout: sent.tokensReceived - collateral });
    }
    return sent;
  }

  #hear(event: MarketEvent): void {
    const at = this.#market.chain.clock.now();
    if (event.name === 'SlotFreed') {
      this.#end(slotIdOf(event.requestId, event.slotIndex), { kind: 'slotLost', at });
    } else if (event.name === 'RequestFailed') {
      for (const { slotId, requestId } of this.#openBySlot.values()) {
        if (requestId === event.requestId) this.#end(slotId, { kind: 'requestFailed', at });
      }
    }
  }

  #end(slotId: SlotId, end: TenancyEnd): void {
    const tenancy = this.#openBySlot.get(slotId);
    if (!tenancy) return;
    tenancy.end = end;
    this.#openBySlot.delete(slotId);
  }

  #tokens(): bigint {
    return this.#market.chain.marketplace.tokens.get(this.#market.signer) ?? 0n;
  }
}
