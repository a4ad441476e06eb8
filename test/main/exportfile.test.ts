import {
  chmod,
  mkdir,
  open,
  readFile,
  readdir,
  stat,
  symlink,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openExport, writeExport } from '../../src/main/exportfile.ts';
import { tempFolder } from '../support/tempfolder.ts';

const forOthers = async (path: string) => (await stat(path)).mode & 0o077;

describe('An export', () => {
  it('takes neither the mode nor the place of a file beside it, which stays as it is', async () => {
    const folder = await tempFolder();
    const [path, stranger] = [join(folder, 'key.txt'), join(folder, 'stranger')];
    await writeFile(`${path}.new`, 'mine');
    await chmod(`${path}.new`, 0o644);
    await writeFile(stranger, '');
    await symlink(stranger, join(folder, 'other.txt.new'));
    await writeExport(path, 'private');
    await writeExport(join(folder, 'other.txt'), 'private');
    expect(await readFile(`${path}.new`, 'utf8')).toBe('mine');
    expect(await readFile(stranger, 'utf8')).toBe('');
    expect([await readFile(path, 'utf8'), await forOthers(path)]).toEqual(['private', 0]);
    expect(await readdir(folder)).toHaveLength(5);
  });

  it('is another one than a second to the same file', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'log.ndjson');
    const [one, other] = [await openExport(path), await openExport(path)];
    await one.write('one');
    await other.write('the other');
    await one.finish();
    expect(await readFile(path, 'utf8')).toBe('one');
    await other.finish();
    expect(await readFile(path, 'utf8')).toBe('the other');
    expect(await readdir(folder)).toEqual(['log.ndjson']);
  });

  it('is in its folder also after a crash', async () => {
    const folder = await tempFolder();
    await using handle = await open(folder);
    const sync = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync');
    onTestFinished(() => sync.mockRestore());
    await writeExport(join(folder, 'a'), 'x');
    // The file, then its folder.
    expect(sync).toHaveBeenCalledTimes(2);
  });

  it('replaces nothing where that is not wanted, also what came meanwhile', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'new.txt');
    const file = await openExport(path, { mayReplace: false });
    await file.write('ours');
    await writeFile(path, 'theirs');
    await expect(file.finish()).rejects.toMatchObject({
      code: 'EXPORT_UNWRITABLE',
      details: { code: 'EEXIST' },
    });
    await file.discard();
    expect(await readFile(path, 'utf8')).toBe('theirs');
    await writeExport(join(folder, 'free.txt'), 'ours', { mayReplace: false });
    expect(await readFile(join(folder, 'free.txt'), 'utf8')).toBe('ours');
    expect(await readdir(folder)).toEqual(['free.txt', 'new.txt']);
  });

  it('is not finished once it was discarded, and says so, also to a part that was being written', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'log.ndjson');
    const file = await openExport(path);
    const writing = file.write('x'.repeat(5_000_000));
    const told = expect(writing).rejects.toMatchObject({ code: 'EXPORT_GONE' });
    await file.discard();
    expect(await readdir(folder)).toEqual([]);
    await told;
    await expect(file.write('more')).rejects.toMatchObject({ code: 'EXPORT_GONE' });
    await expect(file.finish()).rejects.toMatchObject({ code: 'EXPORT_GONE' });
    await file.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves nothing beside a folder that stands in its place', async () => {
    const folder = await tempFolder();
    await mkdir(join(folder, 'a'));
    await expect(writeExport(join(folder, 'a'), 'x')).rejects.toMatchObject({ code: 'EXPORT_UNWRITABLE' });
    expect(await readdir(folder)).toEqual(['a']);
  });
});
