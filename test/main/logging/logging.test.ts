import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Logger } from '../../../src/main/engine/logger.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { createLogging, type Logging, type LoggingOptions } from '../../../src/main/logging/logging.ts';
import type { LogLine } from '../../../src/shared/api.ts';

const id = `0x1234${'0'.repeat(56)}abcd`;
const START = Date.UTC(2026, 10, 22, 17, 0, 0, 7);

let folder: string;
let open: Logging[];
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slotkeeper-log-'));
  open = [];
  printed = '';
});

afterEach(async () => {
  await Promise.all(open.map((logging) => logging.close()));
  rmSync(folder, { recursive: true });
});

function start(options: LoggingOptions = {}): Logging {
  const stream = { write: (text: string) => void (printed += text) };
  const logging = createLogging({ level: 'trace', nowMs: () => START, stream, ...options });
  open.push(logging);
  return logging;
}

const lastOf = (logging: Logging): LogLine => logging.recent(1)[0] ?? expect.fail('Nothing was logged');
const recordOf = (logging: Logging) => JSON.parse(lastOf(logging).json) as Record<string, unknown>;
const recordsIn = (logging: Logging): Record<string, unknown>[] =>
  logging.files().flatMap((path) => linesIn(path).map((line) => JSON.parse(line) as Record<string, unknown>));
const linesIn = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

describe('a line', () => {
  test('has the level, the time, the message, the topics and the facts, ids short for eyes and whole for machines', () => {
    const logging = start();
    logging.logger
      .child('sales')
      .child('slotqueue')
      .info('Slot filled', { requestId: id, slotIndex: 3, price: 5n });
    expect(lastOf(logging)).toMatchObject({
      level: 'info',
      timeMs: START,
      topics: ['sales', 'slotqueue'],
      message: 'Slot filled',
      text: 'requestId=0x1234..abcd slotIndex=3 price=5',
    });
    expect(lastOf(logging).json).toBe(
      `{"lvl":"INF","ts":"2026-11-22T17:00:00.007Z","msg":"Slot filled","topics":"sales slotqueue","tid":0,"requestId":"${id}","slotIndex":3,"price":"5"}`,
    );
  });

  test.each([
    ['trace', 'TRC'],
    ['debug', 'DBG'],
    ['info', 'INF'],
    ['notice', 'NTC'],
    ['warn', 'WRN'],
    ['error', 'ERR'],
    ['fatal', 'FAT'],
  ] as const)('of level %s is tagged %s', (level, tag) => {
    const logging = start();
    logging.logger[level]('x');
    expect([lastOf(logging).level, recordOf(logging)['lvl']]).toEqual([level, tag]);
  });

  test('quotes values with spaces, quotes or control characters, and no others', () => {
    const logging = start();
    logging.logger.info('x', { list: [1, 2], plain: 'a-b', quote: 'say "hi"', empty: '', lines: 'a\nb' });
    expect(lastOf(logging).text).toBe(
      String.raw`list="@[1, 2]" plain=a-b quote="say \"hi\"" empty="" lines="a\nb"`,
    );
  });

  test('cannot be forged or coloured by a value, a key or a message', () => {
    const logging = start({ console: 'text' });
    const hostile = 'x\nERR forged \u001b[31m\u202E\u2028';
    logging.logger.info(hostile, { value: hostile, [hostile]: 1 });
    expect(printed.split('\n')).toHaveLength(2);
    expect(printed.slice(0, -1)).not.toMatch(/[\p{Cc}\u202E\u2028]/u);
    expect(recordOf(logging)).toMatchObject({ msg: hostile, value: hostile });
  });

  test('keeps a field that is named like a member of the record', () => {
    const logging = start();
    logging.logger.info('x', { lvl: 1, ts: 2, msg: 3, topics: 4, tid: 5, msg_: 6 });
    expect(recordOf(logging)).toMatchObject({
      lvl: 'INF',
      msg: 'x',
      lvl_: 1,
      ts_: 2,
      msg__: 3,
      topics_: 4,
      tid_: 5,
      msg_: 6,
    });
    expect(lastOf(logging).text).toBe('lvl=1 ts=2 msg=3 topics=4 tid=5 msg_=6');
  });

  test('is not lost when one of its values cannot be formatted', () => {
    const logging = start();
    const fields = {
      good: 1,
      get broken(): number {
        throw new Error('getter');
      },
    };
    logging.logger.info('x', fields);
    expect(recordOf(logging)).toMatchObject({ msg: 'x', good: 1, broken: '[format failed]' });
  });

  test('that is larger than a record may be keeps its head and says how large it was', () => {
    const logging = start();
    logging.logger.info('Large', {
      texts: Array.from({ length: 100 }, (_, n) => `line ${n} `.repeat(1_200)),
    });
    expect(recordOf(logging)).toMatchObject({ msg: 'Large', cut: expect.any(Number) as number });
    expect(recordOf(logging)).not.toHaveProperty('texts');
  });

  test('is JSON with every value in it, whatever the fields are', () => {
    const logging = start();
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true, withMap: true })),
        (fields) => {
          logging.logger.info('any', fields);
          expect(Object.keys(recordOf(logging)).length).toBeGreaterThanOrEqual(
            5 + Object.keys(fields).length,
          );
        },
      ),
    );
  });
});

