import type { Sentence } from './i18n/say.ts';
import type { PracticeSlash } from './practiceslash.ts';
import type { ToldRefusal } from './refusal.ts';
import type { WalletStatus } from './wallet.ts';

/**
 * The tables the screen shows. What is live is pushed as rows; amounts are bigint in the smallest unit, sizes in bytes,
 * times in Unix seconds of chain time unless a name says otherwise. Pages format; rows do not.
 */
export interface Tables {
  node: NodeRow;
  chain: ChainRow;
  wallet: WalletRow;
  peers: PeersRow;
  storage: StorageRow;
  money: MoneyRow;
  availabilities: AvailabilityRow;
  sales: SaleRow;
  queue: QueueRow;
  refused: RefusedRow;
  activity: ActivityRow;
}

export type TableName = keyof Tables;
export const tableNames = [
  'node',
  'chain',
  'wallet',
  'peers',
  'storage',
  'money',
  'availabilities',
  'sales',
  'queue',
  'refused',
  'activity',
] as const satisfies readonly TableName[];

/** One row, id `node`. */
export interface NodeRow {
  readonly id: string;
  /** `locked`: it waits for its wallet. */
  readonly state: 'starting' | 'locked' | 'running' | 'stopping' | 'stopped' | 'failed';
  /** Why it does not run, and what to do. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** While it has failed: when it is started again by itself, wall time in milliseconds. */
  readonly restartAtMs?: number;
  /** How often it was started again by itself, and after what the last time. */
  readonly restarted?: { readonly count: number; readonly atMs: number; readonly reason: string };
  /** What it runs in; absent where nobody said. */
  readonly host?: NodeHost;
  readonly network: NodeNetwork;
  readonly workers: { readonly max: number; readonly busy: number };
  readonly startedAtMs: number;
  readonly version: string;
  /** Symbol and decimals of the token. */
  readonly token: { readonly symbol: string; readonly decimals: number };
  /** Of the key that sells; absent until the node has looked. The practice network does without. */
  readonly wallet?: WalletStatus;
  /** Nothing is offered in this data folder and its owner has not seen the first steps: a window begins with them. */
  readonly isNew?: boolean;
  /**
   * Names of settings that the node takes up at its next start only; `networkData` for what was accepted of a network;
   * `quotaBytes` where it was set while the node started, which could not agree to it.
   */
  readonly settingsWaiting?: readonly string[];
  /** Only on the practice network: how many times faster than real time its time runs; 0 is paused. */
  readonly practiceSpeed?: number;
  /** The slash that was asked for last there, since the node was started. */
  readonly practiceSlash?: PracticeSlash;
}

/** What the program around the node has: a window hides what is not there. */
export interface NodeHost {
  readonly kind: 'desktop' | 'headless';
  /** Whether the system shows notices; else the window does. */
  readonly hasNotifications: boolean;
  readonly canStartAtLogin: boolean;
  readonly canKeepAwake: boolean;
  /** Where a headless one is reached; `isOpen`: from other computers, too. */
  readonly access?: { readonly address: string; readonly isOpen: boolean; readonly isEncrypted: boolean };
}

export interface NodeNetwork {
  readonly kind: 'practice' | 'archivist' | 'custom';
  readonly name: string;
  /** Of the practice network: what is going on there. */
  readonly scenario?: 'demo' | 'tour' | 'none';
  /** What follows is known once the node has reached for its chain. */
  readonly chainId?: number;
  readonly marketplace?: string;
  readonly family?: 'direct' | 'vault';
  /** In the order in which they are asked; without what may be a key in them. */
  readonly servers?: readonly string[];
}

/** One row, id `chain`. */
export interface ChainRow {
  readonly id: string;
  readonly block: number;
  readonly time: number;
  /** Wall time in milliseconds at which `block` was seen. */
  readonly seenAtMs: number;
  /** Wall time in milliseconds since which the chain does not answer. */
  readonly unreachableSinceMs?: number;
  readonly periodSeconds: number;
  /** Those of the chain, in the order of preference. */
  readonly servers?: readonly ChainServer[];
}

/** A server of the chain as it was when its state last changed or a block was last seen. */
export interface ChainServer {
  /** Without what may be a key in its address. */
  readonly name: string;
  readonly state: 'good' | 'unsteady' | 'lagging' | 'resting' | 'distrusted' | 'excluded';
  /** Why it is not good. */
  readonly reason?: string;
  readonly isInUse: boolean;
  readonly lagBlocks?: number;
  readonly latencyMs?: number;
  /** In a row, since its last answer. */
  readonly faults: number;
}

