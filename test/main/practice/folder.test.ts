import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { rescueChainState } from '../../../src/main/practice/chainstate.ts';
import { claimFolder, endAbandonedChain, folderOf } from '../../../src/main/practice/folder.ts';
import { endMarked, isAlive, markOf, readMark, writeMark } from '../../../src/main/practice/processes.ts';

let path: string;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'folder-'));
});
afterEach(() => rm(path, { recursive: true, force: true }));

test('a folder is claimed by one, and free again after its release', async () => {
  const folder = await claimFolder(path);
  await expect(claimFolder(path)).rejects.toMatchObject({
    code: 'PRACTICE_FOLDER_IN_USE',
    details: { pid: process.pid },
  });
  await folder.release();
  await (await claimFolder(path)).release();
});

test('each family has a place of its own, so that neither finds the chain of the other', () => {
  expect(folderOf(path, 'direct')).toBe(path);
  expect(folderOf(path, 'vault')).toBe(join(path, 'vault'));
});

test('of several that claim a folder at the same time one gets it', async () => {
  const claims = await Promise.allSettled(Array.from({ length: 5 }, () => claimFolder(path)));
  expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('the claim of a process that is gone does not count, nor one that cannot be read', async () => {
  for (const text of [JSON.stringify({ pid: process.pid, identity: 'another start' }), 'torn']) {
    await writeFile(join(path, 'owner.pid'), text);
    await (await claimFolder(path)).release();
  }
});

test('a number that now belongs to another process is not taken for the old one', async () => {
  const file = join(path, 'a.pid');
  await writeMark(file, { pid: process.pid, identity: 'anvil 1' });
  expect(await readMark(file)).toBeUndefined();
  expect(await endMarked(file)).toBe(false);
  await expect(access(file)).rejects.toThrow('ENOENT');
});

test('an abandoned chain is ended, one whose owner lives is not', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const mark = markOf(child.pid ?? 0);
  if (!mark) throw new Error('The child did not start');
  await writeMark(join(path, 'anvil.pid'), mark);
  const folder = await claimFolder(path);
  await endAbandonedChain(path);
  expect(isAlive(mark)).toBe(true);
  await folder.release();
  await endAbandonedChain(path);
  await exited;
  expect(isAlive(mark)).toBe(false);
});

test('a torn chain state gives way to the copy of the last start, and is kept aside', async () => {
  const file = join(path, 'chain.json');
  await writeFile(file, '{"blocks":[1]}');
  await rescueChainState(file, silentLogger);
  await writeFile(file, '{"blocks":[1,2');
  await rescueChainState(file, silentLogger);
  expect(await readFile(file, 'utf8')).toBe('{"blocks":[1]}');
  expect(await readFile(`${file}.torn`, 'utf8')).toBe('{"blocks":[1,2');
});

test('a torn chain state without a copy makes way for a new chain', async () => {
  const file = join(path, 'chain.json');
  await writeFile(file, '{');
  await rescueChainState(file, silentLogger);
  await expect(access(file)).rejects.toThrow('ENOENT');
});