describe('scopes', () => {
  test('fields of the inner scope win, and a call wins over both', () => {
    const logging = start();
    const outer = logging.logger.child('sales', { a: 1, b: 1, c: 1 });
    outer.child('agent', { b: 2, c: 2 }).info('x', { c: 3 });
    expect(lastOf(logging).text).toBe('a=1 b=2 c=3');
    outer.info('y');
    expect(lastOf(logging).text).toBe('a=1 b=1 c=1');
  });

  test('a topic that is there already is not repeated', () => {
    const logging = start();
    logging.logger.child('marketplace sales').child('sales').info('x');
    expect(lastOf(logging).topics).toEqual(['marketplace', 'sales']);
  });

  test('methods may be taken off the logger', () => {
    const logging = start();
    const { info } = logging.logger.child('sales');
    info('x');
    expect(lastOf(logging).topics).toEqual(['sales']);
  });
});

describe('levels', () => {
  test('nothing is formatted for a line below the level', () => {
    const logging = start({ level: 'info;debug:sales' });
    const value = { toJSON: vi.fn(() => 'x') };
    logging.logger.debug('x', { value });
    expect(value.toJSON).not.toHaveBeenCalled();
    logging.logger.child('sales').debug('x', { value });
    expect(value.toJSON).toHaveBeenCalledOnce();
    expect(logging.recent(10)).toHaveLength(1);
  });

  test('can be changed while it runs, also for loggers that exist', () => {
    const logging = start({ level: 'info' });
    const sales = logging.logger.child('sales');
    sales.debug('no');
    logging.setLevel('warn;trace:sales');
    sales.trace('yes');
    logging.logger.info('no');
    expect(logging.recent(10).map(({ message }) => message)).toEqual(['yes']);
  });

  test('an unknown level is refused and the old filter stays', () => {
    const logging = start({ level: 'info' });
    expect(() => logging.setLevel('loud')).toThrow('"loud" is no log level');
    logging.logger.info('still here');
    expect(lastOf(logging).message).toBe('still here');
    expect(() => createLogging({ level: 'loud' })).toThrow('"loud" is no log level');
  });

  test('an unknown topic is warned of, a known or seen one is not', () => {
    const logging = start({ level: 'info;debug:slaes' });
    expect(lastOf(logging)).toMatchObject({ level: 'warn', text: 'unknown=@[slaes]' });
    logging.logger.child('Own');
    logging.setLevel('info;debug:sales,own');
    expect(logging.recent(10)).toHaveLength(1);
  });
});

