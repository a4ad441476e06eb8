import { computeAddress, SigningKey, Transaction, type TransactionLike } from 'ethers';
import { address, type Address } from '../engine/contracts/ids.ts';
import type { Secret } from '../engine/lib/secret.ts';
import { walletError } from './errors.ts';

/**
 * A private key, held as bytes that `wipe` overwrites. What it cannot wipe: while a signature is made, ethers keeps the
 * key as text and as a number; these are garbage afterwards, which the platform clears when it likes. That is why the
 * key is handed to ethers anew for each signature instead of being kept in a wallet of ethers.
 */
export class PrivateKey implements Disposable {
  readonly address: Address;
  readonly #bytes: Uint8Array;
  #isWiped = false;

  /** Takes `bytes` over, and wipes them at the end. @throws WalletError BAD_PRIVATE_KEY */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    try {
      if (bytes.length !== 32) throw badPrivateKey();
      this.address = address(computeAddress(SigningKey.computePublicKey(bytes)));
    } catch {
      this.wipe();
      throw badPrivateKey();
    }
  }

  /** From 64 hexadecimal digits, with `0x` or without. @throws WalletError BAD_PRIVATE_KEY */
  static parse(text: Secret): PrivateKey {
    const digits = /^(?:0x)?([0-9a-f]{64})$/i.exec(text.reveal().trim())?.[1];
    if (digits === undefined) throw badPrivateKey();
    return new PrivateKey(Buffer.from(digits, 'hex'));
  }

  /** The signed transaction, ready to be sent. */
  sign(asked: TransactionLike): string {
    if (this.#isWiped) throw new TypeError('The key was wiped');
    const transaction = Transaction.from(asked);
    transaction.signature = new SigningKey(this.#bytes).sign(transaction.unsignedHash);
    return transaction.serialized;
  }

  /** Lends the bytes for the time of `work`, which keeps none of them. */
  use<T>(work: (bytes: Uint8Array) => T): T {
    if (this.#isWiped) throw new TypeError('The key was wiped');
    return work(this.#bytes);
  }

  wipe(): void {
    this.#isWiped = true;
    this.#bytes.fill(0);
  }

  [Symbol.dispose](): void {
    this.wipe();
  }
}

const badPrivateKey = () =>
  walletError('BAD_PRIVATE_KEY', 'This is no private key. Enter its 64 hexadecimal digits.');
