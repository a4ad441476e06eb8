import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findAnvil } from '../../../src/main/practice/anvil.ts';

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-'));
  program = join(folder, 'anvil');
  await writeFile(program, '');
  await chmod(program, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const missingPackage = (): undefined => undefined;
const path = (...folders: string[]) => ({ PATH: folders.join(delimiter) });

test('the binary that SLOTKEEPER_ANVIL names comes before all others', () => {
  expect(findAnvil({ SLOTKEEPER_ANVIL: program, ...path('/usr/bin') })).toBe(program);
});

test('without the package it is looked for on the PATH', () => {
  expect(findAnvil(path('/nowhere', folder), missingPackage)).toBe(program);
});

test('where there is none, the error names the three ways to have one', () => {
  const find = () => findAnvil(path('/nowhere'), missingPackage);
  expect(find).toThrow(expect.objectContaining({ code: 'NO_CHAIN_BINARY' }) as Error);
  for (const way of ['SLOTKEEPER_ANVIL', '@foundry-rs/anvil', 'PATH']) expect(find).toThrow(way);
});

test('a name that is no program is an error, not a reason to take another', () => {
  expect(() => findAnvil({ SLOTKEEPER_ANVIL: join(folder, 'other'), ...path(folder) })).toThrow(
    'is not a program',
  );
});
