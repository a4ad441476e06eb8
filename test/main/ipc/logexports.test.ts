import { mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import type { Logger } from '../../../src/main/engine/logger.ts';
import { LogExports, type LogExportWish } from '../../../src/main/ipc/logexports.ts';
import { LogArchive } from '../../../src/main/logging/archive.ts';
import { recordOf, type LogRecord } from '../../../src/main/logging/records.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const record = (second: number, msg: string, lvl = 'INF') =>
  JSON.stringify({
    lvl,
    ts: new Date(second * 1000).toISOString(),
    msg,
    topics: 'sales slots',
    tid: 0,
    n: second,
  });
const place = (second: number, msg: string, lvl?: string) => ({
  timeMs: second * 1000,
  json: record(second, msg, lvl),
});

async function someExports(
  lines: readonly string[],
  path?: (folder: string) => string | undefined,
  logger?: Logger,
) {
  const folder = await tempFolder();
  await mkdir(join(folder, 'logs'));
  await writeFile(join(folder, 'logs', 'slotkeeper.ndjson'), lines.map((line) => `${line}\n`).join(''));
  const done: number[] = [];
  const exports = new LogExports({
    archive: new LogArchive({ folder: join(folder, 'logs') }),
    ...(path && { chooseFile: async () => path(folder) }),
    onDone: (count) => done.push(count),
    ...(logger && { logger }),
    signal: new AbortController().signal,
  });
  /** All of it as text, and how many steps that took. */
  const run = async (wish: Partial<LogExportWish> = {}) => {
    const begun = await exports.begin({ filter: {}, to: 'file', ...wish });
    if (begun.kind !== 'begun') throw new Error('Nothing was begun');
    let [text, steps] = ['', 0];
    for (;;) {
      const step = await exports.step(begun.id);
      text += step.text ?? '';
      steps += 1;
      if (step.isDone) return { ...step, text, steps, id: begun.id };
    }
  };
  return { folder, exports, run, done };
}

const messages = (text: string) =>
  text.split('\n').flatMap((line) => (line ? [JSON.parse(line).message] : []));

it('an export has each line as one object, with what it says by name', async () => {
  const { run, done } = await someExports([record(1, 'First'), 'cut sho', record(2, 'Second', 'WRN')]);
  const { text, lines, doneBytes, totalBytes } = await run();
  expect(text.split('\n').map((line) => line && JSON.parse(line))).toEqual([
    {
      time: '1970-01-01T00:00:01.000Z',
      level: 'info',
      topics: ['sales', 'slots'],
      message: 'First',
      fields: { n: 1 },
    },
    {
      time: '1970-01-01T00:00:02.000Z',
      level: 'warn',
      topics: ['sales', 'slots'],
      message: 'Second',
      fields: { n: 2 },
    },
    '',
  ]);
  expect([lines, doneBytes, done]).toEqual([2, totalBytes, [2]]);
});

it('an export of what is shown begins and ends with the lines that are shown, also within one moment', async () => {
  const { run } = await someExports(
    ['a', 'b', 'c', 'd']
      .map((name) => record(5, name))
      .concat(record(6, 'e', 'WRN'), record(6, 'f'), record(6, 'g')),
  );
  const shown = { from: place(5, 'c'), until: place(6, 'f') };
  expect(messages((await run(shown)).text)).toEqual(['c', 'd', 'e', 'f']);
  const filter = { level: 'warn' } as const;
  expect(messages((await run({ ...shown, filter })).text)).toEqual(['e']);
  // The first was let go of meanwhile, the last never reached the file.
  const lost = { from: place(4, 'gone'), until: place(5, 'lost') };
  expect(messages((await run(lost)).text)).toEqual(['a', 'b', 'c', 'd']);
});

it('a long export is written in steps to where main was told, for its owner alone', async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => record(n, `Line ${n} ${'x'.repeat(100)}`));
  const { run, folder } = await someExports(lines, (folder) => join(folder, 'log.ndjson'));
  const { steps, text } = await run();
  expect(steps).toBeGreaterThan(3);
  expect(text).toBe('');
  const file = join(folder, 'log.ndjson');
  expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(20_001);
  expect((await stat(file)).mode & 0o077).toBe(0);
  expect(await readdir(folder)).toEqual(['log.ndjson', 'logs']);
});

it('an export that is called off leaves nothing, and is not under way any more', async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => record(n, `Line ${n} ${'x'.repeat(100)}`));
  const { exports, folder, done } = await someExports(lines, (folder) => join(folder, 'log.ndjson'));
  const begun = await exports.begin({ filter: {}, to: 'file' });
  const id = begun.kind === 'begun' ? begun.id : '';
  expect((await exports.step(id)).isDone).toBe(false);
  expect(await readdir(folder)).toEqual([expect.stringMatching(/^log\.ndjson\.[\da-f-]{36}\.new$/), 'logs']);
  await exports.cancel(id);
  expect(await readdir(folder)).toEqual(['logs']);
  await expect(exports.step(id)).rejects.toMatchObject({ code: 'EXPORT_GONE' });
  expect(done).toEqual([]);
});

