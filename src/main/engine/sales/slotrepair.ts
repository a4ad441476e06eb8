import { isAborted, untilAborted } from '../lib/abort.ts';
import { LONGEST_WAIT_MS, sleep } from '../lib/retry.ts';
import type { HostedSlot } from '../slots/slothost.ts';
import { followDisk } from './followdisk.ts';
import type { SaleContext } from './salestate.ts';
import { untilAnswered } from './untilanswered.ts';

/**
 * Keeps the bytes of a slot that is ours on this disk, beside its proofs: when asked it looks whether all are there and
 * unharmed, and fetches what is not, for as long as it takes (engine.md 13-S7). What is fetched is charged to the slot's
 * reservation; a slot without one is fetched all the same, since its collateral is worth more than a quota kept.
 */
export class SlotRepair {
  readonly #slot: HostedSlot;
  readonly #context: SaleContext;
  #isAsked = false;
  /** Told once for each time that something is missing. */
  #wasUnavailable = false;
  #wake = () => {};

  constructor(slot: HostedSlot, context: SaleContext) {
    this.#slot = slot;
    this.#context = context;
  }

  /** Something may be missing. */
  ask(): void {
    this.#isAsked = true;
    this.#wake();
  }

  /** Resolves when the signal aborts and all of it has ended; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { logger } = this.#context;
    try {
      for (;;) {
        await this.#asked(signal);
        await this.#makeWhole(signal);
      }
    } catch (error) {
      if (!isAborted(error)) logger.error('The bytes of a slot are no longer looked after', { error });
    }
  }

  async #asked(signal: AbortSignal): Promise<void> {
    if (!this.#isAsked) await untilAborted(new Promise<void>((resolve) => (this.#wake = resolve)), signal);
    this.#isAsked = false;
  }

  async #makeWhole(signal: AbortSignal): Promise<void> {
    const { host, record, logger, retryTimes } = this.#context;
    for (let rounds = 0; ; rounds++) {
      const { missingBytes } = await untilAnswered(
        'look over the bytes of a slot',
        this.#context,
        signal,
        () => host.verify(this.#slot, { signal }),
      );
      if (missingBytes === 0n) {
        this.#wasUnavailable = false;
        if (rounds > 0) logger.notice('The missing data of a slot is back');
        record.dataWhole();
        return;
      }
      logger.error(
        'Data of a slot is missing or harmed; it is fetched again while it is proven as far as it goes',
        {
          missingBytes,
          isCharged: this.#reservation() !== undefined,
        },
      );
      record.dataMissing(missingBytes);
      // A disk that harms what was just written must not keep the computer busy.
      if (rounds > 0) await (retryTimes.sleep ?? sleep)(retryTimes.maxDelayMs ?? LONGEST_WAIT_MS, signal);
      await untilAnswered('fetch the missing data of a slot', this.#context, signal, () =>
        this.#fetch(signal),
      );
    }
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    const { host, record } = this.#context;
    await followDisk(this.#context);
    try {
      await host.store(this.#slot, {
        charge: (bytes) => this.#charge(bytes),
        onProgress: (progress) => record.progressed(progress),
        signal,
      });
    } catch (error) {
      if (!isAborted(error) && !this.#wasUnavailable) record.dataUnavailable();
      this.#wasUnavailable = true;
      throw error;
    }
  }

  async #charge(bytes: bigint): Promise<void> {
    const { reservations, record } = this.#context;
    const reservation = this.#reservation();
    // One that gave its bytes back, as its request was said to have failed, has none to be charged.
    if (reservation && reservation.slotSize > 0n) await reservations.bookWritten(reservation.id, bytes);
    record.downloaded(bytes);
  }

  #reservation() {
    return this.#context.reservations.reservationOfSlot(this.#slot.slotId);
  }
}
