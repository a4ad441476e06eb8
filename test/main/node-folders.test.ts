import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/main/engine/logger.ts';
import { openDatabase } from '../../src/main/engine/stores/database.ts';
import { diskFiles, type FileSystem } from '../../src/main/engine/stores/filesystem.ts';
import { liveKey, NodeFolders } from '../../src/main/node-folders.ts';
import { parseSettings } from '../../src/main/settings-file.ts';
import { account } from '../support/requests.ts';
import { tempFolder } from '../support/tempfolder.ts';

const [playDirect, playVault, market, other] = [account(1), account(2), account(0xab), account(4)];
const live = liveKey({ chainId: 421_614, marketplace: market });
const otherLive = liveKey({ chainId: 1, marketplace: other });

const networks = { accepted: async () => undefined, learned: async () => ({ marketplace: market }) };
const foldersOf = (dataDir: string, fs?: FileSystem) =>
  new NodeFolders({ dataDir, networks, logger: silentLogger, ...(fs && { fs }) });

/** A data folder of before there was a record, in which these contracts were sold on. */
async function anOldFolder(contracts: readonly (readonly [chainId: number, marketplace: string])[]) {
  const dataDir = await tempFolder();
  const database = await openDatabase({ folder: dataDir, logger: silentLogger });
  await database.batch(
    contracts.map(([chainId, marketplace]) => {
      return { type: 'put', key: `/meta/market/cursor/${chainId}/${marketplace}`, value: '1' };
    }),
  );
  await database.close();
  return dataDir;
}

async function aPractice(dataDir: string, folder: string, marketplace: string) {
  const file = join(dataDir, folder, 'practice.json');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ contracts: { marketplace } }));
}

describe('The data folder of before networks had folders of their own', () => {
  it('stays with practice when a live network is the first to start, which never opens its books', async () => {
    const dataDir = await anOldFolder([[31_337, playVault]]);
    await aPractice(dataDir, 'practice', playDirect);
    await aPractice(dataDir, 'practice/vault', playVault);
    const folders = foldersOf(dataDir);
    expect(await folders.claim(live)).toBe(join(dataDir, 'nodes', live));
    expect(await folders.claim('practice-vault')).toBe(dataDir);
    expect(await folders.claim('practice-direct')).toBe(join(dataDir, 'nodes', 'practice-direct'));
  });

  it('stays with the live network when practice is the first to start', async () => {
    const dataDir = await anOldFolder([
      [31_337, playDirect],
      [421_614, market],
    ]);
    await aPractice(dataDir, 'practice', playDirect);
    expect(await foldersOf(dataDir).claim('practice-direct')).toBe(join(dataDir, 'nodes', 'practice-direct'));
    expect(await foldersOf(dataDir).claim(live)).toBe(dataDir);
  });

  it('stays with each live network that sold into it, as the slots of both are there', async () => {
    const dataDir = await anOldFolder([
      [421_614, market],
      [1, other],
    ]);
    const third = liveKey({ chainId: 5, marketplace: other });
    expect(await foldersOf(dataDir).claim(third)).toBe(join(dataDir, 'nodes', third));
    expect(await foldersOf(dataDir).claim(live)).toBe(dataDir);
    expect(await foldersOf(dataDir).claim(otherLive)).toBe(dataDir);
  });

  it('stays with the practice that is on, though its chain began anew, and with a chain of somebody’s own', async () => {
    const anew = await anOldFolder([[31_337, playDirect]]);
    expect(await foldersOf(anew).claim('practice-direct')).toBe(anew);
    const own = await anOldFolder([[31_337, market]]);
    expect(await foldersOf(own).claim(liveKey({ chainId: 31_337, marketplace: market }))).toBe(own);
  });

  it('is told by its accounts, too', async () => {
    const dataDir = await anOldFolder([]);
    const database = await openDatabase({ folder: dataDir, logger: silentLogger });
    const key = `/meta/accounts/1/${other}/${account(9).slice(2)}/opening`;
    await database.batch([{ type: 'put', key, value: '1' }]);
    await database.close();
    expect(await foldersOf(dataDir).claim(live)).toBe(join(dataDir, 'nodes', live));
    expect(await foldersOf(dataDir).claim(otherLive)).toBe(dataDir);
  });
});

describe('The record whose the data folder is', () => {
  it('that was lost gives no network other books than its own', async () => {
    const dataDir = await tempFolder();
    await mkdir(join(dataDir, 'nodes', live), { recursive: true });
    expect(await foldersOf(dataDir).claim(live)).toBe(join(dataDir, 'nodes', live));
    expect(await foldersOf(dataDir).claim(live)).toBe(join(dataDir, 'nodes', live));
  });

  it.each([
    '',
    '{',
    'null',
    '{"version":2,"dataFolder":"practice-direct"}',
    '{"version":1,"dataFolder":[7]}',
  ])('that is damaged is refused and left as it is: %j', async (text) => {
    const dataDir = await anOldFolder([[421_614, market]]);
    const path = join(dataDir, 'node-folders.json');
    await writeFile(path, text);
    const damaged = { code: 'NODE_FOLDERS_DAMAGED', message: expect.stringContaining(path) as string };
    await expect(foldersOf(dataDir).claim(live)).rejects.toMatchObject(damaged);
    await expect(foldersOf(dataDir).of({ kind: 'practice' } as never)).rejects.toMatchObject(damaged);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await readdir(dataDir)).not.toContain('nodes');
  });

  it('is whole or not there wherever a crash ends the first start, and says the same after it', async () => {
    let crashes = 0;
    for (let at = 0; ; at++) {
      const dataDir = await anOldFolder([[1, other]]);
      let left = at;
      const crashing = new Proxy(diskFiles, {
        get: (fs, name: keyof FileSystem) => (path: string, second: never) => {
          if (left-- === 0) throw new Error('The power went.');
          return (fs[name] as (path: string, second: never) => unknown)(path, second);
        },
      });
      const crashed = await foldersOf(dataDir, crashing)
        .claim(live)
        .then(
          () => false,
          () => true,
        );
      // Whoever starts next, and with whatever.
      expect(await foldersOf(dataDir).claim(otherLive)).toBe(dataDir);
      expect(await foldersOf(dataDir).claim(live)).toBe(join(dataDir, 'nodes', live));
      if (!crashed) break;
      crashes++;
    }
    expect(crashes).toBeGreaterThan(4);
  });
});

it('two networks of the same contract share their books, however its address is written', async () => {
  const folders = foldersOf(await tempFolder());
  const custom = (marketplace: string) =>
    parseSettings('a test', {
      network: {
        kind: 'custom',
        name: 'Mine',
        rpcUrls: ['http://127.0.0.1:1'],
        chainId: 421_614,
        marketplace,
      },
    }).network;
  const testnet = parseSettings('a test', {
    network: { kind: 'archivist', id: 'archivist-testnet' },
  }).network;
  const key = await folders.keyOf(testnet);
  const address = key.slice(key.indexOf('0x'));
  expect(await folders.keyOf(custom(address))).toBe(key);
  expect(await folders.keyOf(custom(`0x${address.slice(2).toUpperCase()}`))).toBe(key);
});
