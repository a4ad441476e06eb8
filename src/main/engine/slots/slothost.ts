import type { Challenge, SlotId } from '../contracts/ids.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import type { StorageRequest } from '../contracts/requests.ts';

export interface HostedSlot {
  readonly slotId: SlotId;
  readonly request: StorageRequest;
  readonly slotIndex: number;
}

/**
 * Holds the bytes of slots: the answer to the sales engine's callbacks (engine.md §7), over stores, network and prover.
 */
export interface SlotHost {
  /**
   * Fetches what is missing of a slot, verifies and stores it durably. `book` is called after each flush with the bytes
   * that became durable since the last call, before more is written; when it rejects, the download ends with that error.
   * Blocks already on disk after a restart are not fetched again and not booked again.
   */
  store(
    slot: HostedSlot,
    options: {
      book: (durableBytes: bigint) => Promise<void>;
      onProgress?: (progress: Progress) => void;
      signal: AbortSignal;
    },
  ): Promise<void>;
  /** A proof for the challenge. @throws SlotError when data is missing or the prover cannot work on this chain */
  prove(slot: HostedSlot, challenge: Challenge, options: { signal: AbortSignal }): Promise<Groth16Proof>;
  /** Deletes the slot's bytes. Idempotent; takes no signal, as it must not be cut short. */
  clear(slotId: SlotId): Promise<void>;
  /** Bytes of the slot that are durable on disk; 0 when there is nothing. */
  storedBytes(slotId: SlotId): Promise<bigint>;
}

export interface Progress {
  readonly doneBytes: bigint;
  readonly totalBytes: bigint;
}
