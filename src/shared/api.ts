import { z } from 'zod';
import {
  accountFilter,
  earningSteps,
  type AccountCheck,
  type AccountPage,
  type AccountTotals,
  type EarningChart,
} from './accounts.ts';
import { call, event } from './contract.ts';
import type { BacktestReport, RiskReport, WhyNotReport } from './insight.ts';
import type { LiveChanges, LiveSnapshot } from './live.ts';
import { levels, type Level } from './logfilter.ts';
import type { Notice } from './notice.ts';
import type { NetworkCheck, NetworkInfo, NetworkProposal } from './networks.ts';
import type { PracticeSlash } from './practiceslash.ts';
import { accessSchema, networkSettingsSchema, ownersSettings, type Settings } from './settings.ts';
import { walletCalls } from './wallet.ts';

/** An amount, a size or a length of time that is positive and fits the chain's 256 bits. */
const positive = z
  .bigint()
  .positive()
  .max(2n ** 256n - 1n);
const id = z.string().regex(/^0x[0-9a-f]{64}$/);
/** A day in UTC, such as `2026-11-22`. */
const day = z.iso.date();
const unixSeconds = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What its owner says of an offer. */
const terms = {
  name: z.string().trim().min(1).max(60),
  totalBytes: positive.max(2n ** 63n - 1n),
  durationSeconds: positive.max(2n ** 40n),
  minPricePerBytePerSecond: positive,
  totalCollateral: positive,
  enabled: z.boolean(),
  until: z.int().nonnegative(),
};

const logFilter = z.strictObject({
  level: z.enum(levels).optional(),
  topics: z.array(z.string().max(100)).max(100).optional(),
  search: z.string().max(500).optional(),
});
/** A line by its record: of one millisecond there may be several. */
const logPlace = z.strictObject({ timeMs: z.int(), json: z.string().max(300_000) });

