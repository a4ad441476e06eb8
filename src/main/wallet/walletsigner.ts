import type { TransactionLike } from 'ethers';
import type { Address } from '../engine/contracts/ids.ts';
import { throwIfAborted } from '../engine/lib/abort.ts';
import type { Signer } from '../engine/market/signer.ts';
import { walletError } from './errors.ts';
import type { PrivateKey } from './privatekey.ts';

/** Signs with the key of a wallet, while that is unlocked. */
export class WalletSigner implements Signer {
  readonly address: Address;
  readonly #key: () => PrivateKey | undefined;

  /** `key` gives the wallet's key of now. */
  constructor(address: Address, key: () => PrivateKey | undefined) {
    this.address = address;
    this.#key = key;
  }

  /** @throws WalletError WALLET_LOCKED */
  async sign(transaction: TransactionLike, { signal }: { signal: AbortSignal }): Promise<string> {
    throwIfAborted(signal);
    const key = this.#key();
    if (key?.address !== this.address) {
      throw walletError(
        'WALLET_LOCKED',
        'The wallet is locked. Unlock it, so that transactions can be signed.',
      );
    }
    return key.sign(transaction);
  }
}
