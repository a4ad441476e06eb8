import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { HeadlessProcess, openWindow, temporaryFolder, type NodeWindow } from '../support/headless.ts';

const running: HeadlessProcess[] = [];
const windows: NodeWindow[] = [];

afterEach(async () => {
  for (const window of windows.splice(0)) window.close();
  for (const headless of running.splice(0)) await headless.stop('SIGKILL');
});

function start(args: string[], env?: Record<string, string>): HeadlessProcess {
  const headless = new HeadlessProcess(args, env);
  running.push(headless);
  return headless;
}

async function open(headless: HeadlessProcess): Promise<NodeWindow> {
  const window = openWindow(await headless.url());
  windows.push(window);
  return window;
}

/** Processes that have `folder` on their command line: the chain and the practice network of a data folder. */
function processesOf(folder: string): string[] {
  const list = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  return list.split('\n').filter((line) => line.includes(folder) && !line.includes('ps -eo'));
}

const offer = {
  name: 'Test offer',
  totalBytes: 64_000_000n,
  durationSeconds: 3600n,
  minPricePerBytePerSecond: 1n,
  totalCollateral: 10n ** 24n,
};

describe('the built headless node', () => {
  test('starts, serves its window, stops on SIGTERM with code 0, and leaves no process and no lock', async () => {
    await using folder = await temporaryFolder();
    const first = start(['--data', folder.path, '--scenario', 'none']);
    const window = await open(first);
    await window.until(({ node }) => node.get('node')?.state === 'running');
    expect(processesOf(folder.path)).not.toEqual([]);
    expect(await first.stop()).toBe(0);
    expect(processesOf(folder.path)).toEqual([]);

    const second = start(['--data', folder.path, '--scenario', 'none']);
    await (await open(second)).until(({ node }) => node.get('node')?.state === 'running');
    expect(await second.stop('SIGINT')).toBe(0);
  });

  test('leaves no process behind when it is killed', async () => {
    await using folder = await temporaryFolder();
    const headless = start(['--data', folder.path, '--scenario', 'none']);
    await (await open(headless)).until(({ node }) => node.get('node')?.state === 'running');
    await headless.stop('SIGKILL');
    await expect.poll(() => processesOf(folder.path), { timeout: 15_000 }).toEqual([]);
  });

  test('ends with code 0 when it is called off while it starts', async () => {
    await using folder = await temporaryFolder();
    const headless = start(['--data', folder.path, '--scenario', 'none']);
    await headless.url();
    expect(await headless.stop('SIGINT'), headless.output).toBe(0);
    expect(headless.output).not.toContain('could not go on');
    expect(processesOf(folder.path)).toEqual([]);
  });

  test('ends with code 1 when the chain of the practice network dies, and says so', async () => {
    await using folder = await temporaryFolder();
    const headless = start(['--data', folder.path, '--scenario', 'none']);
    await (await open(headless)).until(({ node }) => node.get('node')?.state === 'running');
    const chain = processesOf(folder.path).find((line) => line.includes('anvil'));
    process.kill(Number.parseInt(chain ?? '', 10), 'SIGKILL');
    expect(await headless.ended(), headless.output).toBe(1);
    expect(headless.output).toMatch(/PRACTICE_ENDED/);
    expect(processesOf(folder.path)).toEqual([]);
  });

  test('gives back or finishes a download that was cut short by a kill, with sums that hold', async () => {
    await using folder = await temporaryFolder();
    const args = ['--data', folder.path, '--scenario', 'demo', '--speed', '10'];
    const first = start(args);
    const before = await open(first);
    await before.until(({ node }) => node.get('node')?.state === 'running');
    await before.client.createAvailability(offer);
    await before.until(({ sales }) =>
      [...sales.values()].find(({ progress }) => (progress?.doneBytes ?? 0n) > 0n),
    );
    await first.stop('SIGKILL');

    const second = start(args);
    const after = await open(second);
    await after.until(({ node }) => node.get('node')?.state === 'running');
    await after.until(
      ({ sales }) => [...sales.values()].find(({ filledAt }) => filledAt !== undefined),
      90_000,
    );
    const { storage, availabilities, sales } = after.live.state.getSnapshot().tables;
    const row = storage.get('storage');
    expect(row).toBeDefined();
    expect((row?.usedBytes ?? 0n) + (row?.reservedBytes ?? 0n)).toBeLessThanOrEqual(row?.quotaBytes ?? 0n);
    const [only] = availabilities.values();
    expect(only?.totalBytes).toBe(
      (only?.freeBytes ?? 0n) + (only?.soldBytes ?? 0n) + (only?.downloadingBytes ?? 0n),
    );
    expect([...sales.values()].some(({ state }) => state === 'errored')).toBe(false);
    expect(await second.stop()).toBe(0);
  });

  test('writes a log of whole JSON lines in which the key of the account does not appear', async () => {
    await using folder = await temporaryFolder();
    const headless = start([
      '--data',
      folder.path,
      '--scenario',
      'demo',
      '--speed',
      '15',
      '--log-level',
      'trace',
    ]);
    const window = await open(headless);
    await window.until(({ node }) => node.get('node')?.state === 'running');
    await window.client.createAvailability(offer);
    await window.until(
      ({ sales }) => [...sales.values()].find(({ filledAt }) => filledAt !== undefined),
      90_000,
    );
    expect(await headless.stop()).toBe(0);

    const { keys } = JSON.parse(readFileSync(join(folder.path, 'practice', 'practice.json'), 'utf8')) as {
      keys: { host: string };
    };
    const key = keys.host.replace(/^0x/, '').toLowerCase();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    const files = readdirSync(join(folder.path, 'logs'));
    expect(files).not.toEqual([]);
    for (const file of files) {
      const text = readFileSync(join(folder.path, 'logs', file), 'utf8');
      expect(text.toLowerCase()).not.toContain(key);
      const lines = text.trimEnd().split('\n');
      expect(lines.length).toBeGreaterThan(10);
      for (const line of lines) {
        const record = JSON.parse(line) as Record<string, unknown>;
        expect(record).toMatchObject({
          lvl: expect.any(String) as string,
          ts: expect.any(String) as string,
          msg: expect.any(String) as string,
        });
        if (typeof record.requestId === 'string') expect(record.requestId).toMatch(/^0x[0-9a-f]{64}$/);
      }
    }
    expect(headless.output.toLowerCase()).not.toContain(key);
    expect(headless.output).toMatch(/0x[0-9a-f]{4}\.\.[0-9a-f]{4}/);
    expect(headless.output.replaceAll(/\S*#token=\S*/g, '')).not.toMatch(/0x[0-9a-f]{64}/);
  });
});

describe('bad input to the headless node', () => {
  test('an unknown flag is named, with the way to help', async () => {
    const headless = start(['--colour', 'red']);
    expect(await headless.ended()).toBe(2);
    expect(headless.output).toMatch(/USAGE.*--colour.*--help/s);
  });

  test('a port in use is said, and what to do', async () => {
    await using folder = await temporaryFolder();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const headless = start(['--data', folder.path, '--port', String(port)]);
    expect(await headless.ended()).toBe(1);
    expect(headless.output).toMatch(new RegExp(`PORT_IN_USE.*${port}`));
    server.close();
  });

  test('a data folder in use by another instance is refused, and the other goes on', async () => {
    await using folder = await temporaryFolder();
    const first = start(['--data', folder.path, '--scenario', 'none']);
    const window = await open(first);
    await window.until(({ node }) => node.get('node')?.state === 'running');
    const second = start(['--data', folder.path, '--scenario', 'none']);
    expect(await second.ended()).toBe(1);
    expect(second.output).toMatch(/IN_USE/);
    expect(window.live.state.getSnapshot().tables.node.get('node')?.state).toBe('running');
    expect(await first.stop()).toBe(0);
  });

  test('a data folder of another version is refused and left as it is', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(join(folder.path, 'database'));
    writeFileSync(join(folder.path, 'database', 'VERSION'), '999\n');
    const headless = start(['--data', folder.path, '--scenario', 'none']);
    expect(await headless.ended()).toBe(1);
    expect(headless.output).toMatch(/DATA_FOLDER_OF_ANOTHER_VERSION/);
    expect(readFileSync(join(folder.path, 'database', 'VERSION'), 'utf8')).toBe('999\n');
  });

  test('settings that do not parse are refused by the name of the field', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'settings.json'), '{"workers": "many"}');
    const headless = start(['--data', folder.path]);
    expect(await headless.ended()).toBe(1);
    expect(headless.output).toMatch(/SETTINGS_INVALID.*workers/s);
    expect(existsSync(join(folder.path, 'database'))).toBe(false);
  });

  test('a quota larger than the free disk is refused with both numbers', async () => {
    await using folder = await temporaryFolder();
    const { bavail, blocks, bsize } = statfsSync(folder.path);
    // More than is free, less than the whole disk.
    const quota = String(Math.floor((bavail + blocks) / 2) * bsize);
    const headless = start(['--data', folder.path, '--quota', quota, '--scenario', 'none']);
    expect(await headless.ended()).toBe(1);
    expect(headless.output).toMatch(
      new RegExp(`QUOTA_OVER_DISK.*${quota} bytes.*\\d+ bytes.*smaller quota`, 's'),
    );
  });

  test('an unreachable chain and a key that is none are said, and what to do', async () => {
    await using folder = await temporaryFolder();
    const network = {
      kind: 'custom',
      rpcUrl: 'http://127.0.0.1:1',
      chainId: 1,
      marketplace: `0x${'11'.repeat(20)}`,
    };
    writeFileSync(join(folder.path, 'settings.json'), JSON.stringify({ network }));
    const withoutKey = start(['--data', folder.path], { SLOTKEEPER_PRIVATE_KEY: 'ab'.repeat(31) });
    expect(await withoutKey.ended()).toBe(1);
    expect(withoutKey.output).toMatch(/BAD_PRIVATE_KEY.*SLOTKEEPER_PRIVATE_KEY/s);
    expect(withoutKey.output).not.toContain('abababab');
    const headless = start(['--data', folder.path], { SLOTKEEPER_PRIVATE_KEY: 'ab'.repeat(32) });
    expect(await headless.ended()).toBe(1);
    expect(headless.output).toMatch(/CHAIN_UNREACHABLE.*127\.0\.0\.1:1/s);
    expect(headless.output).not.toContain('abababab');
  });
});
