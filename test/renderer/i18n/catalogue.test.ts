import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { en } from '../../../src/renderer/src/i18n/en.ts';
import { isTextKey, plural, t } from '../../../src/renderer/src/i18n/t.ts';

const root = resolve(import.meta.dirname, '../../../src/renderer/src');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('i18n') && !path.startsWith('dev'))
  .map((path) => readFileSync(resolve(root, path), 'utf8'))
  .join('\n');

describe('the catalogue of texts', () => {
  it('has no text that nothing shows', () => {
    // A key stands in the source whole, as the stem of a plural, or begun in a template.
    const begun = [...sources.matchAll(/`([\w.]+\.)\$\{/g)].map(([, stem]) => stem ?? '');
    const unused = Object.keys(en).filter(
      (key) =>
        !sources.includes(`'${key}'`) &&
        !sources.includes(`'${key.replace(/\.(one|other)$/, '')}'`) &&
        !begun.some((stem) => key.startsWith(stem)),
    );
    expect(unused).toEqual([]);
  });

  it('has a text for every key that the source names', () => {
    const named = [...sources.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key ?? '');
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((key) => !isTextKey(key))).toEqual([]);
  });

  it('has for every plural both forms', () => {
    const stems = [...sources.matchAll(/\bplural\(\s*'([^']+)'/g)].map(([, key]) => key ?? '');
    expect(stems.length).toBeGreaterThan(3);
    for (const stem of stems)
      expect([isTextKey(`${stem}.one`), isTextKey(`${stem}.other`)]).toEqual([true, true]);
  });

  it('fills in what is named, and picks the form by the count', () => {
    expect(t('sale.name', { id: '9f41…c27e', index: 3 })).toBe('9f41…c27e, slot 3');
    expect(plural('timeline.sent', 1)).toBe('1 proof sent');
    expect(plural('timeline.sent', 1204)).toBe('1,204 proofs sent');
  });

  it('writes a minus, never a hyphen, before numbers, and keeps labels in sentence case', () => {
    expect(Object.values(en).filter((text) => /(^|\s)-\d/.test(text))).toEqual([]);
    expect(Object.values(en).filter((text) => /\b[A-Z]{4,}\b/.test(text))).toEqual([]);
  });
});