/** One row, id `wallet`. */
export interface WalletRow {
  readonly id: string;
  readonly address: string;
  readonly tokens: bigint;
  /** wei */
  readonly gas: bigint;
  /** wei that a proof costs at present; unknown until the chain was asked what gas costs. */
  readonly gasPerProof?: bigint;
  /** How many proofs `gas` lasts for. */
  readonly proofsLeft?: bigint;
}

/** One row, id `peers`. None where the node only knows the peers it was told, as in practice. */
export interface PeersRow {
  readonly id: string;
  /** By which others know this node, `16Uiu2…`. */
  readonly peerId: string;
  /** Where others are told to fetch from us, as multiaddrs. */
  readonly announced: readonly string[];
  /** Ports of this computer, of the exchange and of the DHT. */
  readonly listening: { readonly tcp: number; readonly udp: number };
  /** Nodes of the DHT that we know and that answered. */
  readonly dhtNodes: number;
  /** Whether the router is asked to let others in. */
  readonly mapsPorts: boolean;
  readonly reachability: {
    /**
     * `looking`: the router has not answered yet. `noAddress`: there is none that others could be told. `unproven`: others
     * are told one, and nobody came yet. `reachable`: somebody did, in the last 24 hours.
     */
    readonly state: 'looking' | 'noAddress' | 'unproven' | 'reachable';
    /** Wall time in milliseconds: since when, and the last time that somebody came. */
    readonly sinceMs?: number;
    readonly lastContactMs?: number;
  };
}

/** One row, id `storage`. `sold + downloading + offeredFree + otherFiles + diskLeft = diskTotal`. */
export interface StorageRow {
  readonly id: string;
  readonly folder: string;
  readonly quotaBytes: bigint;
  /** Bytes of the quota: on disk, and promised. */
  readonly usedBytes: bigint;
  readonly reservedBytes: bigint;
  /** Of slots that are filled, as sold. */
  readonly soldBytes: bigint;
  /** Of slots reserved and not yet filled. */
  readonly downloadingBytes: bigint;
  readonly offeredFreeBytes: bigint;
  readonly otherFilesBytes: bigint;
  readonly diskLeftBytes: bigint;
  readonly diskTotalBytes: bigint;
  /** Set while slots can be neither read nor written, or nothing more can be written: why, and what to do. */
  readonly fault?: { readonly code: string; readonly message: string };
  /** Of the slots held, those that were read from end to end and compared; `oldestAtMs` is wall time. */
  readonly checked?: { readonly slots: number; readonly harmedBlocks: number; readonly oldestAtMs: number };
}

/** One row, id `money`. */
export interface MoneyRow {
  readonly id: string;
  /** Payouts received, above collateral. */
  readonly earned: bigint;
  readonly slashed: bigint;
  /** Earned by running sales up to `asOf`, not yet ours; grows by `accruingPerSecond`. */
  readonly accruing: bigint;
  readonly accruingPerSecond: bigint;
  readonly asOf: number;
  /** Collateral and accrued pay that a loss of all slots would take. */
  readonly atRisk: bigint;
  readonly nextPayout?: { readonly at: number; readonly amount: bigint };
  /** The earliest proof that is known to be due. */
  readonly nextProofBy?: number;
  /** When no proof is known to be due: the earliest time at which one can be. */
  readonly noneDueUntil?: number;
  readonly proofsSent: number;
  readonly proofsMissed: number;
}

export interface AvailabilityRow {
  readonly id: string;
  readonly name: string;
  /** `windingDown`: deleted, and gone with the last slot that is in it. */
  readonly state: 'active' | 'paused' | 'ended' | 'windingDown';
  readonly totalBytes: bigint;
  readonly freeBytes: bigint;
  readonly soldBytes: bigint;
  readonly downloadingBytes: bigint;
  readonly durationSeconds: bigint;
  readonly minPricePerBytePerSecond: bigint;
  readonly totalCollateral: bigint;
  readonly remainingCollateral: bigint;
  /** 0: no end. */
  readonly until: number;
  readonly slots: number;
  readonly createdAtMs: number;
}