/** Everything a window can ask of the node. */
export const api = {
  calls: {
    /** All rows now; changes after it come as `live` events. */
    snapshot: call(z.strictObject({})).returns<LiveSnapshot>(),

    /** Offers disk space. @throws QUOTA_EXCEEDED, DISK_FULL and the codes of the ledger */
    createAvailability: call(
      z.strictObject({ ...terms, enabled: terms.enabled.default(true), until: terms.until.default(0) }),
    ).returns<{ id: string }>(),

    /**
     * Changes some terms of an offer. What is in sales of it goes on under the terms it was sold at.
     * @throws NOT_FOUND, QUOTA_EXCEEDED, TOTAL_BELOW_RESERVED, COLLATERAL_BELOW_TIED, UNTIL_BEFORE_SALES_END,
     * OFFER_WINDING_DOWN, DISK_FULL
     */
    updateAvailability: call(z.strictObject(terms).partial().extend({ id })).returns<null>(),

    /** Takes an offer back: at once, or when the last slot that is in it ends. Deleting what is gone is fine. */
    deleteAvailability: call(z.strictObject({ id })).returns<{ state: 'deleted' | 'draining' }>(),

    /** Pauses an offer, or takes it up again. Running sales go on. */
    setAvailabilityEnabled: call(z.strictObject({ id, enabled: z.boolean() })).returns<null>(),

    /**
     * How many slots are prepared and fetched at once, until the node ends; from its next start on what the settings say.
     * @throws WORKERS_OUT_OF_RANGE when the queue holds fewer
     */
    setWorkers: call(z.strictObject({ workers: z.int().min(1).max(32) })).returns<null>(),

    /** Why slots were not sold: counts of some days, both included, and the newest requests. */
    whyNot: call(
      z.strictObject({
        from: day.optional(),
        to: day.optional(),
        limit: z.int().min(1).max(1000).default(50),
      }),
    ).returns<WhyNotReport>(),

    /**
     * Which requests posted between two times (by default until now) an offer of these terms would have taken, at best.
     * @throws BACKTEST_REPLACED when a newer one is asked for, CHAIN_UNREACHABLE
     */
    backtest: call(
      z.strictObject({
        totalBytes: terms.totalBytes,
        durationSeconds: terms.durationSeconds,
        minPricePerBytePerSecond: terms.minPricePerBytePerSecond,
        totalCollateral: terms.totalCollateral,
        until: terms.until.default(0),
        from: unixSeconds,
        to: unixSeconds.optional(),
      }),
    ).returns<BacktestReport>(),

    /** What running sales put at risk: now, and while the node is off for so many seconds from now on. */
    risk: call(
      z.strictObject({
        seconds: z.array(z.int().min(0).max(31_536_000)).max(24).default([600, 3600, 28_800]),
        risk: z.number().min(0).max(1).default(0.01),
      }),
    ).returns<RiskReport>(),

    /** What was earned and spent, in all, by month and by sale. */
    accountTotals: call(z.strictObject({})).returns<AccountTotals>(),

    /** Movements of money, the newest first. */
    accountLines: call(
      z.strictObject({
        ...accountFilter,
        offset: z.int().nonnegative().default(0),
        limit: z.int().min(1).max(1000).default(200),
      }),
    ).returns<AccountPage>(),

    /** Earnings by day or month, past and expected. */
    accountChart: call(z.strictObject({ step: z.enum(earningSteps).default('day') })).returns<EarningChart>(),

    /**
     * Whether the movements add up to what the chain says the account holds: as compared last, or anew.
     * @throws ACCOUNTS_NOT_BEGUN, ACCOUNTS_NOT_WRITTEN, CHAIN_UNREACHABLE
     */
    accountCheck: call(z.strictObject({ isFresh: z.boolean().default(false) })).returns<AccountCheck>(),

    /** Movements as a file: main asks where to write it, where it can; else, and on demand, the text of it. */
    exportAccounts: call(
      z.strictObject({
        ...accountFilter,
        format: z.enum(['csv', 'json']),
        to: z.enum(['file', 'text']).default('file'),
      }),
    ).returns<AccountExport>(),

    ...walletCalls,

    /** The newest log lines, oldest first. */
    recentLogs: call(z.strictObject({ limit: z.int().min(1).max(2000).default(500) })).returns<LogLine[]>(),

    /** What the lines of the log are about; a level or a filter can name each of them. */
    logTopics: call(z.strictObject({})).returns<string[]>(),

    /**
     * Lines that were written before a time, or before where the last page ended, of those that fit; from the files. One
     * call reads a part of them only: while there is a `next` there may be more, also when a page has no lines.
     */
    olderLogs: call(
      z.strictObject({
        filter: logFilter.default({}),
        before: z.union([
          z.strictObject({ timeMs: z.int() }),
          z.strictObject({ cursor: z.string().regex(/^[0-9a-f]{16}:\d{1,15}$/) }),
        ]),
        limit: z.int().min(1).max(1000).default(500),
      }),
    ).returns<LogPage>(),

    /**
     * Begins an export of the log as NDJSON: of all of it, or of the lines that fit from one line to another, both
     * included. Main asks where to write it, where it can; else each step hands over its part of the text.
     * @throws EXPORT_UNWRITABLE
     */
    beginLogExport: call(
      z.strictObject({
        filter: logFilter.default({}),
        from: logPlace.optional(),
        until: logPlace.optional(),
        to: z.enum(['file', 'text']).default('file'),
      }),
    ).returns<LogExportBegun>(),

    /** Does a part of the work. @throws EXPORT_UNWRITABLE, EXPORT_GONE when it was called off */
    continueLogExport: call(z.strictObject({ id: z.string().max(40) })).returns<LogExportStep>(),

    /** Calls it off; nothing of it is left. */
    cancelLogExport: call(z.strictObject({ id: z.string().max(40) })).returns<null>(),

    /** What one sends with a question about a fault, with all that is private replaced. It is kept for `saveDiagnostics`. */
    diagnostics: call(z.strictObject({})).returns<Diagnostics>(),

    /** Saves the very text that was shown. @throws EXPORT_UNWRITABLE, EXPORT_GONE when a newer one was made */
    saveDiagnostics: call(
      z.strictObject({ id: z.string().max(40), to: z.enum(['file', 'text']).default('file') }),
    ).returns<AccountExport>(),

    /** The networks that the settings can choose, as their files say now. */
    networks: call(z.strictObject({})).returns<NetworkInfo[]>(),

    /**
     * Reads new data of a network from an https URL or a file named with its whole path, and shows what would change.
     * @throws NETWORK_SOURCE_REFUSED, NETWORK_SOURCE_UNREADABLE, NETWORK_DATA_INVALID, NETWORK_UNKNOWN
     */
    proposeNetworkUpdate: call(
      z.strictObject({ id: z.string().max(100), source: z.string().min(1).max(2000) }),
    ).returns<NetworkProposal>(),

    /** Shows what would change by going back to the built-in data. @throws NETWORK_UNKNOWN */
    proposeNetworkRevert: call(z.strictObject({ id: z.string().max(100) })).returns<NetworkProposal>(),

    /**
     * Makes what was proposed the data in force, from the node's next start on.
     * @throws NETWORK_NOT_PROPOSED, NOT_CONFIRMED, CONFIRM_AT_TERMINAL
     */
    acceptNetworkUpdate: call(z.strictObject({ id: z.string().max(100), hash: sha256 })).returns<null>(),

    /** Shows what another choice of the network would change. @throws NETWORK_DATA_INVALID, ABI_UNUSABLE */
    proposeNetworkUse: call(z.strictObject({ network: networkSettingsSchema })).returns<NetworkProposal>(),

    /**
     * Writes the choice that was proposed into the settings; the node takes it up at its next start.
     * @throws NETWORK_NOT_PROPOSED, NOT_CONFIRMED, CONFIRM_AT_TERMINAL
     */
    useNetwork: call(z.strictObject({ hash: sha256 })).returns<null>(),

    /** Asks every server of a network what it serves. @throws NETWORK_UNKNOWN */
    checkNetwork: call(z.strictObject({ id: z.string().max(100) })).returns<NetworkCheck>(),

    /** What the data folder's settings say now; a node that runs began with what they said then. */
    settings: call(z.strictObject({})).returns<Settings>(),

    /**
     * Changes settings; null makes the default count again. quotaBytes, workers, scrubBytesPerSecond, logLevel and what
     * concerns the window count at once, in a node that runs, too; of the rest the node's row says that it waits. Refused,
     * nothing of it was changed.
     * @throws SETTINGS_INVALID, QUOTA_OVER_DISK, QUOTA_BELOW_PROMISED, UNKNOWN_LEVEL
     */
    changeSettings: call(ownersSettings).returns<Settings>(),

    /**
     * Has a headless node serve its window to other computers from its next start on.
     * @throws PASSWORD_UNSUITABLE, NOT_CONFIRMED, CONFIRM_AT_TERMINAL
     */
    openAccess: call(
      accessSchema.omit({ passwordHash: true }).extend({ password: z.string().max(1024) }),
    ).returns<null>(),

    /** Serves it to this computer only, from the next start on. */
    closeAccess: call(z.strictObject({})).returns<null>(),

    /**
     * Figures for a monitoring system at `/metrics` of a headless node: none, to this computer only, or to whoever has the
     * token that is made and told this once. From the next start on. @throws NOT_CONFIRMED, CONFIRM_AT_TERMINAL
     */
    setMetrics: call(z.strictObject({ to: z.enum(['nobody', 'here', 'token']) })).returns<{
      token?: string;
    }>(),

    /**
     * Stops the node in order and starts it with the settings as they are now, the practice network, too. Answers when the
     * start has begun; how it goes on stands in the node's row. Where the settings choose another network, slots that have
     * to be proven on the present one are refused unless `force`.
     * @throws NODE_NOT_RUNNING before its first start, NODE_STOPPING, SLOTS_AT_STAKE
     */
    restartNode: call(z.strictObject({ force: z.boolean().default(false) })).returns<null>(),

    /** Where the slots are stored, the disk they are on, and how far a move to another folder has come. */
    storage: call(z.strictObject({})).returns<StorageState>(),

    /**
     * Begins to copy the slots to an empty folder named with its whole path, while the node goes on, or goes on with
     * that, which needs no other yes; the node's next start uses the copies and deletes the old slots.
     * @throws MOVE_TARGET_UNUSABLE with the rule in its details, MOVE_UNDER_WAY, NOT_CONFIRMED, CONFIRM_AT_TERMINAL
     */
    moveStorage: call(z.strictObject({ folder: z.string().min(1).max(4000) })).returns<null>(),

    /** Deletes what was copied; the slots stay where they are. */
    cancelStorageMove: call(z.strictObject({})).returns<null>(),

    /** How fast the practice network's time runs: 0 pauses it, 60 makes a minute pass in a second. */
    setPracticeSpeed: call(z.strictObject({ speed: z.number().min(0).max(120) })).returns<null>(),

    /**
     * Has a proof of one slot missed on the practice network, so that its collateral is slashed; answers with which. The
     * row of the node says how far it has come.
     * @throws NOT_ON_PRACTICE, PRACTICE_NO_SLOT, PRACTICE_SLASH_UNDER_WAY
     */
    makePracticeSlash: call(z.strictObject({})).returns<PracticeSlash>(),
  },
  events: {
    live: event<LiveChanges>(),
    log: event<LogLine[]>(),
    notice: event<Notice>(),
    /** The desktop asks its window to show a place. */
    goTo: event<GoTo>(),
    /** Movements of money came or went: what was asked about them is old. */
    accounts: event<{ revision: number }>(),
  },
} as const;

