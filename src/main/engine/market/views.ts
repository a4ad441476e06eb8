import { isEngineError } from '../errors.ts';
import type { Address, Challenge, RequestId, SlotId } from '../contracts/ids.ts';
import { mayBePaid } from '../contracts/family.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import type { MarketConfig, RequestState, SlotState, StorageRequest } from '../contracts/requests.ts';
import { z } from 'zod';
import type { Connection } from './provider.ts';
import { Contract } from './contract.ts';
import {
  activeSlotValue,
  amountValue,
  byteValue,
  flagValue,
  hostValue,
  idValue,
  numberValue,
  requestStateValue,
  requestValue,
  slotStateValue,
} from './decoding.ts';
import { MarketError } from './errors.ts';
import type { ActiveSlot, Balances, BalancesAt, Cancellable } from './market.ts';
import { parseAnswer, quantity, smallQuantity, type Rpc } from './rpc.ts';

/** What of a connection is needed to read. */
export type ViewedMarketplace = Pick<Connection, 'marketplace' | 'token' | 'config'> & { readonly rpc: Rpc };

/**
 * The reads of `Market`. What time changes without a block is asked of the pending block, which has the time of now;
 * what only transactions change, of the latest one.
 */
export class MarketplaceViews {
  readonly signer: Address;
  readonly config: MarketConfig;
  readonly #connection: ViewedMarketplace;
  readonly #token: Contract;
  readonly #requests = new Recent<RequestId, StorageRequest>(REQUESTS_KEPT);

  constructor(connection: ViewedMarketplace, signer: Address) {
    this.#connection = connection;
    this.#token = new Contract({ address: connection.token, abi: tokenAbi, rpc: connection.rpc });
    this.signer = signer;
    this.config = connection.config;
  }

  /** A request never changes, so each is asked for once; see `forget`. */
  async getRequest(id: RequestId, { signal }: Cancellable): Promise<StorageRequest | undefined> {
    const kept = this.#requests.get(id);
    if (kept) return kept;
    const request = await unlessCode(
      'UNKNOWN_REQUEST',
      this.#latest(requestValue, 'getRequest(bytes32)', [id], signal),
    );
    if (request) this.#requests.set(id, request);
    return request;
  }

  /** The chain went back to before it was posted: whether it is known is asked anew. */
  forget(id: RequestId): void {
    this.#requests.delete(id);
  }

  requestState(id: RequestId, { signal }: Cancellable): Promise<RequestState | undefined> {
    return unlessCode(
      'UNKNOWN_REQUEST',
      this.#pending(requestStateValue, 'requestState(bytes32)', [id], signal),
    );
  }

  /** Whatever the family: a slot that was paid is `paid`. */
  async slotState(id: SlotId, { signal }: Cancellable): Promise<SlotState> {
    const { family } = this.config;
    const state = await this.#pending(slotStateValue(family), 'slotState(bytes32)', [id], signal);
    if (!mayBePaid(family, state)) return state;
    return (await this.currentCollateral(id, { signal })) === 0n ? 'paid' : state;
  }

  requestEnd(id: RequestId, { signal }: Cancellable): Promise<number> {
    return this.#pending(numberValue, 'requestEnd(bytes32)', [id], signal);
  }

  async requestExpiresAt(id: RequestId, { signal }: Cancellable): Promise<number> {
    const expiresAt = await this.#latest(numberValue, 'requestExpiry(bytes32)', [id], signal);
    // The contract answers 0 for a request it does not know.
    if (expiresAt === 0) throw new MarketError('UNKNOWN_REQUEST', { requestId: id });
    return expiresAt;
  }

  getHost(id: SlotId, { signal }: Cancellable): Promise<Address | undefined> {
    return this.#latest(hostValue, 'getHost(bytes32)', [id], signal);
  }

