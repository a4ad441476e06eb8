import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { de } from '../../../src/renderer/src/i18n/de.ts';
import { en } from '../../../src/renderer/src/i18n/en.ts';
import { plural, t } from '../../../src/renderer/src/i18n/t.ts';
import { checkDraft } from '../../../src/renderer/src/lib/offerdraft.ts';
import { dayText, exactTimeText, partsThatAddUp, preciseText } from '../../../src/renderer/src/lib/format.ts';
import { errorText, errorTexts } from '../../../src/shared/errors.ts';
import type { TranslationOf } from '../../../src/shared/i18n/catalogue.ts';
import { de as sharedDe } from '../../../src/shared/i18n/de.ts';
import { en as sharedEn } from '../../../src/shared/i18n/en.ts';
import { germanErrorTexts } from '../../../src/shared/i18n/errors.de.ts';
import { languageOf, setCurrentLanguage } from '../../../src/shared/i18n/language.ts';
import { say, sentence } from '../../../src/shared/i18n/say.ts';
import { outcomeText } from '../../../src/shared/outcome.ts';
import {
  bytesText,
  countText,
  exactTokens,
  gasText,
  parseBytes,
  parseDuration,
  parseTokens,
  tokensText,
} from '../../../src/shared/units.ts';

const TOKEN = 10n ** 18n;

describe.each([
  ['the window', en, de],
  ['both worlds', sharedEn, sharedDe],
  ['the errors', errorTexts, germanErrorTexts],
])('The German catalogue of %s', (_whose, english, german: Readonly<Record<string, string>>) => {
  it('has the keys of the English one and no other', () => {
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  });

  it('fills in the same names in each text', () => {
    const names = (text = '') => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const [key, text] of Object.entries(english)) {
      expect([key, names(german[key])]).toEqual([key, names(text)]);
    }
  });

  it('writes German: its quotation marks, sums with a comma, a polite you', () => {
    const texts = Object.values(german);
    expect(texts.filter((text) => /["“][^“”„]*[”"]|(?<!v)\d\.\d/.test(text))).toEqual([]);
    expect(texts.filter((text) => /\b(?:du|dein|deine|dir|dich)\b/i.test(text))).toEqual([]);
  });

  it('leaves no text in English but names and units', () => {
    const same = Object.entries(english).filter(
      ([key, text]) => german[key] === text && / \p{L}{3,} /u.test(text),
    );
    expect(same).toEqual([]);
  });
});

describe('The catalogue of both worlds', () => {
  it('has no text that nothing says', () => {
    const root = resolve(import.meta.dirname, '../../../src');
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path) && !/i18n\/(?:en|de)\.ts$/.test(path))
      .map((path) => readFileSync(resolve(root, path), 'utf8'))
      .join('\n');
    // The outcomes are said by their code.
    const unused = Object.keys(sharedEn).filter(
      (key) =>
        !key.startsWith('outcome.') &&
        !sources.includes(`'${key}'`) &&
        !sources.includes(`'${key.replace(/\.(one|other)$/, '')}'`),
    );
    expect(unused).toEqual([]);
  });
});

describe('The compiler', () => {
  it('refuses a translation that misses a key or a name', () => {
    const original = { a: 'One {count}', b: 'Two' } as const;
    const misses = { a: 'Eins {count}' } as const;
    const renames = { a: 'Eins {zahl}', b: 'Zwei' } as const;
    const whole = { a: '{count}: eins', b: 'Zwei' } as const;
    // @ts-expect-error `b` is missing
    expect(misses satisfies TranslationOf<typeof original, typeof misses>).toBeDefined();
    // @ts-expect-error `count` is missing
    expect(renames satisfies TranslationOf<typeof original, typeof renames>).toBeDefined();
    expect(whole satisfies TranslationOf<typeof original, typeof whole>).toBeDefined();
  });
});

