import {
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LogArchive, type Before } from '../../../src/main/logging/archive.ts';
import type { LogFilter } from '../../../src/shared/logfilter.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const { signal } = new AbortController();
const START = Date.parse('2026-11-22T12:00:00.000Z');
const end: Before = { timeMs: Number.MAX_SAFE_INTEGER };

const record = (number: number, fields: object = {}, lvl = 'INF', topics = 'sales') =>
  JSON.stringify({
    lvl,
    ts: new Date(START + number * 1000).toISOString(),
    msg: `Line ${number}`,
    topics,
    tid: 0,
    ...fields,
  });

/** Parts of a log, the oldest first, each with its lines. */
async function aLog(...parts: string[][]) {
  const folder = join(await tempFolder(), 'logs');
  await mkdir(folder);
  for (const [index, lines] of parts.entries()) {
    const number = parts.length - 1 - index;
    await writeFile(
      join(folder, number === 0 ? 'slotkeeper.ndjson' : `slotkeeper.${number}.ndjson`),
      lines.map((line) => `${line}\n`).join(''),
    );
  }
  return { folder, archive: new LogArchive({ folder }) };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** All pages one after the other, and how many lines each had. */
async function allPages(archive: LogArchive, filter: LogFilter, { before = end, limit = 100 } = {}) {
  const messages: string[] = [];
  const sizes: number[] = [];
  let place: Before | undefined = before;
  while (place) {
    const page = await archive.page(filter, { before: place, limit }, { signal });
    messages.unshift(...page.lines.map(({ message }) => message));
    sizes.push(page.lines.length);
    place = page.next === undefined ? undefined : { cursor: page.next };
  }
  return { messages, sizes };
}

const names = (numbers: number[]) => numbers.map((number) => `Line ${number}`);

describe('The pages of the log', () => {
  it('go back through all parts, each line once, in the order in which they were written', async () => {
    const { archive } = await aLog(
      range(0, 1000).map((n) => record(n, { text: 'ü'.repeat(n) })),
      range(1000, 1003).map((n) => record(n)),
      range(1003, 1500).map((n) => record(n)),
    );
    const { messages, sizes } = await allPages(archive, {}, { limit: 77 });
    expect(messages).toEqual(names(range(0, 1500)));
    expect(Math.max(...sizes)).toBe(77);
  });

  it('begin before the line that the window has already, also where a clock was set back', async () => {
    const { archive } = await aLog([record(90), record(1), record(2), record(3), record(3), record(4)]);
    const before = { timeMs: START + 3000 };
    expect((await allPages(archive, {}, { before })).messages).toEqual(names([90, 1, 2, 3, 3]));
  });

  it('stay where they were while the files are parted, and end when theirs is let go of', async () => {
    const { archive, folder } = await aLog(
      range(0, 10).map((n) => record(n)),
      range(10, 20).map((n) => record(n)),
    );
    const first = await archive.page({}, { before: end, limit: 5 }, { signal });
    const move = (from: string, to: string) => rename(join(folder, from), join(folder, to));
    await move('slotkeeper.1.ndjson', 'slotkeeper.2.ndjson');
    await move('slotkeeper.ndjson', 'slotkeeper.1.ndjson');
    await writeFile(join(folder, 'slotkeeper.ndjson'), `${record(20)}\n`);
    const before = { cursor: first.next ?? '' };
    const second = await archive.page({}, { before, limit: 7 }, { signal });
    expect(second.lines.map(({ message }) => message)).toEqual(names(range(8, 15)));
    await rename(join(folder, 'slotkeeper.1.ndjson'), join(folder, '..', 'gone'));
    expect(await archive.page({}, { before, limit: 7 }, { signal })).toEqual({ lines: [], leftBytes: 0 });
  });

  it('are found by level, topic, words, facts, and ids in whatever form they are shown', async () => {
    const slot = `0x9f41${'ab'.repeat(28)}c27e`;
    const { archive } = await aLog([
      record(0, { slotId: slot }),
      record(1, { inner: { requestId: slot.toUpperCase().replace('0X', '0x') } }, 'WRN', 'market rpc'),
      record(2, { period: 12, cid: 'zDvZRwzmAhKq3fJXyz' }, 'DBG', 'market'),
      'cut off by a cra',
      record(3, { period: 120 }, 'ERR', 'network'),
    ]);
    const found = async (filter: LogFilter) =>
      (await allPages(archive, filter)).messages.map((message) => Number(message.slice(5)));
    expect(await found({ level: 'warn' })).toEqual([1, 3]);
    expect(await found({ topics: ['rpc', 'network'] })).toEqual([1, 3]);
    for (const search of [slot, '9f41…c27e', '0x9f41..c27e', '9f41...c27e', slot.slice(0, 20)])
      expect(await found({ search })).toEqual([0, 1]);
    expect(await found({ search: '9f41…0000' })).toEqual([]);
    expect(await found({ search: 'zDv*fJXyz' })).toEqual([2]);
    expect(await found({ search: 'period=12' })).toEqual([2, 3]);
    expect(await found({ search: 'slotId=0x9f41..c27e line' })).toEqual([0]);
    expect(await found({ search: 'LINE', level: 'error', topics: ['network'] })).toEqual([3]);
  });

  it('read a part of the files at a time, and say how much is left', async () => {
    const { archive } = await aLog(range(0, 3000).map((n) => record(n, { data: 'x'.repeat(3000) })));
    const filter = { search: 'nothing has this' };
    const first = await archive.page(filter, { before: end, limit: 10 }, { signal });
    expect(first.lines).toEqual([]);
    expect(first.leftBytes).toBeGreaterThan(3_000_000);
    expect(first.next).toBeDefined();
    expect((await allPages(archive, filter)).sizes).toEqual([0, 0, 0]);
  });

  it('are called off between two reads', async () => {
    const { archive, folder } = await aLog(range(0, 10).map((n) => record(n)));
    const aborted = AbortSignal.abort();
    await expect(archive.page({}, { before: end, limit: 10 }, { signal: aborted })).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['slotkeeper.ndjson']);
  });

  it('are none where nothing was written', async () => {
    const archive = new LogArchive({ folder: join(await tempFolder(), 'nothing') });
    expect(await archive.page({}, { before: end, limit: 1 }, { signal })).toEqual({
      lines: [],
      leftBytes: 0,
    });
  });
});