export const saleStateNames = [
  'unknown',
  'preparing',
  'slotReserving',
  'downloading',
  'initialProving',
  'filling',
  'filled',
  'proving',
  'payout',
  'finished',
  'cancelled',
  'failed',
  'errored',
  'ignored',
] as const;
export type SaleStateName = (typeof saleStateNames)[number];

/** One sale, running or ended lately. The id is the slot id, with `@` and the start time once it has ended. */
export interface SaleRow {
  readonly id: string;
  readonly slotId: string;
  readonly requestId: string;
  readonly slotIndex: number;
  readonly state: SaleStateName;
  readonly stateSince: number;
  readonly startedAt: number;
  readonly path: readonly { readonly state: SaleStateName; readonly at: number }[];
  readonly slotSizeBytes: bigint;
  readonly durationSeconds: bigint;
  /** Tokens for this slot and second. */
  readonly pricePerSecond: bigint;
  readonly proofProbability: bigint;
  readonly requestEndsAt?: number;
  readonly expiresAt?: number;
  readonly filledAt?: number;
  readonly endedAt?: number;
  readonly availabilityId?: string;
  readonly collateral?: bigint;
  readonly currentCollateral?: bigint;
  readonly progress?: {
    readonly doneBytes: bigint;
    readonly totalBytes: bigint;
    /** Over the last few seconds; 0 also when nothing comes any more. */
    readonly bytesPerSecond: number;
    /** From whom it comes; those that were dropped first. */
    readonly peers?: readonly {
      readonly peer: string;
      readonly bytes: bigint;
      /** What came between since it last gave something; `isDropped`: it sent something false. */
      readonly trouble?: { readonly code: string; readonly isDropped: boolean };
    }[];
  };
  /** Bytes fetched and written so far; those fetched twice count twice. */
  readonly downloadedBytes?: bigint;
  /** Set while some of the data of a slot that is ours is missing here and is fetched again. */
  readonly missingBytes?: bigint;
  readonly proofs: {
    readonly sent: number;
    readonly missed: number;
    readonly failed: number;
    /** Sent at the last moment, or after an attempt that failed. */
    readonly late?: number;
    readonly lastFailure?: { readonly at: number; readonly cause: string; readonly text: string };
    readonly sentAt: readonly number[];
    readonly missedAt: readonly number[];
    readonly dueBy?: number;
  };
  readonly gasCost: bigint;
  readonly payout?: bigint;
  readonly outcome?: { readonly code: string; readonly text: string };
  /** The rule that kept it from being taken. */
  readonly refusal?: ToldRefusal;
}

export interface QueueRow {
  readonly id: string;
  /** 1 is next. */
  readonly position: number;
  readonly requestId: string;
  readonly slotIndex: number;
  readonly slotSizeBytes: bigint;
  readonly durationSeconds: bigint;
  readonly pricePerBytePerSecond: bigint;
  /** Tokens for the slot over its whole duration. */
  readonly profit: bigint;
  readonly collateral: bigint;
  readonly expiresAt: number;
  /** Looked at and put back until an offer fits; undefined when it was not looked at yet. */
  readonly waitingFor?: string;
}

/** A slot that was not taken, with the first rule that failed. */
export interface RefusedRow {
  readonly id: string;
  readonly requestId: string;
  readonly slotIndex: number;
  readonly at: number;
  readonly code: string;
  /** In the node's language. */
  readonly text: string;
  /** The rule and the figures, to say it in another one. */
  readonly refusal?: ToldRefusal;
}

/** `chain`: it does not answer, or does again. `nodeFailed`: it ended by itself, or did not start. */
export const activityKinds = [
  'downloading',
  'filled',
  'proof',
  'proofMissed',
  'dataMissing',
  'slashed',
  'paid',
  'lost',
  'refused',
  'failed',
  'node',
  'nodeFailed',
  'chain',
  'offer',
  'settings',
  'export',
] as const;

export interface ActivityRow {
  /** Of later rows it is greater. */
  readonly id: string;
  readonly at: number;
  /** Wall time in milliseconds, by which the log can be searched. */
  readonly atMs?: number;
  readonly kind: (typeof activityKinds)[number];
  /** In the node's language. */
  readonly text: string;
  /** The same as facts, to say it in another one. */
  readonly sentence?: Sentence;
  /** Tokens that came in, or went (negative). */
  readonly amount?: bigint;
  readonly saleId?: string;
  readonly offerId?: string;
}
