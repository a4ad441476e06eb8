import type { Lag } from './heads.ts';

/** How well a server serves, best first. */
export const serverStates = ['good', 'unsteady', 'lagging', 'resting', 'distrusted', 'excluded'] as const;
export type ServerState = (typeof serverStates)[number];

export interface ServerStatus {
  /** Its name, without what is secret in its address. */
  readonly server: string;
  readonly state: ServerState;
  /** Why it is not good. */
  readonly reason?: string | undefined;
  /** Whether it is asked first. */
  readonly isInUse: boolean;
  readonly head?: number | undefined;
  /** Behind the best server, when last compared. */
  readonly lagBlocks?: number | undefined;
  /** From question to answer, lately. */
  readonly latencyMs?: number | undefined;
  /** Faults since the last answer. */
  readonly faults: number;
  readonly lastAnswerAgoMs?: number | undefined;
  /** The most blocks it listed logs of at once. */
  readonly logBlocks?: number | undefined;
}

/** What is known of a server from its answers and from comparing it with the others. Times are milliseconds of any clock. */
export class ServerHealth {
  readonly #nowMs: () => number;
  #faults = 0;
  #restUntilMs = -Infinity;
  #isThrottled = false;
  #reason: string | undefined;
  #exclusion: string | undefined;
  #distrust: string | undefined;
  #lag: Lag | undefined;
  /** Looks that went well since the last fault; without a fault there is nothing to make good. */
  #goodLooks = STEADY_LOOKS;
  #head: number | undefined;
  #latencyMs: number | undefined;
  #lastAnswerMs: number | undefined;
  #logBlocks: number | undefined;

  constructor({ nowMs }: { nowMs: () => number }) {
    this.#nowMs = nowMs;
  }

  get state(): ServerState {
    if (this.#exclusion !== undefined) return 'excluded';
    if (this.#distrust !== undefined) return 'distrusted';
    if (this.restMs > 0) return 'resting';
    if (this.#lag?.isTooMuch) return 'lagging';
    return this.#goodLooks < STEADY_LOOKS ? 'unsteady' : 'good';
  }

  /** How long it is not to be troubled. */
  get restMs(): number {
    return Math.max(0, this.#restUntilMs - this.#nowMs());
  }

  /** Whether it asked to be left alone, and not only failed. */
  get isThrottled(): boolean {
    return this.#isThrottled && this.restMs > 0;
  }

  get head(): number | undefined {
    return this.#head;
  }

  status(): Omit<ServerStatus, 'server' | 'isInUse'> {
    const state = this.state;
    return {
      state,
      reason: state === 'good' ? undefined : (this.#exclusion ?? this.#distrust ?? this.#reasonOf(state)),
      head: this.#head,
      lagBlocks: this.#lag?.blocks,
      latencyMs: this.#latencyMs === undefined ? undefined : Math.round(this.#latencyMs),
      faults: this.#faults,
      lastAnswerAgoMs: this.#lastAnswerMs === undefined ? undefined : this.#nowMs() - this.#lastAnswerMs,
      logBlocks: this.#logBlocks,
    };
  }

  /** It answered, be it with a refusal. */
  answered(tookMs: number): void {
    this.#faults = 0;
    // One question that got through does not take back what was asked for.
    if (!this.#isThrottled) this.#restUntilMs = -Infinity;
    this.#lastAnswerMs = this.#nowMs();
    this.#latencyMs = this.#latencyMs === undefined ? tookMs : 0.8 * this.#latencyMs + 0.2 * tookMs;
  }

  /** No answer, or nonsense: it is left alone for a while, longer each time, and must prove itself afterwards. */
  failed(reason: string): void {
    if (!this.#beginsFault(reason)) return;
    this.#isThrottled = false;
    this.#rest(Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(this.#faults - 1, 10)));
  }

  throttled(reason: string, retryAfterMs: number | undefined): void {
    const isFirst = this.#beginsFault(reason);
    if (!isFirst && retryAfterMs === undefined && this.#isThrottled) return;
    this.#isThrottled = true;
    const waitMs = retryAfterMs ?? FIRST_THROTTLE_MS * 2 ** Math.min(this.#faults - 1, 6);
    this.#rest(Math.min(LONGEST_THROTTLE_MS, Math.max(MIN_THROTTLE_MS, waitMs)));
  }

  exclude(reason: string): void {
    this.#exclusion = reason;
  }

  include(): void {
    this.#exclusion = undefined;
  }

  distrust(reason: string): void {
    this.#distrust = reason;
    this.#goodLooks = 0;
  }

  /** A look found nothing wrong but perhaps a lag. */
  looked(lag: Lag): void {
    this.#distrust = undefined;
    this.#lag = lag;
    this.#goodLooks = lag.isTooMuch ? 0 : Math.min(STEADY_LOOKS, this.#goodLooks + 1);
  }

  sawHead(number: number): void {
    this.#head = number;
  }

  listedLogs(blocks: number): void {
    this.#logBlocks = Math.max(blocks, this.#logBlocks ?? 0);
  }

  refusedLogs(blocks: number): void {
    if (this.#logBlocks !== undefined && blocks <= this.#logBlocks)
      this.#logBlocks = Math.max(1, blocks >> 1);
  }

  /** Whether it counts: many questions under way that fail together are one fault. */
  #beginsFault(reason: string): boolean {
    const isResting = this.restMs > 0;
    this.#reason = reason;
    this.#goodLooks = 0;
    if (!isResting) this.#faults++;
    return !isResting;
  }

  #rest(ms: number): void {
    this.#restUntilMs = Math.max(this.#restUntilMs, this.#nowMs() + ms);
  }

  #reasonOf(state: ServerState): string | undefined {
    if (state !== 'lagging') return this.#reason;
    return `it is ${this.#lag?.blocks} blocks behind the others`;
  }
}

/** After a fault a server is preferred again once it did well in two comparisons, so that two servers do not take turns. */
const STEADY_LOOKS = 2;
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 60_000;
const MIN_THROTTLE_MS = 100;
const FIRST_THROTTLE_MS = 250;
const LONGEST_THROTTLE_MS = 600_000;