export type Api = typeof api;

/** A page of the window and, on some, one thing in it. */
export interface GoTo {
  readonly page: 'home' | 'offers' | 'sales' | 'queue' | 'earnings' | 'activity' | 'settings';
  readonly id?: string;
}

export type AccountExport =
  | { readonly kind: 'text'; readonly name: string; readonly text: string; readonly lines: number }
  | { readonly kind: 'written'; readonly file: string; readonly lines: number }
  /** Whoever was asked where to write it would not say. */
  | { readonly kind: 'notChosen' };

/** One log record: `text` is the short line for eyes, `fields` the whole values as JSON. */
export interface LogLine {
  readonly seq: number;
  readonly timeMs: number;
  readonly level: Level;
  readonly topics: readonly string[];
  readonly message: string;
  /** `key=value` pairs, ids short. */
  readonly text: string;
  /** The record as one line of NDJSON, ids whole. */
  readonly json: string;
}

/** Lines of the log's files, oldest first. */
export interface LogPage {
  readonly lines: readonly LogLine[];
  /** Where older ones are to be looked for; absent when there are none. */
  readonly next?: string;
  /** Of the files, not yet looked through. */
  readonly leftBytes: number;
}

export type LogExportBegun =
  | {
      readonly kind: 'begun';
      readonly id: string;
      readonly name: string;
      /** Where main writes it; without it the steps hand over the text. */
      readonly file?: string;
    }
  | { readonly kind: 'notChosen' };

