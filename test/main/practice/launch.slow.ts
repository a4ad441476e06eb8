import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import type { Logger } from '../../../src/main/engine/logger.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { launchPractice, type PracticeHandle } from '../../../src/main/practice/launch.ts';
import type { PracticeOptions } from '../../../src/main/practice/practice.ts';
import { markOf, type ProcessMark } from '../../../src/main/practice/processes.ts';
import { buildDaemon, type BuiltDaemon } from '../../support/practicedaemon.ts';
import { PracticeHost } from '../../support/practicehost.ts';

const { signal } = new AbortController();
const quick = { timeout: 30_000, interval: 50 };
let built: BuiltDaemon;
const running: PracticeHandle[] = [];
let folder: string;

beforeAll(async () => {
  built = await buildDaemon();
});
afterAll(() => built.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'practice-'));
});
afterEach(async () => {
  for (const practice of running.splice(0)) await practice.stop();
  await rm(folder, { recursive: true, force: true });
});

async function launch(
  options: Partial<PracticeOptions> = {},
  logger: Logger = silentLogger,
): Promise<PracticeHandle> {
  const practice = await launchPractice(
    { folder, logger, daemonPath: built.daemonPath },
    {
      family: 'direct',
      exchange: 'tcp',
      peers: 'told',
      scenario: 'none',
      speed: 10,
      seed: 1,
      signal,
      ...options,
    },
  );
  running.push(practice);
  return practice;
}

describe('the practice network in a process of its own', () => {
  test('does over the channel what it does within a process, and leaves no process when it is stopped', async () => {
    const practice = await launch();
    const host = await PracticeHost.join(practice.info);
    onTestFinished(() => host.leave());
    const id = await practice.postRequest({ slotBytes: 65_536, pricePerBytePerSecond: 2n ** 60n });
    expect(await host.market.requestState(id)).toBe('new');
    const before = await host.time();
    await practice.setSpeed(100);
    await expect.poll(() => host.time(), quick).toBeGreaterThan(before + 100);

    const processes = [await ownerOf(folder), await anvilOf(folder)];
    expect(processes.map(isRunning)).toEqual([true, true]);
    await practice.stop();
    expect(processes.map(isRunning)).toEqual([false, false]);
  });

  test('goes on from a few seconds before when it is killed with its chain', async () => {
    const first = await launch();
    const before = await PracticeHost.join(first.info);
    onTestFinished(() => before.leave());
    const id = await first.postRequest({ slotBytes: 65_536, durationSeconds: 86_400, expirySeconds: 80_000 });
    await sleep(5000);
    for (const { pid } of [await anvilOf(folder), await ownerOf(folder)]) process.kill(pid, 'SIGKILL');
    await first.stop();
    const second = await launch();
    const after = await PracticeHost.join(second.info);
    onTestFinished(() => after.leave());
    expect(second.info.deployment.marketplace).toBe(first.info.deployment.marketplace);
    expect(await after.market.requestState(id)).toBe('new');
  });

  test('keeps the key of the host out of everything that is printed', async () => {
    const { info } = await launch();
    expect(JSON.stringify(info)).not.toContain(info.hostKey.reveal().slice(2));
  });

  test('refuses with the code that it would have within a process', async () => {
    const practice = await launch();
    await expect(practice.setSpeed(-3)).rejects.toMatchObject({ code: 'BAD_SPEED' });
    await expect(practice.postRequest({ durationSeconds: 10, expirySeconds: 10 })).rejects.toMatchObject({
      code: 'TRANSACTION_REFUSED',
      details: { reason: 'Marketplace_InvalidExpiry' },
    });
  });

  test('hands its log to the parent', async () => {
    const heard = vi.fn();
    const logger: Logger = { ...silentLogger, info: heard, child: () => logger };
    await launch({}, logger);
    const messages = () => heard.mock.calls.map(([message]: unknown[]) => message);
    await expect.poll(messages, quick).toContain('Practice contracts deployed');
  });

  test('of a folder that is in use is refused, and harms the one that uses it in no way', async () => {
    const first = await launch();
    await expect(launch()).rejects.toMatchObject({ code: 'PRACTICE_FOLDER_IN_USE' });
    const host = await PracticeHost.join(first.info);
    onTestFinished(() => host.leave());
    expect(await host.time()).toBeGreaterThan(0);
  });

  test('without a chain binary says what to do', async () => {
    vi.stubEnv('SLOTKEEPER_ANVIL', '/nowhere/anvil');
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(launch()).rejects.toMatchObject({
      code: 'NO_CHAIN_BINARY',
      message: expect.stringMatching(/SLOTKEEPER_ANVIL.*@foundry-rs\/anvil.*PATH/) as string,
    });
  });

  test('that is called off while it starts leaves nothing', async () => {
    const abort = new AbortController();
    const launching = launch({ signal: abort.signal });
    const outcome = expect(launching).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => ownerOf(folder).catch(() => undefined), quick).toBeDefined();
    const owner = await ownerOf(folder);
    abort.abort();
    await outcome;
    expect(isRunning(owner)).toBe(false);
    await expect(anvilOf(folder)).rejects.toThrow('ENOENT');
  });
});

