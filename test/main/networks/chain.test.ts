import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { NetworkFiles } from '../../../src/main/networks/accepted.ts';
import { liveChain } from '../../../src/main/networks/chain.ts';
import { networkSettingsSchema } from '../../../src/shared/settings.ts';
import { FakeServers, type FakeServer } from '../../support/fakeservers.ts';
import { devnet, OTHER_ADDRESS, testnet } from '../../support/networkfixtures.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const { signal } = new AbortController();
const RPC = 'http://rpc.example';
const DEPLOYED_AT = 1_768_209_248 - 3600;

async function aWorld(byUrl: Record<string, FakeServer>) {
  const servers = new FakeServers(byUrl);
  const files = new NetworkFiles({ dataDir: await tempFolder() });
  const chain = (settings: object) =>
    liveChain(
      networkSettingsSchema.parse(settings) as never,
      { files, logger: silentLogger, ask: servers.ask },
      { signal },
    );
  return { servers, files, chain };
}

const testnetServer = testnet.rpcs[0] ?? '';
const devnetServer = devnet.rpcs[0] ?? '';
const custom = { kind: 'custom', rpcUrls: [RPC], marketplace: OTHER_ADDRESS };

describe('A network of the makers', () => {
  it('is given as it is published, the servers of the owner first', async () => {
    const { chain } = await aWorld({ [RPC]: { chainId: 421_614 } });
    const { rpcUrls, deployment, family } = await chain({
      kind: 'archivist',
      id: 'archivist-testnet',
      rpcUrls: [RPC],
    });
    expect(rpcUrls).toEqual([RPC, testnetServer]);
    expect(family).toBe('direct');
    expect(deployment).toMatchObject({
      chainId: 421_614,
      marketplace: testnet.marketplace.toLowerCase(),
      abi: testnet.abi,
    });
  });

  it('has its events from the first block on that is not before its marketplace, found once', async () => {
    const { chain, servers } = await aWorld({
      [testnetServer]: { chainId: 421_614, bornAt: DEPLOYED_AT - 500_000, blocks: 1_000_000 },
    });
    const settings = { kind: 'archivist', id: 'archivist-testnet' };
    expect((await chain(settings)).deployment.deployedAtBlock).toBe(500_000);
    const asked = servers.asked.length;
    expect(asked).toBeLessThan(30);
    expect((await chain(settings)).deployment.deployedAtBlock).toBe(500_000);
    expect(servers.asked).toHaveLength(asked);
  });

  it('can be started where that block cannot be found, and looks for it again', async () => {
    const { chain, servers } = await aWorld({});
    const settings = { kind: 'archivist', id: 'archivist-testnet' };
    expect((await chain(settings)).deployment.deployedAtBlock).toBe(0);
    expect((await chain(settings)).deployment.deployedAtBlock).toBe(0);
    expect(servers.asked).toHaveLength(2);
  });

  it('whose chain nobody wrote down is asked for it once', async () => {
    const { chain, servers } = await aWorld({ [devnetServer]: { chainId: 789 } });
    const settings = { kind: 'archivist', id: 'archivist-devnet' };
    expect(await chain(settings)).toMatchObject({ family: 'vault', deployment: { chainId: 789 } });
    expect(await chain(settings)).toMatchObject({ deployment: { chainId: 789 } });
    expect(servers.asked).toEqual([`${devnetServer} eth_chainId`]);
  });

  it('cannot be reached when its chain is not known and no server answers', async () => {
    const { chain } = await aWorld({});
    const asked = chain({ kind: 'archivist', id: 'archivist-devnet', rpcUrls: [RPC] });
    await expect(asked).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await expect(asked).rejects.toThrow(/rpc\.example.*rpc\.devnet/);
  });

  it('does not take the time of the built-in marketplace for that of another one', async () => {
    const { chain, files } = await aWorld({
      [testnetServer]: { chainId: 421_614, bornAt: DEPLOYED_AT - 10 },
    });
    await files.accept('archivist-testnet', { ...testnet, marketplace: OTHER_ADDRESS }, 'a test');
    const { deployment } = await chain({ kind: 'archivist', id: 'archivist-testnet' });
    expect(deployment).toMatchObject({ marketplace: OTHER_ADDRESS, deployedAtBlock: 0 });
  });
});

describe('A network of one’s own', () => {
  it.each(['direct', 'vault'] as const)(
    'of which only servers and address are said is asked for the rest (%s)',
    async (kind) => {
      const { chain } = await aWorld({ [RPC]: { chainId: 5, contract: { at: OTHER_ADDRESS, kind } } });
      expect(await chain(custom)).toMatchObject({
        family: kind,
        deployment: { chainId: 5, name: 'Custom network' },
      });
    },
  );

  it('asks the next server when the first does not answer', async () => {
    const contract = { at: OTHER_ADDRESS, kind: 'vault' } as const;
    const { chain } = await aWorld({ 'http://second.example': { chainId: 5, contract } });
    const rpcUrls = [RPC, 'http://second.example'];
    expect(await chain({ ...custom, rpcUrls })).toMatchObject({ family: 'vault', rpcUrls });
  });

  it('is refused without a contract, or with one that is no marketplace', async () => {
    const none = await aWorld({ [RPC]: { chainId: 5 } });
    await expect(none.chain(custom)).rejects.toMatchObject({ code: 'NO_CONTRACT' });
    const other = await aWorld({ [RPC]: { chainId: 5, contract: { at: OTHER_ADDRESS, kind: 'other' } } });
    await expect(other.chain(custom)).rejects.toMatchObject({ code: 'NOT_A_MARKETPLACE' });
  });

  it('asks nothing when all is said', async () => {
    const { chain, servers } = await aWorld({});
    const said = { ...custom, chainId: 5, family: 'vault', deployedAtBlock: 77 };
    expect(await chain(said)).toMatchObject({
      family: 'vault',
      deployment: { abi: devnet.abi, deployedAtBlock: 77 },
    });
    expect(servers.asked).toEqual([]);
  });

  it('takes the ABI of a file, and its family from that', async () => {
    const { chain } = await aWorld({});
    const abiFile = join(await tempFolder(), 'abi.json');
    await writeFile(abiFile, JSON.stringify(devnet.abi));
    const said = { ...custom, chainId: 5, abiFile };
    expect(await chain(said)).toMatchObject({ family: 'vault' });
    await expect(chain({ ...said, family: 'direct' })).rejects.toThrow(
      'of the vault family, but the settings say direct',
    );
    await expect(chain({ ...said, abiFile: `${abiFile}x` })).rejects.toMatchObject({ code: 'ABI_UNUSABLE' });
    await expect(chain({ ...said, abiSha256: '00'.repeat(32) })).rejects.toThrow(
      'not the one that was accepted',
    );
  });
});
