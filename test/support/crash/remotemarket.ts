import type { Address, Challenge, RequestId, SlotId } from '../../../src/main/engine/contracts/ids.ts';
import type { Groth16Proof } from '../../../src/main/engine/contracts/proofs.ts';
import type {
  MarketConfig,
  RequestState,
  SlotState,
  StorageRequest,
} from '../../../src/main/engine/contracts/requests.ts';
import { throwIfAborted, untilAborted } from '../../../src/main/engine/lib/abort.ts';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import type {
  ActiveSlot,
  Balances,
  Cancellable,
  Market,
  MarketEvent,
  OwnTransaction,
  SendOptions,
  Sent,
  StorageRequested,
} from '../../../src/main/engine/market/market.ts';
import type { Busy } from './busy.ts';
import type { Endings } from './endings.ts';
import type { Line } from './line.ts';

export interface RemoteMarketModules {
  readonly line: Line;
  readonly busy: Busy;
  readonly endings: Endings;
}

/** The market of another process, which outlives this one. Each transaction counts as a durable write. */
export class RemoteMarket implements Market {
  readonly signer: Address;
  readonly config: MarketConfig;
  readonly #modules: RemoteMarketModules;
  readonly #events = new Emitter<MarketEvent>();

  constructor(modules: RemoteMarketModules, { signer, config }: { signer: Address; config: MarketConfig }) {
    this.#modules = modules;
    this.signer = signer;
    this.config = config;
  }

  getRequest(id: RequestId, options: Cancellable) {
    return this.#read<StorageRequest | undefined>('getRequest', [id], options);
  }

  requestState(id: RequestId, options: Cancellable) {
    return this.#read<RequestState | undefined>('requestState', [id], options);
  }

  slotState(id: SlotId, options: Cancellable) {
    return this.#read<SlotState>('slotState', [id], options);
  }

  requestEnd(id: RequestId, options: Cancellable) {
    return this.#read<number>('requestEnd', [id], options);
  }

  requestExpiresAt(id: RequestId, options: Cancellable) {
    return this.#read<number>('requestExpiresAt', [id], options);
  }

  getHost(id: SlotId, options: Cancellable) {
    return this.#read<Address | undefined>('getHost', [id], options);
  }

  getActiveSlot(id: SlotId, options: Cancellable) {
    return this.#read<ActiveSlot | undefined>('getActiveSlot', [id], options);
  }

  mySlots(options: Cancellable) {
    return this.#read<SlotId[]>('mySlots', [], options);
  }

  currentCollateral(id: SlotId, options: Cancellable) {
    return this.#read<bigint>('currentCollateral', [id], options);
  }

  missingProofs(id: SlotId, options: Cancellable) {
    return this.#read<number>('missingProofs', [id], options);
  }

  balances(options: Cancellable) {
    return this.#read<Balances>('balances', [], options);
  }

  canReserveSlot(requestId: RequestId, slotIndex: number, options: Cancellable) {
    return this.#read<boolean>('canReserveSlot', [requestId, slotIndex], options);
  }

  holdsReservation(requestId: RequestId, slotIndex: number, options: Cancellable) {
    return this.#read<boolean | undefined>('holdsReservation', [requestId, slotIndex], options);
  }

  reserveSlot(requestId: RequestId, slotIndex: number, options: SendOptions) {
    return this.#send('reserveSlot', [requestId, slotIndex], options);
  }

  fillSlot(id: RequestId, slotIndex: number, proof: Groth16Proof, collateral: bigint, options: SendOptions) {
    return this.#send('fillSlot', [id, slotIndex, proof, collateral], options);
  }

  freeSlot(id: SlotId, options: Cancellable) {
    return this.#send('freeSlot', [id], options);
  }

  isProofRequired(id: SlotId, options: Cancellable) {
    return this.#read<boolean>('isProofRequired', [id], options);
  }

  willProofBeRequired(id: SlotId, options: Cancellable) {
    return this.#read<boolean>('willProofBeRequired', [id], options);
  }

  getChallenge(id: SlotId, options: Cancellable) {
    return this.#read<Challenge>('getChallenge', [id], options);
  }

  getPointer(id: SlotId, options: Cancellable) {
    return this.#read<number>('getPointer', [id], options);
  }

  submitProof(id: SlotId, proof: Groth16Proof, options: SendOptions) {
    return this.#send('submitProof', [id, proof], options);
  }

  transactionsOf(id: SlotId) {
    return this.#read<OwnTransaction[]>('transactionsOf', [id], always);
  }

  subscribe(listener: (event: MarketEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }

  async *pastStorageRequests(
    range: { from: number; to?: number },
    options: Cancellable,
  ): AsyncIterable<StorageRequested> {
    yield* await this.#read<StorageRequested[]>('pastStorageRequests', [range], options);
  }

  /** An event that the other process tells of. */
  emit(event: MarketEvent): void {
    this.#events.emit(event);
  }

  async #read<T>(method: string, args: readonly unknown[], { signal }: Cancellable): Promise<T> {
    throwIfAborted(signal);
    const { busy, line } = this.#modules;
    return (await untilAborted(
      busy.during(() => line.call(method, [...args, {}])),
      signal,
    )) as T;
  }

  /** Once it is sent it is not called off. The deadline is the other process's to keep. */
  async #send(method: string, args: readonly unknown[], { signal, ...options }: SendOptions): Promise<Sent> {
    throwIfAborted(signal);
    const { busy, endings, line } = this.#modules;
    const call = () => line.call(method, [...args, options]);
    return (await busy.during(() => endings.around(`tx ${method}`, call))) as Sent;
  }
}

const always: Cancellable = { signal: new AbortController().signal };
