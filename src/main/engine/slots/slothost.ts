import type { Challenge, SlotId } from '../contracts/ids.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import type { StorageRequest } from '../contracts/requests.ts';
import type { Emitter } from '../lib/emitter.ts';

export interface HostedSlot {
  readonly slotId: SlotId;
  readonly request: StorageRequest;
  readonly slotIndex: number;
}

/**
 * Holds the bytes of slots: the answer to the sales engine's callbacks (engine.md §7), over stores, network and prover.
 * For one slot `prove`, `verify` and one `store` may run at the same time.
 */
export interface SlotHost {
  /** Data of this slot was found missing or harmed: by a reader, a proof, or the check of all that is held. */
  readonly onMissing: Pick<Emitter<SlotId>, 'subscribe'>;
  /**
   * Fetches what is missing of a slot, verifies and stores it durably. Blocks that are on disk already are neither
   * fetched nor charged again.
   */
  store(slot: HostedSlot, options: StoreOptions): Promise<void>;
  /**
   * A proof for the challenge, when all blocks that it looks at are there and unharmed; others may be missing. A block
   * that is found harmed is struck out, so that `store` fetches it again.
   * @throws SlotError DATA_MISSING with the positions that are missing; POSITION_OUT_OF_RANGE; what the prover throws
   */
  prove(slot: HostedSlot, challenge: Challenge, options: { signal: AbortSignal }): Promise<Groth16Proof>;
  /**
   * Looks whether all of the slot is on disk and unharmed: the sizes of its files, its state, and a random sample of
   * its blocks, or all of them. Strikes out what is not, so that `storedBytes` no longer counts it and `store` fetches
   * it again. Of a slot of which nothing is known, all of the bytes sold are missing.
   */
  verify(slot: HostedSlot, options: VerifyOptions): Promise<{ missingBytes: bigint }>;
  /** Deletes the slot's bytes. Idempotent; takes no signal, as it must not be cut short. */
  clear(slotId: SlotId): Promise<void>;
  /** Bytes of the slot that are durable on disk; 0 when there is nothing. */
  storedBytes(slotId: SlotId): Promise<bigint>;
  /** Deletes what lies on the disk of slots that are not to be kept, and answers with them. For the start. */
  sweep(keep: ReadonlySet<SlotId>): Promise<SlotId[]>;
}

export interface StoreOptions {
  /**
   * Called before each batch of at most 1 MiB is written, with the bytes that it will add. When it rejects, nothing of
   * the batch is written and `store` ends with that error. Between charge and disk an error or a crash may fall: then
   * one batch more is charged than `storedBytes` counts. So the books are set to `storedBytes` before `store` is called
   * again; where the disk holds less than the books say because blocks were struck out, likewise.
   */
  readonly charge: (bytes: bigint) => Promise<void>;
  /** Called after each batch, and once a second besides: a download that stands still says so, too. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal: AbortSignal;
}

export interface VerifyOptions {
  /** Reads every block instead of a sample. */
  readonly sampleAll?: boolean;
  readonly signal: AbortSignal;
}

export interface Progress {
  /** Durable. */
  readonly doneBytes: bigint;
  readonly totalBytes: bigint;
  /** Verified bytes that came, those included that are not written yet; for the speed. Of this run alone. */
  readonly receivedBytes?: bigint;
  /** From whom it comes, and who failed; nobody at first. */
  readonly peers?: readonly PeerShare[];
}

export interface PeerShare {
  /** Its address. */
  readonly peer: string;
  /** Verified bytes that it gave to this download. */
  readonly bytes: bigint;
  /** What came between, since it last gave something. `isDropped`: it sent something false, and is not asked again. */
  readonly trouble?: { readonly code: string; readonly isDropped: boolean };
}