describe('The files of a log', () => {
  it('are all read, each once, also when they are parted while they are opened', async () => {
    const { folder, archive } = await aLog([record(1)], [record(2)], [record(3)]);
    await using handle = await open(folder);
    const spy = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'stat');
    onTestFinished(() => spy.mockRestore());
    spy.mockImplementationOnce(async function (this: FileHandle, ...options: []) {
      for (const number of [2, 1]) await rename(at(number), at(number + 1));
      await rename(at(0), at(1));
      return this.stat(...options);
    } as FileHandle['stat']);
    const at = (number: number) =>
      join(folder, number === 0 ? 'slotkeeper.ndjson' : `slotkeeper.${number}.ndjson`);
    const messages: string[] = [];
    for await (const { message } of archive.records({ signal })) messages.push(message);
    expect(messages).toEqual(['Line 1', 'Line 2', 'Line 3']);
  });

  it('are closed when one of them cannot be opened', async () => {
    const { folder, archive } = await aLog([record(1)], [], [record(3)]);
    await symlink('slotkeeper.3.ndjson', join(folder, 'slotkeeper.3.ndjson'));
    await expect(archive.size()).rejects.toMatchObject({ code: 'ELOOP' });
    expect(await openIn(folder)).toEqual([]);
    await rm(join(folder, 'slotkeeper.3.ndjson'));
    await rm(join(folder, 'slotkeeper.1.ndjson'));
    await symlink('slotkeeper.1.ndjson', join(folder, 'slotkeeper.1.ndjson'));
    await expect(archive.size()).rejects.toMatchObject({ code: 'ELOOP' });
    expect(await openIn(folder)).toEqual([]);
  });
});

/** Files of a folder that this process has open. */
async function openIn(folder: string): Promise<string[]> {
  const open = await readdir('/proc/self/fd');
  const paths = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder));
}
