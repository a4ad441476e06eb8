import { Wallet, type TransactionLike } from 'ethers';
import { address, type Address } from '../contracts/ids.ts';
import { throwIfAborted } from '../lib/abort.ts';
import type { Secret } from '../lib/secret.ts';

/** Who signs transactions. Behind an interface, so that the key may one day lie elsewhere. */
export interface Signer {
  readonly address: Address;
  /**
   * The signed transaction, ready to be sent. It may take long, where somebody has to look at it first; whoever signs
   * gives up when `signal` aborts, and refuses with an engine error that says why.
   */
  sign(transaction: TransactionLike, options: { signal: AbortSignal }): Promise<string>;
}

/** Signs with a private key held in memory. @throws TypeError, without the key in it, when it is none */
export function keySigner(privateKey: Secret): Signer {
  const wallet = walletOf(privateKey);
  return {
    address: address(wallet.address),
    sign: async (transaction, { signal }) => {
      throwIfAborted(signal);
      return wallet.signTransaction(transaction);
    },
  };
}

function walletOf(privateKey: Secret): Wallet {
  try {
    return new Wallet(privateKey.reveal());
  } catch {
    throw new TypeError('The private key is not 32 bytes of hex');
  }
}
