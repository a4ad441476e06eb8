import { wordlists } from 'ethers';
import type { Rule } from './rule.ts';

const english = wordlists['en'];
const ofWallets = new Set(Array.from({ length: 2048 }, (_, index) => english?.getWord(index) ?? ''));

/** Between two of them stands something else than digits alone, which ids have between their letters. */
const BETWEEN = '(?=\\d*[^a-z\\d])[^a-z]{1,8}';
const WORD = '[a-z]{3,8}(?![a-z])';

/**
 * Three words in a row of those that wallets are made of, whatever stands between them. Now and then that is the middle
 * of an English sentence: it is taken out all the same.
 */
export const wordsRule: Rule = {
  kind: 'words',
  pattern: new RegExp(`(?<![a-z])${WORD}(?:${BETWEEN}${WORD}){2,}`, 'gi'),
  replace: (found) => {
    const hidden = withoutRuns(found);
    return hidden === found ? undefined : hidden;
  },
};

export const hasWords = (text: string): boolean => withoutRuns(text) !== text;

function withoutRuns(text: string): string {
  const parts = [...text.matchAll(/[a-z]+/gi)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    isOfWallet: ofWallets.has(match[0].toLowerCase()),
  }));
  let hidden = '';
  let at = 0;
  for (let first = 0; first < parts.length; first++) {
    let last = first;
    while (parts[last]?.isOfWallet) last++;
    const [begin, end] = [parts[first]?.start ?? 0, parts[last - 1]?.end ?? 0];
    if (last - first >= FEWEST) {
      hidden += `${text.slice(at, begin)}[words]`;
      at = end;
    }
    first = Math.max(first, last - 1);
  }
  return hidden + text.slice(at);
}

const FEWEST = 3;
