import type { SlotId } from '../../../src/main/engine/contracts/ids.ts';
import type { MarketConfig } from '../../../src/main/engine/contracts/requests.ts';
import type { Address } from '../../../src/main/engine/contracts/ids.ts';
import type { Availability, Quota, Reservation } from '../../../src/main/engine/sales/availability.ts';
import type { SaleInfo } from '../../../src/main/engine/sales/saleinfo.ts';

/** What a child is opened with. */
export interface OpenOptions {
  readonly folder: string;
  /** Files that `writeDatasetFile` wrote. */
  readonly datasets: readonly string[];
  readonly quotaMax: bigint;
  readonly workers: number;
  readonly now: number;
  readonly signer: Address;
  readonly config: MarketConfig;
  readonly plan?: EndPlan;
}

/** Ends the process of itself at its n-th durable write or transaction, counted from 1. */
export interface EndPlan {
  readonly at: number;
  /** `stop`: an orderly stop begins when the write does. The others are true kills. */
  readonly how: 'before' | 'after' | 'stop';
}

/** A node with nothing left to do until time moves or somebody acts. */
export interface NodeView {
  readonly now: number;
  /** The earliest time something waits for. */
  readonly nextWaiter: number | undefined;
  readonly quota: Quota;
  readonly availabilities: readonly Availability[];
  readonly reservations: readonly Reservation[];
  readonly sales: readonly SaleInfo[];
  readonly queued: number;
  /** Durable bytes of every slot that has files. */
  readonly storedBySlot: ReadonlyMap<SlotId, bigint>;
  /** The durable writes and transactions of this process so far. */
  readonly writes: readonly string[];
  /** What was logged as an error, and what the books' audit found. */
  readonly complaints: readonly string[];
}

/** What a node leaves behind. */
export interface Remains {
  readonly history: readonly SaleInfo[];
  /** All keys of the database. */
  readonly keys: readonly string[];
  /** All names below the folder of the slots. */
  readonly files: readonly string[];
}
