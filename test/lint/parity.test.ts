import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countsOf, faultsOf, rowsOf, type ReadFile } from '../support/paritytable.ts';

const root = resolve(import.meta.dirname, '../..');
const document = readFileSync(join(root, 'docs/parity.md'), 'utf8');
const fromDisk: ReadFile = (path) =>
  existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;

/** How many tests the list of the upstream node has, by section. Source: engine.md §11. */
const sections = {
  '11.1': 62,
  '11.2': 46,
  '11.3': 41,
  '11.4': 12,
  '11.5': 71,
  '11.6': 37,
  '11.7': 12,
  '11.8': 16,
  '11.9': 10,
  '11.10': 19,
  '11.11': 9,
  '11.12': 26,
  '11.13': 63,
};

describe('docs/parity.md', () => {
  const rows = rowsOf(document);

  test.each(Object.entries(sections))('has every line of %s, once and in order', (section, count) => {
    const lines = rows.map(({ line }) => line).filter((line) => line.startsWith(`${section}.`));
    expect(lines).toEqual(Array.from({ length: count }, (_, index) => `${section}.${index + 1}`));
  });

  test('has no line of another section', () => {
    const known = (line: string) => Object.keys(sections).includes(line.split('.').slice(0, 2).join('.'));
    expect(rows.map(({ line }) => line).filter((line) => !known(line))).toEqual([]);
  });

  test('names for each line a test that is there under exactly this name, or says why none applies', () => {
    expect(faultsOf(rows, fromDisk)).toEqual([]);
  });

  test('says how many lines there are of each kind', () => {
    const { tested, inapplicable } = countsOf(rows);
    expect(document).toContain(`${tested + inapplicable} lines`);
    expect(document).toContain(`${tested} are tests`);
    expect(document).toContain(`${inapplicable} do not apply`);
  });
});

describe('the check of the table', () => {
  const path = 'test/a.test.ts';
  const source = `
    it('keeps what it is given', () => {});
    test.each([1, 2])("isn't lost: %s", () => {});
    it.each([
      'a',
    ])(
      'takes %s | and more', () => {});
    it.skip('is left out', () => {});
    describe('a group', () => {});
    // it('is gone', () => {});
    log('is only said', 1);
  `;
  const check = (cell: string, file = source) =>
    faultsOf(rowsOf(`| 11.1.1 | what it was | ${cell} |`), (asked) => (asked === path ? file : undefined));

  test.each([
    `${path} › keeps what it is given`,
    `${path} › isn't lost: %s`,
    `${path} › takes %s \\| and more`,
    `${path} › keeps what it is given<br>${path} › isn't lost: %s`,
    'does not apply: there is no such thing here',
    `does not apply: it is another way here, ${path} › keeps what it is given`,
  ])('passes %s', (cell) => expect(check(cell)).toEqual([]));

  test.each([
    [`${path} › keeps what it was given`, 'no test of this name'],
    [`${path} › keeps what it is`, 'no test of this name'],
    [`${path} › keeps what it is given<br>${path} › is not there`, 'no test of this name'],
    [`${path} › is left out`, 'no test of this name'],
    [`${path} › a group`, 'no test of this name'],
    [`${path} › is gone`, 'no test of this name'],
    [`${path} › is only said`, 'no test of this name'],
    [`does not apply: another way here, ${path} › is not there`, 'no test of this name'],
    ['test/b.test.ts › keeps what it is given', 'no such file'],
    ['test/support/fakeclock.ts › keeps what it is given', 'neither run nor a suite'],
    ['does not apply', 'no reason'],
    ['does not apply: no', 'no reason'],
    [`does not apply: ${path} › keeps what it is given`, 'no reason'],
    ['', 'neither a test nor a reason'],
    ['it is tested somewhere', 'neither a test nor a reason'],
  ])('faults %s: %s', (cell, fault) =>
    expect(check(cell)).toEqual([expect.stringContaining(`11.1.1: ${fault}`)]),
  );

  test('faults a test that was renamed', () => {
    const renamed = source.replace('keeps what it is given', 'keeps all');
    expect(check(`${path} › keeps what it is given`, renamed)).toHaveLength(1);
  });

  test('faults a line that does not say what it was upstream', () => {
    const rows = rowsOf('| 11.1.1 |  | does not apply: there is no such thing here |');
    expect(faultsOf(rows, () => undefined)).toEqual(['11.1.1: says nothing']);
  });
});
