import type { SalesEvent } from '../engine/sales/saleinfo.ts';

/** What the demo has seen so far. */
export class Tally {
  readonly #proofsBySlot = new Map<string, number>();
  #payouts = 0;
  #paid = 0n;
  #refused = 0;
  #lost = 0;

  saw({ type, sale }: SalesEvent): void {
    if (sale.filledAt !== undefined) {
      this.#proofsBySlot.set(
        sale.slotId,
        Math.max(this.#proofsBySlot.get(sale.slotId) ?? 0, sale.proofs.sent),
      );
    }
    if (type !== 'ended') return;
    const code = sale.outcome?.code;
    if (code === 'paid' || code === 'partlyPaid') {
      this.#payouts += 1;
      this.#paid += sale.payout ?? 0n;
    } else if (code === 'slotTaken') this.#lost += 1;
    else if (sale.filledAt === undefined) this.#refused += 1;
  }

  get slotsFilled(): number {
    return this.#proofsBySlot.size;
  }

  get slotsProven(): number {
    return [...this.#proofsBySlot.values()].filter((proofs) => proofs > 0).length;
  }

  get proofsSent(): number {
    return [...this.#proofsBySlot.values()].reduce((sum, proofs) => sum + proofs, 0);
  }

  get payouts(): number {
    return this.#payouts;
  }

  get paid(): bigint {
    return this.#paid;
  }

  /** Slots a rival filled before us. */
  get lost(): number {
    return this.#lost;
  }

  get refused(): number {
    return this.#refused;
  }

  /** What is still to come before the first sale is told; empty when it is. */
  missing(): string[] {
    return [
      ...(this.slotsProven >= 4 ? [] : [`${4 - this.slotsProven} more slots filled and proven`]),
      ...(this.payouts >= 1 ? [] : ['a payout']),
      ...(this.lost + this.refused >= 1 ? [] : ['a request lost to a rival or refused']),
    ];
  }
}
