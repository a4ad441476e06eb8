import type { RequestId } from '../contracts/ids.ts';

export type TakenRule = 'lostRace' | 'reservationsFull';

export interface EarlyFate {
  readonly slotIndex: number;
  readonly rule: TakenRule;
}

/**
 * What the market told of slots before their requests were told of: at the start the events since the last run come
 * first, and the requests of the past after them. Only the newest few requests are remembered.
 */
export class EarlyFates {
  readonly #limit: number;
  readonly #byRequest = new Map<RequestId, EarlyFate[]>();

  constructor({ limit = 256 }: { limit?: number } = {}) {
    this.#limit = limit;
  }

  add(requestId: RequestId, fate: EarlyFate): void {
    const fates = this.#byRequest.get(requestId) ?? [];
    if (fates.length < MAX_FATES) fates.push(fate);
    this.#byRequest.set(requestId, fates);
    const [oldest] = this.#byRequest.keys();
    if (this.#byRequest.size > this.#limit && oldest !== undefined) this.#byRequest.delete(oldest);
  }

  take(requestId: RequestId): readonly EarlyFate[] {
    const fates = this.#byRequest.get(requestId) ?? [];
    this.#byRequest.delete(requestId);
    return fates;
  }
}

/** Of one request. */
const MAX_FATES = 1024;
