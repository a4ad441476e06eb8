import { z } from 'zod';
import { isEngineError } from '../errors.ts';
import { sleep } from '../lib/retry.ts';
import type { Logger } from '../logger.ts';
import { MarketError } from './errors.ts';
import type { Sent } from './market.ts';
import { hexBytes, parseAnswer, quantity, smallQuantity, type Rpc } from './rpc.ts';

export interface ReceiptOptions {
  pollMs?: number;
  /** How long a transaction may take to be mined. */
  limitMs?: number;
  /** How long it may still take once the caller's signal aborted. */
  graceMs?: number;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A transaction that the chain's server has taken. */
export interface Submitted {
  readonly hash: string;
  /** The call, to replay it when it fails. */
  readonly call: { readonly from: string; readonly to: string; readonly data: string };
}

/** Waits for transactions to be mined, by asking, so that a connection lost for a while does not matter. */
export class Receipts {
  readonly #rpc: Rpc;
  readonly #logger: Logger;
  readonly #options: Required<ReceiptOptions>;

  constructor({ rpc, logger }: { rpc: Rpc; logger: Logger }, options: ReceiptOptions = {}) {
    this.#rpc = rpc;
    this.#logger = logger;
    this.#options = { pollMs: 1000, limitMs: 180_000, graceMs: 5000, sleep, ...options };
  }

  /**
   * Resolves once it was mined and succeeded. The signal does not call the transaction off; it only shortens the wait.
   * @throws MarketError what the contract's revert means; TRANSACTION_LOST when it was not seen mined in time
   */
  async wait(submitted: Submitted, { signal }: { signal: AbortSignal }): Promise<Sent> {
    const { pollMs, limitMs, graceMs, sleep } = this.#options;
    for (
      let waitedMs = 0, afterAbortMs = 0;
      waitedMs < limitMs && afterAbortMs < graceMs;
      waitedMs += pollMs
    ) {
      const receipt = await this.#receipt(submitted.hash);
      if (receipt) return this.#judge(submitted, receipt);
      await sleep(pollMs, never);
      if (signal.aborted) afterAbortMs += pollMs;
    }
    const message = 'The transaction was sent and not seen on the chain in time';
    throw new MarketError('TRANSACTION_LOST', { transactionHash: submitted.hash }, { message });
  }

  /** Undefined when it is not mined, or when that cannot be known now. */
  async #receipt(hash: string): Promise<Receipt | undefined> {
    try {
      const answer = await this.#rpc.send('eth_getTransactionReceipt', [hash]);
      return parseAnswer(receiptAnswer, answer, 'a receipt') ?? undefined;
    } catch (error) {
      this.#logger.debug('A receipt could not be read; asking again', { transactionHash: hash, error });
      return undefined;
    }
  }

  async #judge(submitted: Submitted, receipt: Receipt): Promise<Sent> {
    const sent = {
      transactionHash: submitted.hash,
      blockNumber: receipt.blockNumber,
      gasCost: receipt.gasUsed * receipt.effectiveGasPrice,
    };
    if (receipt.status === 1) return sent;
    throw await this.#whyFailed(submitted, sent);
  }

  /** A mined failure does not say why; the same call on the state of its block does. */
  async #whyFailed({ call, hash }: Submitted, { blockNumber, gasCost }: Sent): Promise<MarketError> {
    const details = { transactionHash: hash, blockNumber, gasCost };
    try {
      await this.#rpc.send('eth_call', [call, `0x${blockNumber.toString(16)}`]);
    } catch (error) {
      if (isEngineError(error) && 'revert' in error.details) {
        const { code, message } = error as MarketError;
        return new MarketError(code, { ...error.details, ...details }, { message, cause: error });
      }
    }
    return new MarketError('REVERTED', details, { message: 'The transaction failed on the chain' });
  }
}

/** The wait for a mined transaction ends by its limit, not by a signal. */
const never = new AbortController().signal;

const receiptAnswer = z
  .object({
    status: smallQuantity,
    blockNumber: smallQuantity,
    gasUsed: quantity,
    effectiveGasPrice: quantity,
    transactionHash: hexBytes,
  })
  .nullable();
type Receipt = NonNullable<z.infer<typeof receiptAnswer>>;
