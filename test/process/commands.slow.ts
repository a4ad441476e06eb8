import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { HeadlessProcess, openWindow, temporaryFolder } from '../support/headless.ts';

const program = resolve(import.meta.dirname, '../../out/main/slotkeeper.js');
const running: HeadlessProcess[] = [];

afterEach(async () => {
  for (const headless of running.splice(0)) await headless.stop('SIGKILL');
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built program, as a person would run it; `interruptOn` is what to see before it is interrupted. */
async function slotkeeper(
  args: readonly string[],
  { input = '', interruptOn, onOutput }: { input?: string; interruptOn?: RegExp; onOutput?: () => void } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'pipe' });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    onOutput?.();
    if (interruptOn?.test(out)) child.kill('SIGINT');
  });
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  child.stdin.end(input);
  await once(child, 'close');
  return { code: child.exitCode, out, err };
}

async function runningNode(folder: string): Promise<HeadlessProcess> {
  const headless = new HeadlessProcess(['--data', folder, '--scenario', 'none']);
  running.push(headless);
  const window = openWindow(await headless.url());
  await window.until(({ node }) => node.get('node')?.state === 'running');
  window.close();
  return headless;
}

describe('the built commands', () => {
  test('look after a node that runs on the practice network', async () => {
    await using folder = await temporaryFolder();
    const data = ['--data', folder.path];
    const headless = await runningNode(folder.path);

    const status = await slotkeeper(['status', ...data]);
    expect([status.code, status.err]).toEqual([0, '']);
    expect(status.out).toMatch(/^Nothing offered yet\.\n\nNode +running/);
    expect(status.out).toMatch(
      /Network +Practice network, marketplace 0x[0-9a-f]{40} \(direct\) on chain \d+/,
    );
    expect(status.out).not.toContain('\u001B');
    expect(JSON.parse((await slotkeeper(['status', '--json', ...data])).out)).toMatchObject({
      shape: 'idle',
      node: { state: 'running' },
    });

    const terms = ['--size', '64MB', '--duration', '1h', '--price', '0.6', '--collateral', '1000'];
    const added = await slotkeeper(['offers', 'add', '--name', 'Mine', ...terms, '--json', ...data]);
    const { id } = JSON.parse(added.out) as { id: string };
    expect((await slotkeeper(['offers', 'pause', 'Mine', ...data])).code).toBe(0);
    expect((await slotkeeper(['offers', 'list', ...data])).out).toMatch(/Mine +paused +64\.0 MB/);
    const refused = await slotkeeper(['offers', 'add', '--size', '9PB', ...terms.slice(2), ...data]);
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toMatch(/^(?:QUOTA_EXCEEDED|DISK_FULL): /);
    expect((await slotkeeper(['offers', 'remove', id.slice(0, 8), ...data])).out).toBe('Removed: Mine\n');

    expect(
      (await slotkeeper(['logs', 'show', '--topic', 'sales', 'node', '--limit', '5', ...data])).code,
    ).toBe(0);
    const logs = await slotkeeper(['logs', 'show', '--json', ...data]);
    const messages = logs.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toContain('Node started');
    expect((await slotkeeper(['network', 'list', ...data])).out).toMatch(/^\* +practice/m);
    expect((await slotkeeper(['network', 'check', ...data])).code).toBe(0);
    expect((await slotkeeper(['wallet', 'status', ...data])).out).toMatch(/^Wallet +none/);
    expect((await slotkeeper(['practice-speed', '60', ...data])).code).toBe(0);
    const watched = await slotkeeper(['status', '--watch', '--json', ...data], { interruptOn: /\n/ });
    expect([watched.code, watched.err]).toEqual([130, '']);
    const followed = slotkeeper(['logs', 'follow', ...data], { interruptOn: /\n/ });
    await slotkeeper(['settings', 'set', 'workers', '2', ...data]);

    let onShown = () => {};
    const shown = new Promise<void>((resolve) => (onShown = resolve));
    const watching = slotkeeper(['status', '--watch', '--json', ...data], { onOutput: onShown });
    await shown;

    await expect(access(join(folder.path, 'control.json'))).resolves.toBeUndefined();
    expect(await headless.stop()).toBe(0);
    await expect(access(join(folder.path, 'control.json'))).rejects.toThrow('ENOENT');
    // Or it had not reached the node yet when that was stopped.
    expect([0, 3, 130]).toContain((await followed).code);
    expect(await watching).toMatchObject({ code: 0, err: 'The node has ended.\n' });
    expect((await slotkeeper(['status', ...data])).code).toBe(3);
  });

  test('know a node that was killed from one that runs', async () => {
    await using folder = await temporaryFolder();
    const headless = await runningNode(folder.path);
    await headless.stop('SIGKILL');
    await expect(access(join(folder.path, 'control.json'))).resolves.toBeUndefined();
    const { code, err } = await slotkeeper(['status', '--data', folder.path]);
    expect([code, err]).toEqual([3, expect.stringContaining('The node is not running')]);
  });

  test('leave the place to a node that is there when another is started beside it', async () => {
    await using folder = await temporaryFolder();
    await runningNode(folder.path);
    const second = new HeadlessProcess(['--data', folder.path, '--scenario', 'none']);
    expect(await second.ended()).toBe(1);
    expect((await slotkeeper(['status', '--data', folder.path])).code).toBe(0);
  });

  test('look after a data folder without a node, and show nothing of its secrets', async () => {
    await using folder = await temporaryFolder();
    const data = ['--data', folder.path];
    const key = 'ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
    const passphrase = 'a long enough passphrase';
    const imported = await slotkeeper(['wallet', 'import', 'private-key', ...data], {
      input: `${key}\n${passphrase}\n`,
    });
    expect([imported.code, imported.out]).toEqual([
      0,
      'Imported: 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\n',
    ]);
    expect(imported.err).toBe('');
    const file = join(folder.path, 'new.json');
    const network = JSON.parse(
      await readFile(resolve(import.meta.dirname, '../../resources/networks/archivist-testnet.json'), 'utf8'),
    ) as object;
    await writeFile(file, JSON.stringify({ ...network, version: 'v9' }));
    const refreshed = await slotkeeper(['network', 'refresh', 'archivist-testnet', file, '--yes', ...data]);
    expect([refreshed.code, refreshed.out]).toEqual([
      0,
      expect.stringMatching(/Version: v0\.2\.0 → v9\nAccepted/),
    ]);
    expect((await slotkeeper(['network', 'use', 'archivist-testnet', '--yes', ...data])).code).toBe(0);
    expect((await slotkeeper(['network', 'show', ...data])).out).toMatch(/Version +v9/);
    expect((await slotkeeper(['settings', 'set', 'quota', '5GB', ...data])).code).toBe(0);
    expect((await slotkeeper(['stauts'])).code).toBe(2);
  });
});
