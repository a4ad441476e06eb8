import { id, toQuantity, zeroPadValue } from 'ethers';
import { z } from 'zod';
import type { Address } from '../../contracts/ids.ts';
import type { Inclusion, InclusionFailure, TransactionVersion } from '../../contracts/storedtransaction.ts';
import { isEngineError } from '../../errors.ts';
import { hexBytes, parseAnswer, quantity, smallQuantity, type Rpc } from '../rpc.ts';

export interface ReceiptModules {
  readonly rpc: Rpc;
  /** The ERC-20 in which is paid. */
  readonly token: Address;
  /** Who signs. */
  readonly account: Address;
  /** Who pays the account: the marketplace, and in the vault family the vault. */
  readonly payers: readonly Address[];
}

/** Finds out how a transaction was mined. */
export class Receipts {
  readonly #modules: ReceiptModules;

  constructor(modules: ReceiptModules) {
    this.#modules = modules;
  }

  /** Where it is on the chain; undefined when it is not there, as far as the server knows. */
  async placeOf(hash: string, { signal }: { signal: AbortSignal }): Promise<Receipt | undefined> {
    const answer = await this.#modules.rpc.send('eth_getTransactionReceipt', [hash], { signal });
    return parseAnswer(receiptAnswer, answer, 'a receipt') ?? undefined;
  }

  /** Whether the server has another block where it was mined; false also where it has none there, and may only lag. */
  async isReplaced(
    { blockNumber, blockHash }: Inclusion,
    { signal }: { signal: AbortSignal },
  ): Promise<boolean> {
    const params = [toQuantity(blockNumber), false];
    const answer = await this.#modules.rpc.send('eth_getBlockByNumber', params, { signal });
    const block = parseAnswer(blockNameAnswer, answer, 'a block');
    return block !== null && block.hash !== blockHash;
  }

  /** All that is to be known of a mined version. */
  async inclusionOf(
    version: TransactionVersion,
    receipt: Receipt,
    { signal }: { signal: AbortSignal },
  ): Promise<Inclusion> {
    const { blockNumber, blockHash, gasUsed, effectiveGasPrice } = receipt;
    const minedAt = await this.#timeOf(receipt, signal);
    const failure = receipt.status === 1 ? undefined : await this.#whyFailed(version, blockNumber, signal);
    return {
      hash: version.hash,
      blockNumber,
      blockHash,
      minedAt,
      gasUsed,
      gasCost: gasUsed * effectiveGasPrice,
      tokensReceived: this.#tokensReceived(receipt),
      ...(failure && { failure }),
    };
  }

  async #timeOf({ blockNumber }: Receipt, signal: AbortSignal): Promise<number> {
    const { rpc } = this.#modules;
    const answer = await rpc.send('eth_getBlockByNumber', [toQuantity(blockNumber), false], { signal });
    return parseAnswer(blockAnswer, answer, 'a block').timestamp;
  }

  /** A mined failure does not say why; the same call on the state of its block does. */
  async #whyFailed(
    { to, data }: TransactionVersion,
    block: number,
    signal: AbortSignal,
  ): Promise<InclusionFailure> {
    const { rpc, account: from } = this.#modules;
    try {
      await rpc.send('eth_call', [{ from, to, data }, toQuantity(block)], { signal });
    } catch (error) {
      if (!isEngineError(error)) throw error;
      if ('revert' in error.details) return { code: error.code, revert: String(error.details.revert) };
    }
    return { code: 'REVERTED' };
  }

  /** What was moved to the account: exact, where a balance would show what others paid as well. */
  #tokensReceived({ logs }: Receipt): bigint {
    const { token, account, payers } = this.#modules;
    const wanted = payers.map((payer) =>
      [TRANSFER, zeroPadValue(payer, 32), zeroPadValue(account, 32)].join().toLowerCase(),
    );
    return logs
      .filter((log) => log.address.toLowerCase() === token)
      .filter((log) => wanted.includes(log.topics.join().toLowerCase()))
      .reduce((sum, { data }) => sum + parseAnswer(quantity, data, 'a transfer of tokens'), 0n);
  }
}

const TRANSFER = id('Transfer(address,address,uint256)');

const receiptAnswer = z
  .object({
    status: smallQuantity,
    blockNumber: smallQuantity,
    blockHash: hexBytes,
    gasUsed: quantity,
    effectiveGasPrice: quantity,
    logs: z.array(z.object({ address: hexBytes, topics: z.array(hexBytes), data: hexBytes })),
  })
  .nullable();
export type Receipt = NonNullable<z.infer<typeof receiptAnswer>>;

const blockNameAnswer = z.object({ hash: hexBytes }).nullable();
const blockAnswer = z.object({ timestamp: smallQuantity });
