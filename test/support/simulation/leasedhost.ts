import type { Challenge, SlotId } from '../../../src/main/engine/contracts/ids.ts';
import type { Groth16Proof } from '../../../src/main/engine/contracts/proofs.ts';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import type {
  HostedSlot,
  SlotHost,
  StoreOptions,
  VerifyOptions,
} from '../../../src/main/engine/slots/slothost.ts';
import type { FakeSlotHost } from '../fakeslothost.ts';
import type { Faults } from './faults.ts';
import type { Lease } from './lease.ts';

export interface LeasedHostModules {
  readonly host: FakeSlotHost;
  readonly lease: Lease;
  readonly faults: Faults;
}

/** The disk and the network as one process has them: between two batches of a download anything may happen. */
export class LeasedHost implements SlotHost {
  /** Of this process: whoever listened in one that was killed never ends that. */
  readonly onMissing = new Emitter<SlotId>();
  readonly #host: FakeSlotHost;
  readonly #lease: Lease;
  readonly #faults: Faults;

  constructor({ host, lease, faults }: LeasedHostModules) {
    this.#host = host;
    this.#lease = lease;
    this.#faults = faults;
  }

  async store(slot: HostedSlot, { charge, signal, ...options }: StoreOptions): Promise<void> {
    await this.#lease.pass(this.#faults.delay(), signal);
    const ownCharge = async (bytes: bigint) => {
      await this.#lease.pass(this.#downloadTime(), signal);
      if (this.#faults.is('noDownloads')) throw new Error('No peer has the data');
      await charge(bytes);
      await this.#lease.pass(this.#faults.delay(), signal);
      this.#faults.demandDisk('fullDiskForSlots');
    };
    await this.#lease.perform(
      () => this.#host.store(slot, { ...options, charge: ownCharge, signal }),
      this.#faults.delay(),
    );
  }

  async prove(
    slot: HostedSlot,
    challenge: Challenge,
    { signal }: { signal: AbortSignal },
  ): Promise<Groth16Proof> {
    await this.#lease.pass(this.#faults.delay(), signal);
    if (this.#faults.is('noProofs') && this.#faults.chance(0.6)) throw new Error('The prover crashed');
    const prove = () => this.#host.prove(slot, challenge, { signal });
    return this.#lease.perform(prove, this.#faults.delay(), signal);
  }

  async verify(slot: HostedSlot, options: VerifyOptions): Promise<{ missingBytes: bigint }> {
    await this.#lease.pass(this.#faults.delay(), options.signal);
    this.#faults.demandDisk('fullDiskForSlots');
    return this.#lease.perform(() => this.#host.verify(slot, options), this.#faults.delay());
  }

  async clear(slotId: SlotId): Promise<void> {
    await this.#lease.pass(this.#faults.delay());
    if (this.#faults.is('fullDiskForSlots') && this.#faults.chance(0.3)) throw new Error('EIO: i/o error');
    await this.#lease.perform(() => this.#host.clear(slotId), this.#faults.delay());
  }

  async storedBytes(slotId: SlotId): Promise<bigint> {
    await this.#lease.pass(this.#faults.delay());
    return this.#lease.perform(() => this.#host.storedBytes(slotId), undefined);
  }

  async sweep(keep: ReadonlySet<SlotId>): Promise<SlotId[]> {
    await this.#lease.pass(this.#faults.delay());
    return this.#lease.perform(() => this.#host.sweep(keep), this.#faults.delay());
  }

  #downloadTime(): number | undefined {
    const delay = this.#faults.delay();
    return delay === undefined ? undefined : delay * 3;
  }
}
