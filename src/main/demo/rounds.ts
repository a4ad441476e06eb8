import type { SalesEvent } from '../engine/sales/saleinfo.ts';

/** How the slots of one request were taken, measured from what the sales told. */
export interface Rounds {
  /** Slots filled so far. */
  readonly slots: number;
  /** Of them in the request. */
  readonly of: number;
  /** The most that were downloaded at the same time. */
  readonly atOnce: number;
  /** The longest row of slots in which each was begun only after the one before it was filled. */
  readonly rounds: number;
}

/** Watches how many slots of each request are taken at once, and how many times one had to wait for another. */
export class RoundCounter {
  readonly #byRequest = new Map<string, Course>();

  /** Answers once for each request all of whose slots we filled, when the last of them begins to be proven. */
  saw({ type, sale }: SalesEvent): Rounds | undefined {
    const course = this.#byRequest.get(sale.requestId) ?? new Course();
    this.#byRequest.set(sale.requestId, course);
    if (sale.ask) course.of = Number(sale.ask.slots);
    if (type === 'ended') course.downloading.delete(sale.slotId);
    return type === 'entered' && course.entered(sale.slotId, sale.state) ? course.rounds : undefined;
  }

  /** Of the request of which most slots were filled; undefined before the first. */
  get best(): Rounds | undefined {
    const courses = [...this.#byRequest.values()].filter(({ roundBySlot }) => roundBySlot.size > 0);
    return courses.map((course) => course.rounds).sort((a, b) => b.slots - a.slots)[0];
  }
}

class Course {
  of = 0;
  readonly downloading = new Set<string>();
  /** Of the slots that are filled. */
  readonly roundBySlot = new Map<string, number>();
  readonly #begunBySlot = new Map<string, number>();
  #atOnce = 0;
  #isTold = false;

  /** Whether all are filled, and this is the first word of it. */
  entered(slot: string, state: string): boolean {
    if (state === 'slotReserving' && !this.#begunBySlot.has(slot)) {
      this.#begunBySlot.set(slot, 1 + Math.max(0, ...this.roundBySlot.values()));
    }
    if (state === 'downloading') this.downloading.add(slot);
    else this.downloading.delete(slot);
    this.#atOnce = Math.max(this.#atOnce, this.downloading.size);
    // One found filled at a start was taken in a life before this.
    const round = this.#begunBySlot.get(slot);
    if (state === 'filled' && round !== undefined) this.roundBySlot.set(slot, round);
    if (state !== 'proving' || this.#isTold || this.roundBySlot.size !== this.of) return false;
    this.#isTold = true;
    return true;
  }

  get rounds(): Rounds {
    const { of, roundBySlot } = this;
    return {
      slots: roundBySlot.size,
      of,
      atOnce: this.#atOnce,
      rounds: Math.max(0, ...roundBySlot.values()),
    };
  }
}
