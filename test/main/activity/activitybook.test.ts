import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ActivityBook, type ActivityBookOptions } from '../../../src/main/activity/activitybook.ts';
import { sentence } from '../../../src/shared/i18n/say.ts';
import type { ActivityRow } from '../../../src/shared/rows.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const START = 1_800_000_000;

/** A run of the program over a folder. */
async function aRun(dataDir: string, options: Partial<ActivityBookOptions> = {}) {
  const rows = new Map<string, ActivityRow>();
  const { logger, lines } = recordingLogger();
  const clock: { now: number | undefined; nowMs: number } = { now: undefined, nowMs: START * 1000 };
  const book = new ActivityBook(
    {
      rows: { set: (row) => rows.set(row.id, row), delete: (id) => rows.delete(id) },
      logger,
      now: () => clock.now,
      nowMs: () => clock.nowMs,
    },
    { dataDir, ...options },
  );
  const texts = () => [...rows.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ text }) => text);
  return { book, rows, texts, clock, lines };
}

const started = sentence('activity.nodeStarted', { version: '1.0', network: 'Practice network' });
const stopped = sentence('activity.nodeStopped');
const paid = (amount: bigint) => ({
  id: '1',
  at: START,
  kind: 'paid' as const,
  text: 'Sale of slot 3 of 9f41…c27e ended and paid',
  sentence: sentence('activity.paid', { slot: sentence('slotOf', { index: 3, request: '9f41…c27e' }) }),
  amount,
  saleId: `0x${'ab'.repeat(32)}@5`,
});

describe('What happened', () => {
  it('is there after a restart as it was, amounts to the last digit, and goes on behind it', async () => {
    const dataDir = await tempFolder();
    const first = await aRun(dataDir);
    await first.book.load();
    first.book.tell('node', started);
    first.book.add(paid(10n ** 30n + 1n));
    first.book.tell('node', stopped);
    await first.book.settle();
    const second = await aRun(dataDir);
    second.clock.nowMs += 5000;
    await second.book.load();
    second.book.tell('node', started);
    expect([...second.rows.values()].slice(0, 3)).toEqual([...first.rows.values()]);
    expect(second.texts()).toEqual([...first.texts(), 'Slotkeeper 1.0 started, on Practice network']);
    expect([...second.rows.values()][1]).toMatchObject({
      amount: 10n ** 30n + 1n,
      sentence: paid(0n).sentence,
    });
  });

  it('says when the run before was not stopped, and only then', async () => {
    const dataDir = await tempFolder();
    const run = async (last?: typeof stopped) => {
      const { book, texts } = await aRun(dataDir);
      await book.load();
      book.tell('node', started);
      if (last) book.tell('node', last);
      await book.settle();
      return texts().filter((text) => text.includes('without being stopped')).length;
    };
    expect(await run(stopped)).toBe(0);
    expect(await run()).toBe(0);
    expect(await run(stopped)).toBe(1);
    expect(await run(stopped)).toBe(1);
  });

  it('is bounded, in memory and on the disk, and what comes all the time pushes out nothing else', async () => {
    const dataDir = await tempFolder();
    const limits = { kept: 5, routineKept: 3 };
    const { book, rows } = await aRun(dataDir, limits);
    await book.load();
    for (let count = 0; count < 5; count++) book.add(paid(BigInt(count)));
    for (let count = 0; count < 400; count++) {
      book.add({ at: START + count, kind: 'proof', text: `Proof ${count}` });
      if (count % 10 === 0) await book.settle();
    }
    await book.settle();
    expect([...rows.values()].map(({ kind }) => kind).sort()).toEqual([
      ...Array(5).fill('paid'),
      ...Array(3).fill('proof'),
    ]);
    const kept = (await readFile(join(dataDir, 'activity.ndjson'), 'utf8')).trim().split('\n');
    expect(kept.length).toBeLessThanOrEqual(2 * 8 + 10);
    const next = await aRun(dataDir, limits);
    await next.book.load();
    expect(next.texts()).toContain('Proof 399');
    expect(next.texts().filter((text) => text.includes('paid'))).toHaveLength(5);
  });

  it('is read past lines that were cut short or that nobody understands any more', async () => {
    const dataDir = await tempFolder();
    const { book } = await aRun(dataDir);
    await book.load();
    book.add(paid(1n));
    await book.settle();
    const file = join(dataDir, 'activity.ndjson');
    const [line = ''] = (await readFile(file, 'utf8')).trim().split('\n');
    const changed = (change: object, number: number) =>
      JSON.stringify({ ...JSON.parse(line), id: `99999999999999${number}`, ...change });
    const unknown = { key: 'activity.ofTomorrow', values: {} };
    const broken = { key: 'activity.paid', values: { slot: { tokens: 'many' } } };
    const lines = [
      changed({ kind: 'ofTomorrow' }, 1),
      changed({ sentence: unknown, text: 'Said then' }, 2),
      changed({ sentence: broken, text: 'Said so' }, 3),
      changed({ id: '../1' }, 4),
      '{"$":"bigint","v":"x"}',
      line.slice(0, 40),
    ];
    await appendFile(file, lines.join('\n'));
    const next = await aRun(dataDir);
    await next.book.load();
    expect(next.texts()).toEqual([paid(1n).text, 'Said then', 'Said so']);
    expect([...next.rows.values()].map(({ sentence }) => sentence !== undefined)).toEqual([
      true,
      false,
      false,
    ]);
    // What is written after a line that was cut short begins a line of its own.
    next.book.add(paid(2n));
    await next.book.settle();
    const last = await aRun(dataDir);
    await last.book.load();
    expect(last.texts()).toEqual([...next.texts()]);
    expect(last.texts()).toContain(paid(2n).text);
  });

  it('has the time of the chain, which never goes back where the chain is silent', async () => {
    const { book, rows, clock } = await aRun(await tempFolder());
    clock.now = START + 5000;
    book.tell('chain', sentence('activity.chainSilent'));
    clock.now = undefined;
    clock.nowMs += 60_000;
    book.tell('node', stopped);
    const [silent, end] = [...rows.values()];
    expect([silent?.at, end?.at]).toEqual([START + 5000, START + 5000]);
    expect(end?.atMs).toBe((START + 60) * 1000);
    await book.settle();
  });

  it('is shown all the same where it cannot be kept, which is logged once', async () => {
    const dataDir = join(await tempFolder(), 'file');
    await writeFile(dataDir, '');
    const { book, texts, lines } = await aRun(dataDir);
    await book.load();
    book.tell('node', started);
    await book.settle();
    book.tell('node', stopped);
    await book.settle();
    expect(texts()).toHaveLength(2);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });
});