  getActiveSlot(id: SlotId, { signal }: Cancellable): Promise<ActiveSlot | undefined> {
    return unlessCode('SLOT_IS_FREE', this.#latest(activeSlotValue, 'getActiveSlot(bytes32)', [id], signal));
  }

  mySlots({ signal }: Cancellable): Promise<SlotId[]> {
    return this.#latest(slotIds, 'mySlots()', [], signal);
  }

  currentCollateral(id: SlotId, { signal }: Cancellable): Promise<bigint> {
    return this.#latest(amountValue, 'currentCollateral(bytes32)', [id], signal);
  }

  missingProofs(id: SlotId, { signal }: Cancellable): Promise<number> {
    return this.#latest(numberValue, 'missingProofs(bytes32)', [id], signal);
  }

  async balances({ signal }: Cancellable): Promise<Balances> {
    const { rpc } = this.#connection;
    const [tokens, gas] = await Promise.all([
      this.#token.read(amountValue, 'balanceOf(address)', [this.signer], { blockTag: 'latest', signal }),
      rpc.send('eth_getBalance', [this.signer, 'latest'], { signal }),
    ]);
    return { tokens, gas: parseAnswer(quantity, gas, 'eth_getBalance') };
  }

  /** After a block, as far as the server still knows its state. */
  async balancesAt(block: number, { signal }: Cancellable): Promise<BalancesAt> {
    const { rpc } = this.#connection;
    const blockTag = `0x${block.toString(16)}` as const;
    const [tokens, gas, transactions] = await Promise.all([
      this.#token.read(amountValue, 'balanceOf(address)', [this.signer], { blockTag, signal }),
      rpc.send('eth_getBalance', [this.signer, blockTag], { signal }),
      rpc.send('eth_getTransactionCount', [this.signer, blockTag], { signal }),
    ]);
    return {
      tokens,
      gas: parseAnswer(quantity, gas, 'eth_getBalance'),
      transactions: parseAnswer(smallQuantity, transactions, 'eth_getTransactionCount'),
    };
  }

  canReserveSlot(requestId: RequestId, slotIndex: number, { signal }: Cancellable): Promise<boolean> {
    return this.#pending(flagValue, 'canReserveSlot(bytes32,uint64)', [requestId, slotIndex], signal);
  }

  async holdsReservation(
    requestId: RequestId,
    slotIndex: number,
    { signal }: Cancellable,
  ): Promise<boolean | undefined> {
    try {
      await this.#pending(z.unknown(), 'fillSlot', [requestId, slotIndex, noProof], signal);
      return true;
    } catch (error) {
      return holdsByRefusal(error);
    }
  }

  isProofRequired(id: SlotId, { signal }: Cancellable): Promise<boolean> {
    return this.#pending(flagValue, 'isProofRequired(bytes32)', [id], signal);
  }

  willProofBeRequired(id: SlotId, { signal }: Cancellable): Promise<boolean> {
    return this.#pending(flagValue, 'willProofBeRequired(bytes32)', [id], signal);
  }

  getChallenge(id: SlotId, { signal }: Cancellable): Promise<Challenge> {
    return this.#pending(idValue<Challenge>(), 'getChallenge(bytes32)', [id], signal);
  }

  getPointer(id: SlotId, { signal }: Cancellable): Promise<number> {
    return this.#pending(byteValue, 'getPointer(bytes32)', [id], signal);
  }

  #pending<T>(
    schema: z.ZodType<T>,
    signature: string,
    args: readonly unknown[],
    signal: AbortSignal,
  ): Promise<T> {
    const options = { blockTag: 'pending', from: this.signer, signal } as const;
    return this.#connection.marketplace.read(schema, signature, args, options);
  }

  #latest<T>(
    schema: z.ZodType<T>,
    signature: string,
    args: readonly unknown[],
    signal: AbortSignal,
  ): Promise<T> {
    const options = { blockTag: 'latest', from: this.signer, signal } as const;
    return this.#connection.marketplace.read(schema, signature, args, options);
  }
}

/** What the engine needs of the marketplace's ERC-20. */
export const tokenAbi = [
  'function balanceOf(address owner) view returns (uint256)',
  'function approve(address spender, uint256 amount) returns (bool)',
];

const REQUESTS_KEPT = 128;

/** The one that no verifier takes. */
const noProof: Groth16Proof = {
  a: { x: 0n, y: 0n },
  b: { x: { real: 0n, imag: 0n }, y: { real: 0n, imag: 0n } },
  c: { x: 0n, y: 0n },
};

/** The order of the contract's checks: request, index, reservation, and then all that a holder may be refused for. */
function holdsByRefusal(error: unknown): boolean | undefined {
  if (!isEngineError(error) || !('revert' in error.details)) {
    if (isEngineError(error, 'REVERTED')) return undefined;
    throw error;
  }
  switch (error.details.revert) {
    case 'Marketplace_UnknownRequest':
    case 'Marketplace_InvalidSlot':
    case 'Marketplace_ReservationRequired':
      return false;
    case 'Marketplace_SlotNotFree':
    case 'Proofs_InvalidProof':
    case 'Proofs_ProofAlreadySubmitted':
      return true;
    default:
      return undefined;
  }
}

const slotIds = z.array(idValue<SlotId>());

/** Undefined where the contract's refusal is the answer. */
async function unlessCode<T>(code: string, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isEngineError(error, code)) return undefined;
    throw error;
  }
}

/** The values used last. */
class Recent<K, V> {
  readonly #values = new Map<K, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: K): V | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  delete(key: K): void {
    this.#values.delete(key);
  }

  set(key: K, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.#limit) this.#values.delete(this.#values.keys().next().value as K);
  }
}