it('an export of which nobody wants more makes room for newer ones', async () => {
  const { exports, folder } = await someExports([record(1, 'a')], (folder) => join(folder, 'log.ndjson'));
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) {
    const begun = await exports.begin({ filter: {}, to: 'text' });
    if (begun.kind === 'begun') ids.push(begun.id);
  }
  await expect(exports.step(ids[0] ?? '')).rejects.toMatchObject({ code: 'EXPORT_GONE' });
  expect((await exports.step(ids[4] ?? '')).isDone).toBe(true);
  await exports.close();
  expect(await readdir(folder)).toEqual(['logs']);
});

it('an export that cannot be written says why and leaves nothing', async () => {
  const nowhere = await someExports([], (folder) => join(folder, 'no', 'log.ndjson'));
  await expect(nowhere.run()).rejects.toMatchObject({
    code: 'EXPORT_UNWRITABLE',
    message: expect.stringMatching(/there is no such folder/) as string,
  });
  const { run, folder } = await someExports([record(1, 'a')], (folder) => folder);
  await expect(run()).rejects.toMatchObject({ code: 'EXPORT_UNWRITABLE' });
  expect(await readdir(join(folder, '..'))).not.toContainEqual(
    expect.stringMatching(`^${basename(folder)}\\..*new$`),
  );
});

it('an export of which nobody says where it goes is not begun', async () => {
  const { exports } = await someExports([record(1, 'a')], () => undefined);
  expect(await exports.begin({ filter: {}, to: 'file' })).toEqual({ kind: 'notChosen' });
});

/** A log that goes on only when somebody is told to end. */
class WaitingArchive extends LogArchive {
  override records(): AsyncGenerator<LogRecord> {
    let release = (): void => {};
    const records = waiting(new Promise((resolve) => (release = resolve)));
    const end = records.return.bind(records);
    records.return = (value) => {
      release();
      return end(value);
    };
    return records;
  }
}

async function* waiting(gate: Promise<void>): AsyncGenerator<LogRecord> {
  for (const line of [record(1, 'a'), record(2, 'b')]) {
    await gate;
    const one = recordOf(line);
    if (one) yield one;
  }
}

it.each<[string, (exports: LogExports, id: string) => Promise<unknown>]>([
  ['by its owner', (exports, id) => exports.cancel(id)],
  ['by the end of the program', (exports) => exports.close()],
  [
    'by newer ones',
    async (exports) => {
      for (let count = 0; count < 4; count++) await exports.begin({ filter: {}, to: 'text' });
    },
  ],
])(
  'an export that is called off during a step is not told as done and leaves nothing (%s)',
  async (_, end) => {
    for (const to of ['file', 'text'] as const) {
      const folder = await tempFolder();
      const done: number[] = [];
      const exports = new LogExports({
        archive: new WaitingArchive({ folder }),
        chooseFile: async () => join(folder, 'log.ndjson'),
        onDone: (lines) => done.push(lines),
        signal: new AbortController().signal,
      });
      const begun = await exports.begin({ filter: {}, to });
      const id = begun.kind === 'begun' ? begun.id : '';
      const told = expect(exports.step(id)).rejects.toMatchObject({ code: 'EXPORT_GONE' });
      await end(exports, id);
      await told;
      expect(await readdir(folder)).toEqual([]);
      expect(done).toEqual([]);
    }
  },
);

it('an export is not begun when the program ended while somebody said where it goes', async () => {
  const asked: { exports?: LogExports } = {};
  const { exports, folder } = await someExports([record(1, 'a')], (folder) => {
    void asked.exports?.close();
    return join(folder, 'log.ndjson');
  });
  asked.exports = exports;
  await expect(exports.begin({ filter: {}, to: 'file' })).rejects.toMatchObject({ code: 'EXPORT_GONE' });
  expect(await readdir(folder)).toEqual(['logs']);
});

it('an export of a log that cannot be read is not begun and leaves nothing', async () => {
  const { exports, folder } = await someExports([record(1, 'a')], (folder) => join(folder, 'log.ndjson'));
  await symlink('slotkeeper.1.ndjson', join(folder, 'logs', 'slotkeeper.1.ndjson'));
  await expect(exports.begin({ filter: {}, to: 'file' })).rejects.toMatchObject({ code: 'ELOOP' });
  expect(await readdir(folder)).toEqual(['logs']);
});

it('an end at which one export cannot be taken away takes the others away and logs that', async () => {
  const { logger, lines } = recordingLogger();
  const { exports, folder } = await someExports([], (folder) => join(folder, 'log.ndjson'), logger);
  for (let count = 0; count < 2; count++) await exports.begin({ filter: {}, to: 'file' });
  const [first = ''] = (await readdir(folder)).filter((name) => name.endsWith('.new'));
  await rm(join(folder, first));
  await mkdir(join(folder, first));
  await exports.close();
  expect(lines).toMatchObject([{ level: 'warn', message: 'An export was not taken away' }]);
  expect(await readdir(folder)).toEqual([first, 'logs']);
});
