import { HDNodeWallet, Mnemonic } from 'ethers';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { keyOfMnemonic, newMnemonic, somePositions } from '../../../src/main/wallet/mnemonic.ts';
import { known } from '../../support/walletfixtures.ts';

describe('words', () => {
  it.each([12, 24] as const)('are made by the standard, %d of them, new each time', (count) => {
    const made = [1, 2, 3].map(() => newMnemonic(count).reveal());
    for (const text of made) {
      expect(text.split(' ')).toHaveLength(count);
      expect(Mnemonic.isValidMnemonic(text)).toBe(true);
    }
    expect(new Set(made).size).toBe(3);
  });

  it('give the account that other wallets show for them', () => {
    const words = newMnemonic(24);
    expect(keyOfMnemonic(new Secret(known.mnemonic)).address).toBe(known.address);
    expect(keyOfMnemonic(new Secret(known.mnemonic), 1).address).toBe(known.secondAddress);
    expect(keyOfMnemonic(words).address).toBe(HDNodeWallet.fromPhrase(words.reveal()).address.toLowerCase());
  });

  it('may be written in any case and with any space between them', () => {
    const text = `  ${known.mnemonic.toUpperCase().replaceAll(' ', ' \n\t')} `;
    expect(keyOfMnemonic(new Secret(text)).address).toBe(known.address);
  });

  it.each([
    ['there are too few', 'test test junk', /There are 3 words/],
    ['one is not on the list', known.mnemonic.replace('test test', 'test tset'), /^Word 2 /],
    ['the order is another', known.mnemonic.replace('test junk', 'junk test'), /do not belong together/],
  ])('are refused without being repeated when %s', (_what, text, message) => {
    expect(() => keyOfMnemonic(new Secret(text))).toThrow(message);
    expect(() => keyOfMnemonic(new Secret(text))).not.toThrow(/junk|tset/);
  });
});

describe('the words to be repeated', () => {
  it('stand at three different places, in order, and at each place sometimes', () => {
    const seen = new Set<number>();
    for (let run = 0; run < 500; run++) {
      const positions = somePositions(12);
      expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
      expect(positions).toHaveLength(3);
      for (const position of positions) seen.add(position);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index));
  });
});
