import { Interface, Wallet, isCallException, type TransactionReceipt } from 'ethers';
import { address, type Address } from '../engine/contracts/ids.ts';
import { Mutex } from '../engine/lib/mutex.ts';
import type { Secret } from '../engine/lib/secret.ts';
import { artifacts } from './artifacts.ts';
import type { Chain } from './chain.ts';
import { PRACTICE_CHAIN_ID } from './chainid.ts';
import { PracticeError } from './errors.ts';

export interface Call {
  /** None to create a contract. */
  readonly to?: Address;
  readonly data: string;
  readonly gasLimit?: bigint;
}

/** An account of an actor on the practice network. Its transactions get their nonces one after the other. */
export class Account {
  readonly address: Address;
  readonly #chain: Chain;
  readonly #wallet: Wallet;
  readonly #sending = new Mutex();

  constructor({ chain, key }: { chain: Chain; key: Secret }) {
    this.#chain = chain;
    this.#wallet = new Wallet(key.reveal());
    this.address = address(this.#wallet.address);
  }

  /**
   * Sends a transaction that the chain would accept now, and waits until it is mined.
   * @throws PracticeError TRANSACTION_REFUSED before it is sent, with the revert's name as `details.reason`;
   * TRANSACTION_FAILED when it was mined and reverted; TRANSACTION_LOST when many blocks came without it
   */
  async send(call: Call, { signal }: { signal: AbortSignal }): Promise<TransactionReceipt> {
    const hash = await this.#sending.run(() => this.#submit(call), { signal });
    const receipt = await this.#receipt(hash, signal);
    if (receipt.status === 1) return receipt;
    throw new PracticeError('TRANSACTION_FAILED', 'A transaction was mined and reverted.', { hash });
  }

  async #submit({ to, data, gasLimit = 1_000_000n }: Call): Promise<string> {
    const { provider } = this.#chain;
    await this.#rehearse({ to: to ?? null, data });
    const signed = await this.#wallet.signTransaction({
      type: 2,
      chainId: PRACTICE_CHAIN_ID,
      nonce: await provider.getTransactionCount(this.address, 'pending'),
      to: to ?? null,
      data,
      gasLimit,
      maxFeePerGas: 100n * GWEI,
      maxPriorityFeePerGas: GWEI,
    });
    return String(await provider.send('eth_sendRawTransaction', [signed]));
  }

  /** As a call first: only so the reason of a revert is known. */
  async #rehearse({ to, data }: { to: Address | null; data: string }): Promise<void> {
    try {
      await this.#chain.provider.call({ from: this.address, to, data, blockTag: 'pending' });
    } catch (error) {
      if (!isCallException(error)) throw error;
      const reason = revertName(error.data);
      throw new PracticeError('TRANSACTION_REFUSED', `The chain refuses it: ${reason}`, { reason }, error);
    }
  }

  async #receipt(hash: string, signal: AbortSignal): Promise<TransactionReceipt> {
    for (let blocks = 0; blocks <= PATIENCE_BLOCKS; blocks++) {
      const receipt = await this.#chain.provider.getTransactionReceipt(hash);
      if (receipt) return receipt;
      await this.#chain.nextBlock(signal);
    }
    throw new PracticeError('TRANSACTION_LOST', `${PATIENCE_BLOCKS} blocks came without a transaction.`, {
      hash,
    });
  }
}

const GWEI = 10n ** 9n;
const PATIENCE_BLOCKS = 30;

const errorsOf = Object.values(artifacts).map(({ abi }) => new Interface(abi));

function revertName(data: string | null): string {
  const names = errorsOf.map((contract) => (data ? contract.parseError(data)?.name : undefined));
  return names.find((name) => name !== undefined) ?? 'no reason given';
}
