import type { Rule } from './rule.ts';

/** Whether a member of this name holds something secret, whatever it looks like. */
export const isSecretKey = (key: string): boolean =>
  /pass(?:word|phrase|wd)|private|mnemonic|seed(?:phrase|words)|secret|token(?!s$)|api_?-?key|auth|cookie|credential/i.test(
    key,
  );

/** What is secret by its looks. Ids of the chain have rules of their own, which take keys of their length with them. */
export const secretRules: readonly Rule[] = [
  {
    // `passphrase=…`, `"token": "…"`, `Authorization: Bearer …`
    kind: 'secret',
    pattern:
      /\b((?:\w*_)?(?:pass(?:word|phrase|wd)|mnemonic|private[ _-]?key|secret|token|api[ _-]?key|authorization)(?:_\w+)?["']?\s*[=:]\s*)((?:bearer |basic )?(?:"[^"]*"|'[^']*'|[^\s,;&"')]+))/gi,
    replace: (_found, _pseudonyms, [name = '', value = '']) =>
      // Written by us already, or the word of a sentence.
      /^\[(?:redacted|secret)\]|^hidden$|^null$|^\{|^\[/.test(value) ? undefined : `${name}[secret]`,
  },
  { kind: 'secret', pattern: /\bscrypt\$[\w$-]+/g, replace: secret },
  { kind: 'secret', pattern: /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, replace: secret },
  // A number as long as a key.
  { kind: 'secret', pattern: /(?<![\da-z])\d{60,}(?![\da-z])/gi, replace: secret },
  { kind: 'secret', pattern: /\b(?:\d{1,3}\s*,\s*){15,}\d{1,3}\b/g, replace: secret },
  // 32 bytes in base64. Begun at a border only: from each sign of a long run anew would take minutes.
  { kind: 'secret', pattern: /(?<![A-Za-z\d+/])[A-Za-z\d+/]{43,}={1,2}/g, replace: secret },
];

/** What is as long as a token and looks as if it was drawn by chance. After the ids, which look alike. */
export const randomRule: Rule = {
  kind: 'secret',
  pattern: /(?<![A-Za-z\d_-])[A-Za-z\d_-]{40,}(?![A-Za-z\d_-])/g,
  replace: (found) => (isRandom(found) ? '[secret]' : undefined),
};

function secret(): string {
  return '[secret]';
}

const isRandom = (text: string): boolean => /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text);
