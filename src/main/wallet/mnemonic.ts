import { randomBytes, randomInt } from 'node:crypto';
import { HDNodeWallet, Mnemonic, wordlists, type Wordlist } from 'ethers';
import { Secret } from '../engine/lib/secret.ts';
import { walletError } from './errors.ts';
import { PrivateKey } from './privatekey.ts';

export type WordCount = 12 | 24;

/** New words by BIP-39, from the system's randomness. */
export function newMnemonic(words: WordCount): Secret {
  const entropy = randomBytes(words === 12 ? 16 : 32);
  try {
    return new Secret(Mnemonic.fromEntropy(entropy).phrase);
  } finally {
    entropy.fill(0);
  }
}

/**
 * The key of an account of these words, by the path that wallets of Ethereum share: `m/44'/60'/0'/0/<account>`.
 * @throws WalletError BAD_MNEMONIC, which says what is wrong with the words without repeating one
 */
export function keyOfMnemonic(mnemonic: Secret, account = 0): PrivateKey {
  const words = mnemonic.reveal().normalize('NFKD').trim().toLowerCase().split(/\s+/);
  checkWords(words);
  const node = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(words.join(' ')), pathOf(account));
  return PrivateKey.parse(new Secret(node.privateKey));
}

/** Some places of `count` words, from 0 and in order: which words are to be repeated. */
export function somePositions(count: number, wanted = 3): number[] {
  const positions = new Set<number>();
  while (positions.size < wanted) positions.add(randomInt(count));
  return [...positions].sort((a, b) => a - b);
}

const pathOf = (account: number) => `m/44'/60'/0'/0/${account}`;

function checkWords(words: readonly string[]): void {
  if (!LENGTHS.includes(words.length)) {
    throw badMnemonic(`There are ${words.length} words, where 12, 15, 18, 21 or 24 belong.`);
  }
  const list: Wordlist | undefined = wordlists['en'];
  const unknown = words.findIndex((word) => (list?.getWordIndex(word) ?? -1) < 0);
  if (unknown >= 0) {
    throw badMnemonic(`Word ${unknown + 1} is not on the list of words (English). Check how it is spelt.`);
  }
  if (!Mnemonic.isValidMnemonic(words.join(' '))) {
    throw badMnemonic(
      'Each word is known, but they do not belong together. Check the words and their order.',
    );
  }
}

const LENGTHS = [12, 15, 18, 21, 24];

const badMnemonic = (message: string) => walletError('BAD_MNEMONIC', message);