describe('In German', () => {
  beforeEach(() => setCurrentLanguage('de'));
  afterEach(() => setCurrentLanguage('en'));

  it('texts are German, and counts choose their form', () => {
    expect(t('nav.sales')).toBe('Verkäufe');
    expect(plural('timeline.sent', 1)).toBe('1 Nachweis gesendet');
    expect(plural('timeline.sent', 1204)).toBe('1.204 Nachweise gesendet');
    expect(t('check.matches', { count: 1204, all: 20_000 })).toMatch(/^1\.204 der 20\.000 /);
  });

  it('numbers have a decimal comma, and points between thousands', () => {
    expect(tokensText(128_460n * (TOKEN / 100n))).toBe('1.284,60');
    expect(tokensText(1n)).toBe('< 0,01');
    expect(exactTokens(-15n * (TOKEN / 10n))).toBe('−1,5');
    expect(gasText(TOKEN / 24n)).toBe('0,042');
    expect(bytesText(1_500_000_000_000n)).toBe('1,50 TB');
    expect(countText(1_204_118)).toBe('1.204.118');
    expect(partsThatAddUp([1_234_500_000_000n], 1_000_000_000n)).toEqual(['1.234,5']);
  });

  it('dates and times are German', () => {
    const time = new Date(2026, 10, 22, 12, 17, 4, 21).getTime();
    expect(dayText(time / 1000)).toBe('22. Nov.');
    expect(exactTimeText(time / 1000)).toBe('22.11.2026, 12:17:04');
    expect(preciseText(time)).toBe('12:17:04,021');
  });

  it.each([
    ['1,5 TB', 1_500_000_000_000n],
    ['1,500 TB', 1_500_000_000_000n],
    ['1.500', 1_500_000_000_000n],
    ['1.500,5 MB', 1_500_500_000n],
    ['1.5 TB', 1_500_000_000_000n],
    ['0.600', 600_000_000n],
  ])('%s is read without doubt', (text, bytes) => {
    expect(parseBytes(text)).toEqual({ ok: true, value: bytes });
  });

  it('what is shown can be typed, and units have German names', () => {
    for (const amount of [1_555n * (TOKEN / 1000n), 12_345n * TOKEN + 1n, TOKEN]) {
      expect(parseTokens(exactTokens(amount))).toEqual({ ok: true, value: amount });
    }
    expect(parseDuration('2 Tage')).toEqual({ ok: true, value: 172_800n });
    expect(parseDuration('3 Wochen')).toEqual({ ok: true, value: 1_814_400n });
  });

  it('a field says an example as it is typed here', () => {
    const draft = { space: 'x', price: 'x', longest: '14', collateral: '1', name: 'a', until: '' };
    const { errors } = checkDraft(draft, { isRaw: false, decimals: 18, symbol: 'TST', now: 0 }, undefined);
    expect(errors.space).toContain('1,5 TB');
    expect(errors.price).toContain('0,60');
  });

  it('what the node tells as facts is said in German, a sale in its activity too', () => {
    const why = {
      outcome: {
        code: 'noMatchingAvailability',
        text: 'It pays 0.45 tokens per GB and month; your lowest is 0.60.',
        refusal: { rule: 'price', details: { asked: 174n, yours: 232n } },
      },
    };
    const slot = sentence('slotOf', { index: 3, request: '9f41…c27e' });
    expect(say(sentence('activity.notTaken', { slot, why }))).toBe(
      'Slot 3 von 9f41…c27e nicht genommen. Die Anfrage zahlt 0,45 Token je GB und Monat; Sie verlangen mindestens 0,60.',
    );
    expect(outcomeText({ code: 'paid', text: 'Ran to its end and was paid.' })).toBe(
      'Bis zum Ende gelaufen und bezahlt.',
    );
    expect(outcomeText({ code: 'ofTomorrow', text: 'In its own words.' })).toBe('In its own words.');
    expect(errorText({ code: 'WRONG_PASSPHRASE', message: '' })).toMatch(/^Das ist nicht die Passphrase/);
  });
});

describe('The language of the system', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'de-CH', 'en'], 'de'],
    [['en-US', 'de'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ] as const)('%s is shown in %s', (ofSystem, language) => {
    expect(languageOf('system', ofSystem)).toBe(language);
  });

  it('does not matter once one was chosen', () => {
    expect(languageOf('en', ['de'])).toBe('en');
  });
});
