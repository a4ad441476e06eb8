import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changeSettings, parseSettings, readSettings } from '../../src/main/settings-file.ts';
import { tempFolder } from '../support/tempfolder.ts';

const marketplace = `0x${'11'.repeat(20)}`;
const networkOf = (network: object) => parseSettings('a test', { network }).network;

describe('The networks of the settings', () => {
  it('can be one of the makers, with servers and a limit of fees of the owner', () => {
    const network = {
      kind: 'archivist',
      id: 'archivist-testnet',
      rpcUrls: ['wss://a.example'],
      maxFeeGwei: 0.5,
    };
    expect(networkOf(network)).toEqual(network);
    expect(networkOf({ kind: 'archivist', id: 'archivist-devnet' })).toMatchObject({ rpcUrls: [] });
  });

  it('can be one’s own, also as it was written before there could be several servers', () => {
    expect(networkOf({ kind: 'custom', rpcUrl: 'http://a.example', chainId: 5, marketplace })).toEqual({
      kind: 'custom',
      name: 'Custom network',
      rpcUrls: ['http://a.example'],
      chainId: 5,
      marketplace,
      deployedAtBlock: 0,
      bootstrap: [],
    });
    const both = { kind: 'custom', rpcUrl: 'http://a.example', rpcUrls: ['http://b.example'], marketplace };
    expect(networkOf(both)).toMatchObject({ rpcUrls: ['http://a.example', 'http://b.example'] });
    const twice = { ...both, rpcUrls: ['http://b.example', 'http://a.example'] };
    expect(networkOf(twice)).toMatchObject({ rpcUrls: twice.rpcUrls });
  });

  it('take where peers are reached from the owner, and refuse what is no address', () => {
    const owners = {
      listenPort: 1,
      mapPorts: false,
      announceAddress: '203.0.113.7',
      peers: ['/dns4/a.b/tcp/1'],
    };
    expect(parseSettings('a test', owners)).toMatchObject({ ...owners, discoveryPort: 8090 });
    expect(parseSettings('a test', {})).toMatchObject({ listenPort: 8070, peers: [] });
    expect(parseSettings('a test', {})).not.toHaveProperty('mapPorts');
    for (const wrong of [{ listenPort: 0 }, { announceAddress: 'home' }, { peers: ['1.2.3.4:8070'] }])
      expect(() => parseSettings('a test', wrong)).toThrow(Object.keys(wrong)[0]);
  });

  it.each([
    [{ kind: 'custom', marketplace }, /at least one RPC server/],
    [{ kind: 'custom', rpcUrls: ['ftp://a'], marketplace }, /rpcUrls/],
    [{ kind: 'custom', rpcUrls: ['http://a.example'], marketplace: '0x1' }, /marketplace/],
    [{ kind: 'archivist', id: 'mainnet' }, /id/],
    [{ kind: 'archivist', id: 'archivist-testnet', maxFeeGwei: 0 }, /maxFeeGwei/],
    [{ kind: 'lottery' }, /kind/],
  ])('are refused as %j, by the name of the field', (network, problem) => {
    expect(() => networkOf(network)).toThrow(problem);
  });
});

describe('A change of the settings', () => {
  it('keeps what the file says besides, and writes no defaults into it', async () => {
    const dataDir = await tempFolder();
    const file = join(dataDir, 'settings.json');
    await writeFile(file, '{"logLevel": "debug", "workers": 5}');
    expect(await changeSettings(dataDir, { quotaBytes: 1000, workers: null })).toMatchObject({
      logLevel: 'debug',
      quotaBytes: 1000,
      workers: 3,
    });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ logLevel: 'debug', quotaBytes: 1000 });
    expect(await readdir(dataDir)).toEqual(['settings.json']);
  });

  it('makes the folder that is not there yet', async () => {
    const dataDir = join(await tempFolder(), 'new');
    await changeSettings(dataDir, { workers: 2 });
    expect(await readSettings(dataDir)).toMatchObject({ workers: 2 });
  });

  it('changes nothing when the whole could not be used', async () => {
    const dataDir = await tempFolder();
    const file = join(dataDir, 'settings.json');
    await writeFile(file, '{"workers": 5}');
    await expect(changeSettings(dataDir, { workers: 0 })).rejects.toThrow(/workers.*Nothing was changed/s);
    expect(await readFile(file, 'utf8')).toBe('{"workers": 5}');
    await writeFile(file, '{"workers": ');
    await expect(changeSettings(dataDir, { workers: 4 })).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(await readFile(file, 'utf8')).toBe('{"workers": ');
  });
});
