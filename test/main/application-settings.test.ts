import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Application } from '../../src/main/application.ts';
import { Secret } from '../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../src/main/engine/logger.ts';
import type { NodeOptions, SlotkeeperNode } from '../../src/main/engine/node.ts';
import { openDatabase } from '../../src/main/engine/stores/database.ts';
import { createLogging } from '../../src/main/logging/logging.ts';
import type { PracticeHandle } from '../../src/main/practice/launch.ts';
import { parseSettings, readSettings } from '../../src/main/settings-file.ts';
import type { Reply } from '../../src/shared/contract.ts';
import { decode, encode } from '../../src/shared/json.ts';
import { noInsight } from '../support/insightfixtures.ts';
import { fakeNode } from '../support/fakenode.ts';
import { exampleTerms } from '../support/ledgerfixtures.ts';
import { account, word } from '../support/requests.ts';
import { tempFolder } from '../support/tempfolder.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const offer = {
  name: 'Spare disk',
  totalBytes: 1000n,
  durationSeconds: 100n,
  minPricePerBytePerSecond: 1n,
  totalCollateral: 2000n,
};

/** A program over a data folder, with a node in memory and a practice network that is only said to be there. */
async function aProgram(
  dataDir?: string,
  insight = noInsight,
  whileStarting: (node: SlotkeeperNode) => Promise<void> = async () => {},
) {
  const folder = dataDir ?? (await tempFolder());
  const log: string[] = [];
  const given: NodeOptions[] = [];
  const families: string[] = [];
  const logging = createLogging();
  const practice = (): PracticeHandle => ({
    info: {
      rpcUrl: 'http://127.0.0.1:1',
      wsUrl: 'ws://127.0.0.1:1',
      deployment: { name: 'Practice', chainId: 1, marketplace: account(1), abi: [], deployedAtBlock: 0 },
      token: account(2),
      hostKey: new Secret('ab'.repeat(32)),
      peers: [],
      bootstrap: [],
      periodSeconds: 60,
    },
    setSpeed: async () => {},
    postRequest: async () => word(1),
    onFailed: () => () => {},
    stop: async () => void log.push('practice stopped'),
  });
  const application = new Application(
    {
      logging,
      createNode: async (options) => {
        given.push(options);
        const node = await fakeNode(log, insight);
        await whileStarting(node);
        return node;
      },
      launchPractice: async (_, { family }) => {
        families.push(family);
        return practice();
      },
    },
    {
      dataDir: folder,
      settings: await readSettings(folder),
      daemonPath: '',
      libp2pPath: '',
      version: '0.0.0',
    },
  );
  closing.push(
    () => application.stop().catch(() => {}),
    () => logging.close(),
  );
  const ask = async (name: string, input: object) =>
    decode(await application.commandRouter.dispatch(name, encode(input))) as Reply & {
      value: { hash: string; disk: { sizeBytes: bigint; freeBytes: bigint } };
    };
  const row = () => {
    application.live.flush();
    return application.live.snapshot().tables.node[0];
  };
  const use = async (network: object) => {
    const { value } = await ask('proposeNetworkUse', { network });
    return ask('useNetwork', { hash: value.hash });
  };
  const restarted = async () => {
    const reply = await ask('restartNode', {});
    await expect.poll(() => row()?.state).toBe('running');
    return reply;
  };
  return { application, folder, log, given, families, ask, row, use, restarted };
}

describe('Settings that count at once', () => {
  it('are in force in the running node and in the file, and nothing of them waits', async () => {
    const { application, folder, ask, row, log } = await aProgram();
    const node = await application.start();
    const changes = { quotaBytes: 5_000_000, workers: 7, scrubBytesPerSecond: 70_000, logLevel: 'debug' };
    expect(await ask('changeSettings', changes)).toMatchObject({ ok: true, value: changes });
    expect([node.reservations.quota.max, node.sales.queue.workers.max]).toEqual([5_000_000n, 7]);
    expect(log).toContain('scrub 70000');
    expect(await readSettings(folder)).toMatchObject(changes);
    expect(row()?.settingsWaiting).toEqual([]);
  });

  it('are refused whole when the ledger refuses the quota, and the file stays as it was', async () => {
    const { application, folder, ask } = await aProgram();
    const node = await application.start();
    await ask('createAvailability', offer);
    const before = node.reservations.quota.max;
    const reply = await ask('changeSettings', { quotaBytes: 999, workers: 9 });
    expect(reply).toMatchObject({ ok: false, error: { code: 'QUOTA_BELOW_PROMISED' } });
    expect(node.reservations.quota.max).toBe(before);
    expect(node.sales.queue.workers.max).not.toBe(9);
    expect((await readSettings(folder)).quotaBytes).toBeUndefined();
  });

  it('refuse a quota beyond the disk while no node runs, and a level that is none', async () => {
    const { folder, ask } = await aProgram();
    expect(await ask('changeSettings', { quotaBytes: Number.MAX_SAFE_INTEGER })).toMatchObject({
      error: { code: 'QUOTA_OVER_DISK' },
    });
    expect(await ask('changeSettings', { logLevel: 'loud' })).toMatchObject({
      error: { code: 'UNKNOWN_LEVEL' },
    });
    expect(await readSettings(folder)).toEqual(parseSettings('a test', {}));
    const { value } = await ask('storage', {});
    expect(value.disk.sizeBytes).toBeGreaterThan(value.disk.freeBytes);
  });
});