describe('nothing is left behind', () => {
  test('when the parent is killed', async () => {
    const parent = fork(built.parentPath, [folder], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      execArgv: [],
    });
    if (parent.stdout) await once(parent.stdout, 'data');
    const processes = [await ownerOf(folder), await anvilOf(folder)];
    expect(processes.map(isRunning)).toEqual([true, true]);
    parent.kill('SIGKILL');
    await expect.poll(() => processes.map(isRunning), quick).toEqual([false, false]);
    // And it was stopped in order: the folder is free, the chain goes on.
    await launch();
  });

  test('when Ctrl-C goes to the terminal of the parent: it is the parent who decides', async () => {
    const parent = spawn(process.execPath, [built.parentPath, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    await once(parent.stdout, 'data');
    const owner = await ownerOf(folder);
    process.kill(owner.pid, 'SIGINT');
    process.kill(-(parent.pid ?? NaN), 'SIGINT');
    await once(parent, 'exit');
    await expect.poll(() => isRunning(owner), quick).toBe(false);
    await expect(anvilOf(folder)).rejects.toThrow('ENOENT');
  });

  test('when the daemon is killed: its parent hears of it and ends the chain', async () => {
    const practice = await launch();
    const heard = vi.fn();
    practice.onFailed(heard);
    const chain = await anvilOf(folder);
    process.kill((await ownerOf(folder)).pid, 'SIGKILL');
    await expect.poll(() => heard.mock.calls.length, quick).toBe(1);
    expect(isRunning(chain)).toBe(false);
    await expect(practice.setSpeed(1)).rejects.toMatchObject({ code: 'CHAIN_FAILED' });
  });

  test('when parent and daemon are killed at once: the next start ends the chain and goes on with its state', async () => {
    const parent = fork(built.parentPath, [folder], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      execArgv: [],
    });
    if (parent.stdout) await once(parent.stdout, 'data');
    const chain = await anvilOf(folder);
    const daemon = await ownerOf(folder);
    process.kill(daemon.pid, 'SIGSTOP');
    parent.kill('SIGKILL');
    process.kill(daemon.pid, 'SIGKILL');
    await expect.poll(() => isRunning(daemon), quick).toBe(false);
    expect(isRunning(chain)).toBe(true);
    const site = await readFile(join(folder, 'practice.json'), 'utf8');
    const practice = await launch();
    expect(isRunning(chain)).toBe(false);
    expect(site).toContain(practice.info.deployment.marketplace);
    expect(await readFile(join(folder, 'practice.json'), 'utf8')).toBe(site);
  });
});

const ownerOf = (folder: string): Promise<ProcessMark> => markIn(join(folder, 'owner.pid'));
const anvilOf = (folder: string): Promise<ProcessMark> => markIn(join(folder, 'anvil.pid'));

async function markIn(file: string): Promise<ProcessMark> {
  return JSON.parse(await readFile(file, 'utf8')) as ProcessMark;
}

function isRunning({ pid, identity }: ProcessMark): boolean {
  return markOf(pid)?.identity === identity;
}
