import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const folder = resolve(import.meta.dirname, '../../../src/renderer/src/theme');
const sheet = readFileSync(resolve(folder, 'tokens.css'), 'utf8');

const themes = ['light', 'dark', 'contrast-dark', 'contrast-light'] as const;
type Theme = (typeof themes)[number];

/** Contrast of a token against what it stands on, by theme in their order, as the design has measured it (look.md §1). */
const measured: readonly (readonly [
  token: string,
  on: string,
  ratios: readonly [number, number, number, number],
])[] = [
  ['line', 'bg', [1.3, 1.3, 6.1, 5.3]],
  ['line2', 'bg', [3.7, 4.0, 21, 21]],
  ['text', 'bg', [16.5, 14.6, 21, 21]],
  ['text2', 'bg', [7.6, 8.8, 21, 21]],
  ['text3', 'bg', [5.4, 6.2, 15.9, 13.2]],
  ['accent', 'bg', [6.8, 8.1, 14.2, 11.2]],
  ['accenth', 'bg', [9.1, 10.0, 16.8, 15.0]],
  ['onaccent', 'accent', [7.0, 7.6, 14.2, 11.2]],
  ['accent', 'soft', [5.9, 6.1, 9.1, 9.5]],
  ['softline', 'bg', [3.2, 3.9, 14.2, 11.2]],
  ['ok', 'bg', [6.3, 8.7, 15.1, 10.4]],
  ['attn', 'bg', [6.2, 9.0, 14.6, 10.5]],
  ['danger', 'bg', [6.5, 7.6, 11.2, 9.8]],
  ['practext', 'prac', [8.2, 9.2, 16.1, 12.5]],
];

/** What is read on what. */
const texts: readonly (readonly [token: string, on: readonly string[]])[] = [
  ['text', ['bg', 'nav', 'raised', 'soft', 'attnsoft', 'dangersoft']],
  ['text2', ['bg', 'nav', 'raised']],
  ['text3', ['bg', 'nav', 'raised']],
  ['accent', ['bg', 'nav', 'raised', 'soft']],
  ['accenth', ['bg', 'nav', 'raised', 'soft']],
  ['onaccent', ['accent', 'accenth']],
  ['ok', ['bg', 'raised']],
  ['attn', ['bg', 'raised', 'attnsoft']],
  ['danger', ['bg', 'raised', 'dangersoft']],
  ['practext', ['prac']],
];

const shapes: readonly (readonly [token: string, on: readonly string[]])[] = [
  ['line2', ['bg', 'nav', 'raised']],
  ['softline', ['bg']],
  ['accent', ['bg', 'soft']],
  ['focus', ['bg', 'nav', 'raised']],
];

describe.each(themes.map((theme, index) => [theme, index] as const))('The theme %s', (theme, index) => {
  const valueOf = tokensOf(theme);

  it.each(measured)('shows %s on %s with the contrast of the design', (token, on, ratios) => {
    expect(Math.abs(contrast(valueOf(token), valueOf(on)) - (ratios[index] ?? 0))).toBeLessThan(0.06);
  });

  it.each(texts)('lets %s be read', (token, grounds) => {
    for (const ground of grounds) {
      expect([ground, contrast(valueOf(token), valueOf(ground)) >= 4.5]).toEqual([ground, true]);
    }
  });

  it.each(shapes)('lets %s be seen', (token, grounds) => {
    for (const ground of grounds) {
      expect([ground, contrast(valueOf(token), valueOf(ground)) >= 3]).toEqual([ground, true]);
    }
  });

  it('says every token that the first one says', () => {
    expect([...declared(theme)].filter(isColour)).toEqual([...declared('light')].filter(isColour));
  });
});

describe('The tokens', () => {
  it('have the radii and times of the design, and no time where less motion is wished', () => {
    expect(sheet).toMatch(
      /--radius-bar: 2px;\s+--radius: 6px;\s+--radius-menu: 8px;\s+--quick: 120ms;\s+--calm: 180ms;/,
    );
    expect(sheet).toMatch(/prefers-reduced-motion: reduce\) \{\s+:root \{\s+--quick: 0s;\s+--calm: 0s;/);
  });

  it('are the system’s colours where it forces its own', () => {
    const [, forced = ''] = /forced-colors: active\) \{([\s\S]*?)\n\}/.exec(sheet) ?? [];
    const named = [...forced.matchAll(/--([\w-]+):/g)].map(([, name]) => name ?? '');
    expect([...declared('light')].filter(isColour).filter((name) => !named.includes(name))).toEqual([]);
    expect(forced).not.toMatch(/#[0-9a-f]{3}/);
  });
});

describe('The font', () => {
  it('has what ids and figures need', () => {
    const require = createRequire(import.meta.url);
    const css = readFileSync(resolve(folder, 'font.css'), 'utf8');
    const [, file = ''] = /url\('([^']+)'\)/.exec(css) ?? [];
    const features = featuresOf(readFileSync(require.resolve(file)));
    expect(['tnum', 'zero', 'ss02'].filter((name) => !features.has(name))).toEqual([]);
  });
});

const isColour = (name: string): boolean => !['focus-width', 'focus'].includes(name);

function blockOf(theme: Theme): string {
  const [, block = ''] = new RegExp(`\\[data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(sheet) ?? [];
  return block;
}

function declared(theme: Theme): Set<string> {
  return new Set([...blockOf(theme).matchAll(/--([\w-]+):/g)].map(([, name]) => name ?? ''));
}

/** A token that stands for another one is followed; what a theme leaves open the light one says. */
function tokensOf(theme: Theme): (name: string) => string {
  const all = new Map(
    [...`${blockOf('light')}${blockOf(theme)}`.matchAll(/--([\w-]+): ([^;]+);/g)].map(([, name, value]) => [
      name ?? '',
      value ?? '',
    ]),
  );
  return function valueOf(name: string): string {
    const value = all.get(name) ?? '';
    const [, other] = /^var\(--([\w-]+)\)$/.exec(value) ?? [];
    return other === undefined ? value : valueOf(other);
  };
}

/** By the formula of WCAG 2. */
function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  if (!/^#[0-9a-f]{6}$/.test(hex)) throw new Error(`No colour: ${hex}`);
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The features that a WOFF2 file's table of substitutions offers. Source: W3C WOFF2 §4, OpenType GSUB. */
function featuresOf(file: Buffer): Set<string> {
  const GSUB = 28;
  let at = 48;
  const lengths: { readonly isWanted: boolean; readonly length: number }[] = [];
  for (let count = file.readUInt16BE(12); count > 0; count--) {
    const flags = file[at++] ?? 0;
    const table = flags & 63;
    if (table === 63) at += 4;
    const length = base128();
    // 10 and 11 are the outlines, which are transformed unless they say so; the others only if they say so.
    const isTransformed = table === 10 || table === 11 ? flags >> 6 !== 3 : flags >> 6 !== 0;
    lengths.push({ isWanted: table === GSUB, length: isTransformed ? base128() : length });
  }
  const tables = brotliDecompressSync(file.subarray(at, at + file.readUInt32BE(20)));
  const index = lengths.findIndex(({ isWanted }) => isWanted);
  const begin = lengths.slice(0, index).reduce((sum, { length }) => sum + length, 0);
  const features = tables.subarray(begin + tables.readUInt16BE(begin + 6));
  return new Set(
    Array.from({ length: features.readUInt16BE(0) }, (_, place) =>
      features.toString('latin1', 2 + place * 6, 6 + place * 6),
    ),
  );

  function base128(): number {
    let value = 0;
    for (;;) {
      const byte = file[at++] ?? 0;
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
  }
}