describe('Settings that count at once, changed while the node starts', () => {
  /** A program whose node is being made until it is let go on. */
  async function aStart(prepare: (node: SlotkeeperNode) => Promise<unknown> = async () => {}) {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const program = await aProgram(undefined, noInsight, async (node) => {
      await prepare(node);
      await held;
    });
    const started = program.application.start();
    await expect.poll(() => program.given.length).toBe(1);
    return { ...program, started, goOn };
  }

  it('are in force once it runs', async () => {
    const { ask, row, log, started, goOn } = await aStart();
    const changes = { quotaBytes: 5_000_000, workers: 7, scrubBytesPerSecond: 70_000 };
    expect(await ask('changeSettings', changes)).toMatchObject({ ok: true });
    goOn();
    const node = await started;
    expect([node.reservations.quota.max, node.sales.queue.workers.max]).toEqual([5_000_000n, 7]);
    expect(log).toContain('scrub 70000');
    expect(row()).toMatchObject({ settingsWaiting: [], workers: { max: 7 } });
  });

  it('are shown as waiting where the node cannot agree to them, until it does', async () => {
    const { application, given, ask, row, started, goOn } = await aStart(({ reservations }) =>
      reservations.createAvailability(exampleTerms),
    );
    await ask('changeSettings', { quotaBytes: 999 });
    goOn();
    await started;
    expect(row()?.settingsWaiting).toEqual(['quotaBytes']);
    expect(await ask('changeSettings', { quotaBytes: 6_000_000 })).toMatchObject({ ok: true });
    expect(row()?.settingsWaiting).toEqual([]);
    await application.restartNode({ force: false });
    await expect.poll(() => given.at(-1)?.quotaBytes).toBe(6_000_000n);
  });
});

describe('Restarting the node', () => {
  it('takes up what waited, in order, the practice network anew', async () => {
    const { application, log, given, ask, row, restarted } = await aProgram();
    const first = await application.start();
    await ask('changeSettings', { queueCapacity: 64 });
    expect(row()?.settingsWaiting).toEqual(['queueCapacity']);
    expect(await restarted()).toMatchObject({ ok: true });
    expect(log).toEqual(['node stopped', 'practice stopped']);
    expect(given.map(({ queueCapacity }) => queueCapacity)).toEqual([128, 64]);
    expect(application.node).not.toBe(first);
    expect(row()).not.toHaveProperty('settingsWaiting');
  });

  it('on another network opens other books, and the former ones when it comes back', async () => {
    const { application, folder, given, families, use, row, restarted } = await aProgram();
    await application.start();
    await writeFile(join(folder, 'books'), 'of the direct family');
    await use({ kind: 'practice', family: 'vault' });
    expect(row()?.settingsWaiting).toEqual(['network']);
    await restarted();
    await use({ kind: 'practice', family: 'direct' });
    await restarted();
    const vault = join(folder, 'nodes', 'practice-vault');
    expect(given.map(({ dataDir }) => dataDir)).toEqual([folder, vault, folder]);
    expect(families).toEqual(['direct', 'vault', 'direct']);
    expect(await readFile(join(folder, 'books'), 'utf8')).toBe('of the direct family');
  });

  it('keeps books apart after a restart of the program, too, whichever network comes first then', async () => {
    const first = await aProgram();
    await first.application.start();
    await first.use({ kind: 'practice', family: 'vault' });
    await first.application.stop();
    const second = await aProgram(first.folder);
    await second.application.start();
    expect(second.given[0]?.dataDir).toBe(join(first.folder, 'nodes', 'practice-vault'));
  });

  it('leaves the books of an older data folder to the live network that they are of', async () => {
    const folder = await tempFolder();
    const database = await openDatabase({ folder, logger: silentLogger });
    const key = `/meta/market/cursor/421614/${account(7)}`;
    await database.batch([{ type: 'put', key, value: '1' }]);
    await database.close();
    const { application, given } = await aProgram(folder);
    await application.start();
    expect(given.map(({ dataDir }) => dataDir)).toEqual([join(folder, 'nodes', 'practice-direct')]);
  });

  it('does not guess whose the books are when its record cannot be read', async () => {
    const folder = await tempFolder();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'node-folders.json'), '{');
    const { application, given } = await aProgram(folder);
    await expect(application.start()).rejects.toMatchObject({ code: 'NODE_FOLDERS_DAMAGED' });
    expect(given).toEqual([]);
  });

  it('is refused before the first start, and after the end', async () => {
    const { application, ask } = await aProgram();
    expect(await ask('restartNode', {})).toMatchObject({ error: { code: 'NODE_NOT_RUNNING' } });
    await application.start();
    await application.stop();
    await expect(application.restartNode({ force: true })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('goes on though the former node did not end well', async () => {
    const { application, row } = await aProgram();
    const node = await application.start();
    node.stop = () => Promise.reject(new Error('It does not end.'));
    await application.restartNode({ force: false });
    await expect.poll(() => row()?.state).toBe('running');
  });
});
