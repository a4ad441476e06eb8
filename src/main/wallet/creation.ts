import { afterMs, type After } from '../../shared/after.ts';
import type { Secret } from '../engine/lib/secret.ts';
import { walletError } from './errors.ts';
import { encryptedKey } from './keystore.ts';
import { keyOfMnemonic, newMnemonic, somePositions, type WordCount } from './mnemonic.ts';
import type { PrivateKey } from './privatekey.ts';

export interface NewWords {
  /** To be written down by a person; told once. */
  readonly words: string[];
  /** Of the words that have to be repeated, from 0. */
  readonly positions: number[];
}

interface Asked {
  readonly position: number;
  readonly word: string;
}

/**
 * A wallet whose words were told and not yet repeated. Nothing of it is on the disk, so that there is never a wallet
 * without a copy; of its words only those that are asked for are kept.
 */
export class Creation {
  readonly keystore: string;
  readonly key: PrivateKey;
  readonly #asked: readonly Asked[];

  private constructor(keystore: string, key: PrivateKey, asked: readonly Asked[]) {
    this.keystore = keystore;
    this.key = key;
    this.#asked = asked;
  }

  static async begin(
    wordCount: WordCount,
    passphrase: Secret,
    options: { scryptN?: number },
  ): Promise<NewWords & { creation: Creation }> {
    const mnemonic = newMnemonic(wordCount);
    const key = keyOfMnemonic(mnemonic);
    const keystore = await encryptedKey(key, passphrase, options);
    const words = mnemonic.reveal().split(' ');
    const positions = somePositions(words.length);
    const asked = positions.map((position) => ({ position, word: words[position] ?? '' }));
    return { words, positions, creation: new Creation(keystore, key, asked) };
  }

  /** @throws WalletError WORDS_DO_NOT_MATCH, which names the places asked for; they stay the same */
  check(words: readonly Secret[]): void {
    const isRight =
      words.length === this.#asked.length &&
      this.#asked.every(({ word }, index) => words[index]?.reveal().trim().toLowerCase() === word);
    if (isRight) return;
    const positions = this.#asked.map(({ position }) => position);
    const places = positions.map((position) => position + 1).join(', ');
    const message = `These are not the words ${places}. Look them up in what you wrote down, and try again.`;
    throw walletError('WORDS_DO_NOT_MATCH', message, { details: { positions } });
  }
}

/** Holds the creation that is under way, for half an hour at most. */
export class CreationDesk {
  readonly #after: After;
  #creation: Creation | undefined;
  #cancelForgetting = () => {};

  constructor({ after = afterMs }: { after?: After } = {}) {
    this.#after = after;
  }

  hold(creation: Creation): void {
    this.forget();
    this.#creation = creation;
    this.#cancelForgetting = this.#after(PATIENCE_MS, () => this.forget());
  }

  /** @throws WalletError NOTHING_TO_CONFIRM */
  get current(): Creation {
    if (this.#creation) return this.#creation;
    throw walletError('NOTHING_TO_CONFIRM', 'No new wallet waits for its words. Create one again.');
  }

  /** Lets go of the creation; what is left of it is in nobody's hands but those that took it. */
  release(): void {
    this.#cancelForgetting();
    this.#creation = undefined;
  }

  forget(): void {
    this.#creation?.key.wipe();
    this.release();
  }
}

const PATIENCE_MS = 30 * 60_000;