export interface LogExportStep {
  readonly isDone: boolean;
  /** Written so far. */
  readonly lines: number;
  /** Of the files, read so far. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Of this step, where main writes no file. */
  readonly text?: string;
}

/** A document for others, and what in it was replaced. */
export interface Diagnostics {
  readonly id: string;
  /** For the file. */
  readonly name: string;
  /** All of it, as it is saved. */
  readonly text: string;
  readonly replaced: readonly Replaced[];
}

export const replacedKinds = [
  'secret',
  'words',
  'address',
  'id',
  'path',
  'user',
  'server',
  'host',
  'ip',
  'peer',
] as const;

export interface Replaced {
  readonly kind: (typeof replacedKinds)[number];
  /** How many different ones; 0 where they are not told apart. */
  readonly values: number;
  readonly times: number;
}

/** Where the slots are. */
export interface StorageState {
  readonly folder: string;
  /** Whose slots they are: the data folder, or that of the network below it. */
  readonly nodeFolder: string;
  /** The disk it is on, or will be on, in bytes, also while no node runs; absent while it cannot be asked. */
  readonly disk?: {
    /** What may still be written. */
    readonly freeBytes: bigint;
    readonly sizeBytes: bigint;
    /** Files of slots, as counted within the last seconds. */
    readonly ownBytes: bigint;
  };
  readonly move?: {
    readonly to: string;
    /** All of them; the node's next start uses the copies. */
    readonly isCopied: boolean;
    readonly isRunning: boolean;
    /** While it runs. */
    readonly doneBytes?: number;
    readonly totalBytes?: number;
    readonly bytesPerSecond?: number;
    readonly remainingSeconds?: number;
    /** Why it stopped. */
    readonly failure?: string;
  };
  /** Where they were before; what is left there is deleted at the next start. */
  readonly leaving?: string;
}
