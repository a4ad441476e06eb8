import { keccak256 } from 'ethers';
import { z } from 'zod';
import type { Address } from '../contracts/ids.ts';
import { abortScope, throwIfAborted } from '../lib/abort.ts';
import { isEngineError } from '../errors.ts';
import { Mutex } from '../lib/mutex.ts';
import { sleep } from '../lib/retry.ts';
import type { Logger } from '../logger.ts';
import { MarketError } from './errors.ts';
import type { Sent } from './market.ts';
import { Receipts, type ReceiptOptions, type Submitted } from './receipts.ts';
import { parseAnswer, quantity, smallQuantity, type Rpc } from './rpc.ts';
import type { Signer } from './signer.ts';

export interface Call {
  /** For the log. */
  readonly name: string;
  readonly to: Address;
  readonly data: string;
  /** Gas given on top of the estimate, in percent: between estimate and mining another's transaction may change the path. */
  readonly headRoomPercent?: number;
}

/**
 * The one queue of an account's transactions. Estimate, nonce, signature and sending happen one at a time; the next may
 * go as soon as the hash of the one before is known to the server, so several may be in flight in one block.
 */
export class Transactions {
  readonly #rpc: Rpc;
  readonly #signer: Signer;
  readonly #chainId: number;
  readonly #receipts: Receipts;
  readonly #logger: Logger;
  readonly #sleep: NonNullable<ReceiptOptions['sleep']>;
  readonly #queue = new Mutex();
  /** Hashes of the newest ones: a lagging server's nonce could make an equal call the very same transaction. */
  readonly #sent = new Set<string>();

  constructor({ rpc, signer, chainId, token, logger }: TransactionsModules, options: ReceiptOptions = {}) {
    this.#rpc = rpc;
    this.#signer = signer;
    this.#chainId = chainId;
    this.#logger = logger;
    this.#receipts = new Receipts({ rpc, token, logger }, options);
    this.#sleep = options.sleep ?? sleep;
  }

  /** Sends and waits until it is mined. @throws MarketError as `submit` and `mined` do */
  async send(call: Call, { signal }: { signal: AbortSignal }): Promise<Sent> {
    return this.mined(await this.submit(call, { signal }), { signal });
  }

  /**
   * Resolves once the server has taken the transaction. The signal counts until it is sent, and not after.
   * @throws MarketError what the contract's revert means, when the estimate already fails; INSUFFICIENT_GAS;
   *   TRANSACTION_LOST when it is not known whether the server took it
   */
  submit(call: Call, { signal }: { signal: AbortSignal }): Promise<Submitted> {
    return this.#queue.run(() => this.#submit(call, signal), { signal });
  }

  /** Resolves once it was mined and succeeded. @throws MarketError as `Receipts.wait` does */
  async mined(submitted: Submitted, { signal }: { signal: AbortSignal }): Promise<Sent> {
    return this.#receipts.wait(submitted, { signal });
  }

