import { z } from 'zod';
import { isEngineError } from '../../errors.ts';
import { parseAnswer, quantity, smallQuantity, type Rpc } from '../rpc.ts';

/** What one unit of gas may cost, in wei. */
export interface Fee {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** What the chain asks for a unit of gas now, in wei. */
export interface GasPrice {
  readonly baseFee: bigint;
  readonly tip: bigint;
}

export interface ChainHead {
  readonly number: number;
  readonly hash: string;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly baseFee: bigint;
}

/**
 * Room for six blocks of rising base fee; what is not needed is not paid. Undefined when the base fee alone is above the
 * cap: such a transaction could not be mined now. Source: marketplace.md §12.
 */
export function offeredFee({ baseFee, tip }: GasPrice, cap: bigint): Fee | undefined {
  if (baseFee > cap) return undefined;
  const maxFeePerGas = least(2n * baseFee + tip, cap);
  return { maxFeePerGas, maxPriorityFeePerGas: least(tip, maxFeePerGas) };
}

/**
 * The fee with which servers let a transaction take the place of another: both parts an eighth higher at least, and no
 * less than one would offer now. Undefined when the cap does not allow it.
 */
export function raisedFee(old: Fee, price: GasPrice, cap: bigint): Fee | undefined {
  const floor = { maxFeePerGas: eighthMore(old.maxFeePerGas), tip: eighthMore(old.maxPriorityFeePerGas) };
  if (floor.maxFeePerGas > cap || floor.tip > cap || price.baseFee > cap) return undefined;
  const maxFeePerGas = least(most(floor.maxFeePerGas, 2n * price.baseFee + price.tip), cap);
  return { maxFeePerGas, maxPriorityFeePerGas: least(most(floor.tip, price.tip), maxFeePerGas) };
}

/** The cap for all but taking a transaction back: that must cost more than the transaction, and still be allowed. */
export const capOfCalls = (cap: bigint): bigint => (cap * 8n) / 9n;

/** Asks the chain what gas costs. */
export class GasPrices {
  readonly #rpc: Rpc;
  #newest: GasPrice | undefined;

  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  /** As it was last answered. */
  get newest(): GasPrice | undefined {
    return this.#newest;
  }

  async now({ signal }: { signal: AbortSignal }): Promise<GasPrice> {
    const [{ baseFee }, tip] = await Promise.all([this.head({ signal }), this.#tip(signal)]);
    this.#newest = { baseFee, tip };
    return this.#newest;
  }

  async head({ signal }: { signal: AbortSignal }): Promise<ChainHead> {
    const answer = await this.#rpc.send('eth_getBlockByNumber', ['latest', false], { signal });
    const { baseFeePerGas, ...head } = parseAnswer(headAnswer, answer, 'the newest block');
    return { ...head, baseFee: baseFeePerGas };
  }

  async #tip(signal: AbortSignal): Promise<bigint> {
    try {
      const answer = await this.#rpc.send('eth_maxPriorityFeePerGas', [], { signal });
      return parseAnswer(quantity, answer, 'eth_maxPriorityFeePerGas');
    } catch (error) {
      // Some networks do not know this call (marketplace.md §12).
      if (isEngineError(error, 'RPC_REFUSED')) return DEFAULT_TIP;
      throw error;
    }
  }
}

const DEFAULT_TIP = 10n ** 9n;

const headAnswer = z.object({
  number: smallQuantity,
  hash: z.string(),
  timestamp: smallQuantity,
  baseFeePerGas: quantity,
});

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const eighthMore = (fee: bigint): bigint => (fee === 0n ? 1n : (fee * 9n + 7n) / 8n);