describe('secrets', () => {
  const key = `0x${'4c0883a69102937d6231471b5dbb6204fe512961708279f1d3c0a1ab0e8e4d1f'}`;

  /** All that was kept or printed of what a logger was given. */
  function everythingOf(use: (logger: Logger) => void): string {
    const logging = start({ folder, console: 'text' });
    use(logging.logger);
    const files = logging.files().map((path) => readFileSync(path, 'utf8'));
    const lines = logging.recent(100).flatMap((line) => [line.message, line.text, line.json]);
    return [printed, ...files, ...lines].join('\n');
  }

  test('a private key appears nowhere, wrapped, quoted by a library, bare, in a key or in capitals', () => {
    const secret = new Secret(key);
    const all = everythingOf((logger) => {
      const quoted = `invalid BytesLike value (argument="value", value="${key}", code=INVALID_ARGUMENT, version=6.17.0)`;
      logger.error('Wrapped', { secret, list: [secret], nested: { secret } });
      logger.error('Quoted', { error: Object.assign(new TypeError(quoted), { value: key }) });
      logger.error('Cause', { error: new Error('outer', { cause: new Error(quoted) }) });
      logger.error('Bare', {
        key,
        hex: key.slice(2),
        capitals: key.toUpperCase(),
        bytes: Buffer.from(key.slice(2), 'hex'),
      });
      logger.error(`In the message: ${key}`, { [key]: key });
      logger.child('sales', { key }).error('In a scope');
      logger.error('As JSON', {
        text: JSON.stringify({ key }),
        details: JSON.stringify(JSON.stringify({ key })),
      });
    });
    expect(all.toLowerCase()).not.toContain(secret.reveal().slice(2));
    expect(all.toLowerCase()).not.toContain('4c08..4d1f');
    expect(all).toContain('[redacted]');
    expect(all.split('\n').filter((line) => line.includes('Wrapped')).length).toBeGreaterThan(1);
  });

  test('a passphrase with quotes and line breaks appears nowhere', () => {
    const secret = new Secret('my "dear"\nold\\friend é');
    const all = everythingOf((logger) => {
      logger.info('Unlocking', { phrase: secret.reveal(), error: new Error(`Wrong: ${secret.reveal()}`) });
      logger.info(secret.reveal(), { [secret.reveal()]: 1 });
    });
    expect(all).not.toContain('friend');
  });

  test('a secret of digits is not spelled by a number, and the record stays JSON', () => {
    const secret = new Secret('1234567890');
    const all = everythingOf((logger) => logger.info('Pin', { pin: 1234567890, list: [1234567890n] }));
    expect(all).not.toContain(secret.reveal());
    expect(all).toContain('[redacted]');
    for (const line of linesIn(join(folder, 'slotkeeper.ndjson')))
      expect(() => void JSON.parse(line)).not.toThrow();
  });
});

describe('the file', () => {
  test('has every line as JSON, with whole ids, and in order', () => {
    const logging = start({ folder });
    for (let n = 0; n < 50; n++) logging.logger.info('Line', { n, id, text: '%c %s {text} ünïcode\n' });
    const records = recordsIn(logging);
    expect(records.map(({ n }) => n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(
      records.every((record) => record['id'] === id && record['text'] === '%c %s {text} ünïcode\n'),
    ).toBe(true);
  });

  test('is parted and never larger in all than allowed', () => {
    const maxTotalBytes = 20_000;
    const logging = start({ folder, maxTotalBytes });
    for (let n = 0; n < 1000; n++) {
      logging.logger.info('Line', { n, text: 'x'.repeat(n % 200) });
      if (n % 50 === 0) expect(sizeOf(logging)).toBeLessThanOrEqual(maxTotalBytes);
    }
    expect(sizeOf(logging)).toBeLessThanOrEqual(maxTotalBytes);
    expect(sizeOf(logging)).toBeGreaterThan(maxTotalBytes / 2);
    expect(logging.files().map((path) => basename(path))).toEqual([
      'slotkeeper.4.ndjson',
      'slotkeeper.3.ndjson',
      'slotkeeper.2.ndjson',
      'slotkeeper.1.ndjson',
      'slotkeeper.ndjson',
    ]);
    const numbers = recordsIn(logging).map(({ n }) => n as number);
    expect(numbers).toEqual(numbers.map((_, index) => 1000 - numbers.length + index));
  });

  test('stays within its bounds when one line is larger than a part', () => {
    const logging = start({ folder, maxTotalBytes: 5000 });
    for (let n = 0; n < 20; n++) logging.logger.info('Line', { text: 'x'.repeat(3000) });
    expect(sizeOf(logging)).toBeLessThanOrEqual(5000);
    expect(recordsIn(logging).at(-1)).toMatchObject({ msg: 'Line', cut: expect.any(Number) as number });
  });

  test('goes on where the last run ended, and sheds a line that a crash cut short', () => {
    start({ folder }).logger.info('First');
    const path = join(folder, 'slotkeeper.ndjson');
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"lvl":"INF","ms`);
    const logging = start({ folder });
    logging.logger.info('Second');
    expect(recordsIn(logging).map(({ msg }) => msg)).toEqual(['First', 'Second']);
  });

  test('of an earlier run that was allowed more is brought within the bounds', () => {
    writeFileSync(join(folder, 'slotkeeper.ndjson'), `${'{}\n'.repeat(10_000)}`);
    writeFileSync(join(folder, 'slotkeeper.3.ndjson'), `${'{}\n'.repeat(10_000)}`);
    const logging = start({ folder, maxTotalBytes: 10_000 });
    logging.logger.info('x');
    expect(sizeOf(logging)).toBeLessThanOrEqual(10_000);
    expect(recordsIn(logging).at(-1)).toMatchObject({ msg: 'x' });
  });

  test('can be read by its owner alone, where files have such modes', () => {
    const logging = start({ folder });
    logging.logger.info('x');
    expect(statSync(join(folder, 'slotkeeper.ndjson')).mode & 0o777).toBe(
      process.platform === 'win32' ? 0o666 : 0o600,
    );
  });

  test('that cannot be opened is an error that says what to do', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => createLogging({ folder: join(folder, 'file') })).toThrow(
      /cannot be written in .*Choose a data folder/,
    );
  });

  test('that cannot be written any more is told once, and the lines are still seen elsewhere', () => {
    const logging = start({ folder, console: 'text' });
    logging.logger.info('before');
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    logging.logger.info('during');
    logging.logger.info('after');
    expect(printed).toContain('during');
    expect(printed).toContain('after');
    expect(printed.match(/The log has a fault/g)).toHaveLength(1);
  });

  const sizeOf = (logging: Logging) =>
    logging.files().reduce((total, path) => total + statSync(path).size, 0);
});