  async #submit(call: Call, signal: AbortSignal): Promise<Submitted> {
    const own = { from: this.#signer.address, to: call.to, data: call.data };
    for (let attempt = 1; ; attempt++) {
      const [gas, nonce, fees] = await Promise.all([
        this.#estimate(own, signal),
        this.#nonce(signal),
        this.#fees(signal),
      ]);
      const gasLimit = (gas * BigInt(100 + (call.headRoomPercent ?? 0))) / 100n;
      const { to, data } = own;
      const asked = { type: 2, chainId: this.#chainId, to, data, nonce, gasLimit, ...fees };
      const raw = await this.#signer.sign(asked, { signal });
      throwIfAborted(signal);
      const hash = keccak256(raw);
      const refusal = this.#sent.has(hash) ? outdatedNonce(nonce) : await this.#broadcast(raw, hash);
      if (!refusal) {
        this.#remember(hash);
        this.#logger.debug('Transaction sent', { call: call.name, transactionHash: hash, nonce });
        return { hash, call: own };
      }
      if (attempt >= ATTEMPTS || !isOutdated(refusal)) throw refusal;
      this.#logger.debug('Transaction refused as outdated; made anew', {
        call: call.name,
        nonce,
        reason: refusal.message,
      });
      await this.#sleep(RETRY_MS * attempt, signal);
    }
  }

  /** Answers with the refusal when the server certainly did not take it. Repeating the same bytes is harmless. */
  async #broadcast(raw: string, hash: string): Promise<MarketError | undefined> {
    let unanswered: unknown;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        await this.#rpc.send('eth_sendRawTransaction', [raw]);
        return undefined;
      } catch (error) {
        if (isKnownAlready(error) || (await this.#isOnChain(hash))) return undefined;
        if (error instanceof MarketError && error.code !== 'CHAIN_UNREACHABLE') return error;
        unanswered = error;
      }
      await this.#sleep(RETRY_MS * 2 ** attempt, never);
    }
    const message = 'The chain did not answer while a transaction was sent; it may have arrived';
    throw new MarketError('TRANSACTION_LOST', { transactionHash: hash }, { message, cause: unanswered });
  }

  #remember(hash: string): void {
    this.#sent.add(hash);
    if (this.#sent.size <= REMEMBERED) return;
    const [oldest = hash] = this.#sent;
    this.#sent.delete(oldest);
  }

  async #isOnChain(hash: string): Promise<boolean> {
    try {
      return (await this.#rpc.send('eth_getTransactionByHash', [hash])) !== null;
    } catch {
      return false;
    }
  }

  async #estimate(call: Submitted['call'], signal: AbortSignal): Promise<bigint> {
    const answer = await this.#rpc.send('eth_estimateGas', [call, 'pending'], { signal });
    return parseAnswer(quantity, answer, 'eth_estimateGas');
  }

  /** Always asked: a counter of our own would drift from the chain's with the first transaction that is lost. */
  async #nonce(signal: AbortSignal): Promise<number> {
    const answer = await this.#rpc.send('eth_getTransactionCount', [this.#signer.address, 'pending'], {
      signal,
    });
    return parseAnswer(smallQuantity, answer, 'eth_getTransactionCount');
  }

  /** Room for six blocks of rising base fee; what is not needed is not paid. */
  async #fees(signal: AbortSignal): Promise<{ maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }> {
    const block = this.#rpc.send('eth_getBlockByNumber', ['latest', false], { signal });
    const [answer, maxPriorityFeePerGas] = await Promise.all([block, this.#tip(signal)]);
    const { baseFeePerGas } = parseAnswer(blockFees, answer, 'the base fee');
    return { maxFeePerGas: 2n * baseFeePerGas + maxPriorityFeePerGas, maxPriorityFeePerGas };
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

export interface TransactionsModules {
  rpc: Rpc;
  signer: Signer;
  chainId: number;
  /** The ERC-20 in which is paid. */
  token: Address;
  logger: Logger;
}

const ATTEMPTS = 5;
const RETRY_MS = 200;
const REMEMBERED = 256;
const DEFAULT_TIP = 10n ** 9n;

/** A transaction on its way is not called off. */
const never = abortScope().signal;

const blockFees = z.object({ baseFeePerGas: quantity });

const outdatedNonce = (nonce: number) =>
  new MarketError(
    'RPC_REFUSED',
    { refusal: 'nonce too low', nonce },
    { message: 'The server lags with the nonce' },
  );

const isKnownAlready = (error: unknown): boolean => /already known|already imported/i.test(refusalOf(error));

/** Another nonce or a higher fee, both asked anew, make it right. */
const isOutdated = (error: MarketError): boolean =>
  /nonce|replacement|underpriced|max fee per gas|base fee/i.test(refusalOf(error));

function refusalOf(error: unknown): string {
  return error instanceof MarketError && 'refusal' in error.details ? String(error.details.refusal) : '';
}
