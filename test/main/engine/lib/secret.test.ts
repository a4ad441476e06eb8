import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { blotSecrets, Secret } from '../../../../src/main/engine/lib/secret.ts';

const key = `0x${'8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63'}`;

describe('Secret', () => {
  test('shows itself in no way but reveal', () => {
    const secret = new Secret(key);
    const ways = [
      String(secret),
      [secret].join(),
      secret + '',
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 5 }),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone({ secret })),
    ];
    for (const text of ways) expect(text).not.toContain('8f2a');
    expect(ways.slice(0, 3)).toEqual(['[redacted]', '[redacted]', '[redacted]']);
    expect(secret.reveal()).toBe(key);
  });

  test('is blotted out of any line while it lives, with and without 0x, in any case, each time', () => {
    const secret = new Secret(key);
    const line = `a ${key} b ${key.slice(2)} c ${key.toUpperCase()} d`;
    expect(blotSecrets(line)).toBe('a [redacted] b [redacted] c [redacted] d');
    expect(blotSecrets(line)).toBe('a [redacted] b [redacted] c [redacted] d');
    expect(secret.reveal()).toBe(key);
  });

  test('may hold signs that mean something in patterns', () => {
    const secret = new Secret('a.b*(c)[d]$&\\^|?+{2}');
    expect(blotSecrets(`<${secret.reveal()}>`)).toBe('<[redacted]>');
    expect(blotSecrets('aXbb(c)[d]')).toBe('aXbb(c)[d]');
    expect(secret.blot(secret.reveal())).toBe('[redacted]');
  });

  test('is not blotted out when it is so short that it would hit innocent words', () => {
    const secret = new Secret('0xabc');
    expect(blotSecrets('abcdef 0xabc')).toBe('abcdef 0xabc');
    expect(String(secret)).toBe('[redacted]');
  });

  test('leaves other texts alone', () => {
    const secret = new Secret('correct horse battery staple');
    expect(blotSecrets('nothing of it')).toBe('nothing of it');
    expect(secret.reveal()).toHaveLength(28);
  });

  test('leaves nothing of one that begins like another', () => {
    const short = new Secret('correct horse battery');
    const long = new Secret('correct horse battery staple');
    const again = new Secret('correct horse battery');
    expect(blotSecrets(`${long.reveal()}, ${short.reveal()}.`)).toBe('[redacted], [redacted].');
    expect(again.reveal()).toBe(short.reveal());
  });
});
