import { id, toQuantity, zeroPadValue } from 'ethers';
import { z } from 'zod';
import type { Address } from '../contracts/ids.ts';
import { isEngineError } from '../errors.ts';
import { abortScope } from '../lib/abort.ts';
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
  readonly #token: Address;
  readonly #logger: Logger;
  readonly #options: Required<ReceiptOptions>;

  constructor({ rpc, token, logger }: ReceiptModules, options: ReceiptOptions = {}) {
    this.#rpc = rpc;
    this.#token = token;
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
      const receipt = parseAnswer(receiptAnswer, answer, 'a receipt');
      return receipt ? { ...receipt, minedAt: await this.#timeOf(receipt.blockNumber) } : undefined;
    } catch (error) {
      this.#logger.debug('A receipt could not be read; asking again', { transactionHash: hash, error });
      return undefined;
    }
  }

  async #timeOf(block: number): Promise<number> {
    const answer = await this.#rpc.send('eth_getBlockByNumber', [toQuantity(block), false]);
    return parseAnswer(blockAnswer, answer, 'a block').timestamp;
  }

  async #judge(submitted: Submitted, receipt: Receipt): Promise<Sent> {
    const sent = {
      transactionHash: submitted.hash,
      blockNumber: receipt.blockNumber,
      minedAt: receipt.minedAt,
      gasCost: receipt.gasUsed * receipt.effectiveGasPrice,
      tokensReceived: tokensReceived(receipt, this.#token, submitted.call),
    };
    if (receipt.status === 1) return sent;
    throw await this.#whyFailed(submitted, sent);
  }

  /** A mined failure does not say why; the same call on the state of its block does. */
  async #whyFailed({ call, hash }: Submitted, { blockNumber, gasCost }: Sent): Promise<MarketError> {
    const details = { transactionHash: hash, blockNumber, gasCost };
    try {
      await this.#rpc.send('eth_call', [call, toQuantity(blockNumber)]);
    } catch (error) {
      if (isEngineError(error) && 'revert' in error.details) {
        const { code, message } = error as MarketError;
        return new MarketError(code, { ...error.details, ...details }, { message, cause: error });
      }
    }
    return new MarketError('REVERTED', details, { message: 'The transaction failed on the chain' });
  }
}

export interface ReceiptModules {
  rpc: Rpc;
  /** The ERC-20 in which is paid. */
  token: Address;
  logger: Logger;
}

/** What the called contract moved to the caller: exact, where a balance would show what others paid as well. */
function tokensReceived({ logs }: Receipt, token: Address, { from, to }: Submitted['call']): bigint {
  const topics = [TRANSFER, zeroPadValue(to, 32), zeroPadValue(from, 32)].join().toLowerCase();
  return logs
    .filter((log) => log.address.toLowerCase() === token && log.topics.join().toLowerCase() === topics)
    .reduce((sum, { data }) => sum + parseAnswer(quantity, data, 'a transfer of tokens'), 0n);
}

const TRANSFER = id('Transfer(address,address,uint256)');

/** The wait for a mined transaction ends by its limit, not by a signal. */
const never = abortScope().signal;

const receiptAnswer = z
  .object({
    status: smallQuantity,
    blockNumber: smallQuantity,
    gasUsed: quantity,
    effectiveGasPrice: quantity,
    transactionHash: hexBytes,
    logs: z.array(z.object({ address: hexBytes, topics: z.array(hexBytes), data: hexBytes })),
  })
  .nullable();
type Receipt = NonNullable<z.infer<typeof receiptAnswer>> & { readonly minedAt: number };

const blockAnswer = z.object({ timestamp: smallQuantity });
