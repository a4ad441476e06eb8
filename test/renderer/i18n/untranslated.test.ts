import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { literalTexts } from './literals.ts';

const root = resolve(import.meta.dirname, '../../../src/renderer/src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.tsx?$/.test(path) && !/^(?:i18n|dev)\//.test(path),
);

describe('The source of the window', () => {
  it.each(files)('has no text of its own in %s', (path) => {
    const source = readFileSync(resolve(root, path), 'utf8');
    expect(literalTexts(source, path.endsWith('x'))).toEqual([]);
  });
});

describe('The search for texts in the source', () => {
  it.each([
    ['between tags', '<p>Hello there</p>'],
    ['in an expression between tags', "<p>{isOld ? 'Hello there' : undefined}</p>"],
    ['in a template', '<p>{`Hello there ${name}`}</p>'],
    ['behind a condition', "<p>{isOld && 'Hello there'}</p>"],
    ['for those who listen', '<button aria-label="Hello there" />'],
    ['in a tooltip', '<b title={"Hello there"} />'],
    ['in an empty field', '<input placeholder="Hello" />'],
    ['in the head of a column', "({ key: 'a', head: 'Hello' })"],
    ['in a sentence of a helper', "({ key: 'gas', what: 'Hello there' })"],
  ])('finds one %s', (_where, source) => {
    expect(literalTexts(source)).toHaveLength(1);
  });

  it.each([
    ["<p className='large'>{t('home.todo')}</p>"],
    ['<dd>{gasText(gas)} ETH</dd>'],
    ["<p>{shape === 'danger' ? 1 : 2}</p>"],
    ["({ key: 'name', width: 'minmax(0, 1fr)', align: 'right' })"],
  ])('leaves what is no text: %s', (source) => {
    expect(literalTexts(source)).toEqual([]);
  });
});
