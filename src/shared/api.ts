import { z } from 'zod';
import { call, event } from './contract.ts';
import type { LiveChanges, LiveSnapshot } from './live.ts';

/** An amount, a size or a length of time that is positive and fits the chain's 256 bits. */
const positive = z
  .bigint()
  .positive()
  .max(2n ** 256n - 1n);
const id = z.string().regex(/^0x[0-9a-f]{64}$/);

/** Everything a window can ask of the node. */
export const api = {
  calls: {
    /** All rows now; changes after it come as `live` events. */
    snapshot: call(z.strictObject({})).returns<LiveSnapshot>(),

    /** Offers disk space. @throws QUOTA_EXCEEDED, DISK_FULL and the codes of the ledger */
    createAvailability: call(
      z.strictObject({
        name: z.string().trim().min(1).max(60),
        totalBytes: positive.max(2n ** 63n - 1n),
        durationSeconds: positive.max(2n ** 40n),
        minPricePerBytePerSecond: positive,
        totalCollateral: positive,
        enabled: z.boolean().default(true),
        until: z.int().nonnegative().default(0),
      }),
    ).returns<{ id: string }>(),

    /** Pauses an offer, or takes it up again. Running sales go on. */
    setAvailabilityEnabled: call(z.strictObject({ id, enabled: z.boolean() })).returns<null>(),

    /** The newest log lines, oldest first. */
    recentLogs: call(z.strictObject({ limit: z.int().min(1).max(2000).default(500) })).returns<LogLine[]>(),

    /** How fast the practice network's time runs: 0 pauses it, 60 makes a minute pass in a second. */
    setPracticeSpeed: call(z.strictObject({ speed: z.number().min(0).max(120) })).returns<null>(),
  },
  events: {
    live: event<LiveChanges>(),
    log: event<LogLine[]>(),
    notice: event<Notice>(),
  },
} as const;

export type Api = typeof api;

/** One log record: `text` is the short line for eyes, `fields` the whole values as JSON. */
export interface LogLine {
  readonly seq: number;
  readonly timeMs: number;
  readonly level: 'trace' | 'debug' | 'info' | 'notice' | 'warn' | 'error' | 'fatal';
  readonly topics: readonly string[];
  readonly message: string;
  /** `key=value` pairs, ids short. */
  readonly text: string;
  /** The record as one line of NDJSON, ids whole. */
  readonly json: string;
}

/** Something a person should hear of even when the window is closed. */
export interface Notice {
  readonly kind: 'slotFilled' | 'salePaid' | 'proofMissed' | 'slotLost' | 'nodeStopped';
  readonly title: string;
  readonly body: string;
  readonly saleId?: string;
}