describe('the console', () => {
  test('prints short lines without colours where it is no terminal', () => {
    const logging = start({ console: 'text' });
    logging.logger.child('sales').info('Slot filled', { requestId: id });
    logging.logger.child('sales').child('agent').warn('Bare');
    expect(printed).toMatch(
      /^INF \d\d:\d\d:\d\d\.007 Slot filled {2}topics=sales requestId=0x1234\.\.abcd\nWRN [\d:.]+ Bare {2}topics="sales agent"\n$/,
    );
  });

  test('prints colours on a terminal, unless they are not wanted', () => {
    const stream = { isTTY: true, write: (text: string) => void (printed += text) };
    vi.stubEnv('NO_COLOR', undefined);
    start({ console: 'text', stream }).logger.error('x');
    expect(printed.startsWith('\u001B[31mERR\u001B[0m')).toBe(true);
    vi.stubEnv('NO_COLOR', '1');
    printed = '';
    start({ console: 'text', stream }).logger.error('x');
    expect(printed).toMatch(/^ERR/);
    vi.unstubAllEnvs();
  });

  test('prints the records, or nothing', () => {
    const logging = start({ console: 'json' });
    logging.logger.info('x', { id });
    expect(printed).toBe(`${lastOf(logging).json}\n`);
    printed = '';
    start({ console: 'none' }).logger.info('x');
    expect(printed).toBe('');
  });
});

describe('recent lines', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('are the newest, oldest first, and at most 2,000', () => {
    const logging = start();
    for (let n = 0; n < 4500; n++) logging.logger.info(`${n}`);
    expect(logging.recent(3).map(({ message }) => message)).toEqual(['4497', '4498', '4499']);
    expect(logging.recent(9999)).toHaveLength(2000);
    expect(logging.recent(0)).toEqual([]);
    expect(new Set(logging.recent(2000).map(({ seq }) => seq)).size).toBe(2000);
  });

  test('are handed on in lots, ten times a second at most, to all who follow', () => {
    const logging = start();
    const lots: string[][] = [];
    const unsubscribe = logging.subscribe((lines) => lots.push(lines.map(({ message }) => message)));
    logging.logger.info('a');
    logging.logger.info('b');
    expect(lots).toEqual([]);
    vi.advanceTimersByTime(100);
    logging.logger.info('c');
    vi.advanceTimersByTime(100);
    expect(lots).toEqual([['a', 'b'], ['c']]);
    unsubscribe();
    logging.logger.info('d');
    vi.advanceTimersByTime(1000);
    expect(lots).toHaveLength(2);
  });

  test('reach the others when one who follows throws, and that is told once', () => {
    const logging = start();
    const seen: string[] = [];
    logging.subscribe(() => {
      throw new Error('broken window');
    });
    logging.subscribe((lines) => seen.push(...lines.map(({ message }) => message)));
    logging.logger.info('a');
    vi.advanceTimersByTime(1000);
    expect(seen).toEqual(['a', 'The log has a fault']);
  });

  test('are handed on when the logging closes, which leaves no timer', async () => {
    const logging = start();
    const seen: string[] = [];
    logging.subscribe((lines) => seen.push(...lines.map(({ message }) => message)));
    logging.logger.info('a');
    await logging.close();
    logging.logger.info('late');
    expect(seen).toEqual(['a']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
