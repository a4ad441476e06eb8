import { Wallet, type TransactionLike } from 'ethers';
import { address, type Address } from '../contracts/ids.ts';
import type { Secret } from '../lib/secret.ts';

/** Who signs transactions. Behind an interface, so that the key may one day lie elsewhere. */
export interface Signer {
  readonly address: Address;
  /** The signed transaction, ready to be sent. */
  sign(transaction: TransactionLike): Promise<string>;
}

/** Signs with a private key held in memory. @throws TypeError, without the key in it, when it is none */
export function keySigner(privateKey: Secret): Signer {
  const wallet = walletOf(privateKey);
  return {
    address: address(wallet.address),
    sign: (transaction) => wallet.signTransaction(transaction),
  };
}

function walletOf(privateKey: Secret): Wallet {
  try {
    return new Wallet(privateKey.reveal());
  } catch {
    throw new TypeError('The private key is not 32 bytes of hex');
  }
}
