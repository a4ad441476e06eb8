import { tokensText } from '../../../shared/units.ts';
import { Mutex } from '../lib/mutex.ts';
import type { Market } from '../market/market.ts';
import { reservationPhases, type Reservation } from './availability.ts';
import { tightestFit, type Refusal, type Wish } from './matching.ts';
import type { Reservations } from './reservations.ts';
import type { SaleRefusal } from './saleinfo.ts';

export type WalletRefusal = SaleRefusal & { readonly text: string };

/**
 * Reserves in the ledger what the wallet can pay for: the collateral of a slot, beside that of the other slots that are
 * being fetched. One for all sales, so that no two of them count on the same tokens.
 */
export class Wallet {
  readonly #market: Market;
  readonly #reservations: Reservations;
  readonly #oneAtATime = new Mutex();

  constructor({ market, reservations }: { market: Market; reservations: Reservations }) {
    this.#market = market;
    this.#reservations = reservations;
  }

  /** As `Reservations.findAndReserve`, or why the wallet does not allow it. */
  async findAndReserve(wish: Wish, signal: AbortSignal): Promise<Reservation | Refusal | WalletRefusal> {
    const reservations = this.#reservations;
    // Only what an offer would take is worth a look into the wallet.
    const isWanted =
      reservations.reservationOfSlot(wish.slotId) !== undefined ||
      !('rule' in tightestFit(reservations.availabilities(), wish));
    if (!isWanted) return reservations.findAndReserve(wish);
    const { tokens } = await this.#market.balances({ signal });
    return this.#oneAtATime.run(
      async () => this.#refusal(wish, tokens) ?? (await reservations.findAndReserve(wish)),
    );
  }

  /** Of a slot whose fill was sent the tokens may have left already, so they are not counted again. */
  #refusal({ slotId, collateral }: Wish, tokens: bigint): WalletRefusal | undefined {
    const promised = this.#reservations
      .reservations()
      .filter((reservation) => reservation.slotId !== slotId && isBeforeFill(reservation))
      .reduce((sum, reservation) => sum + reservation.collateral, 0n);
    const left = tokens > promised ? tokens - promised : 0n;
    if (left >= collateral) return undefined;
    const beside = promised > 0n ? ', beside what other slots are about to need' : '';
    const text = `Its collateral is ${tokensText(collateral)} tokens; your wallet holds ${tokensText(left)}${beside}. Put some in.`;
    return { rule: 'balance', details: { asked: collateral, yours: left }, text };
  }
}

const isBeforeFill = ({ phase }: Reservation): boolean =>
  reservationPhases.indexOf(phase) < reservationPhases.indexOf('filling');
