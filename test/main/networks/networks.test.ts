import { say } from '../../../src/shared/i18n/say.ts';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { askedAtTerminal, refusePages, type Question } from '../../../src/main/confirm.ts';
import { Networks } from '../../../src/main/networks/networks.ts';
import { readSettings } from '../../../src/main/settings-file.ts';
import { networkSettingsSchema } from '../../../src/shared/settings.ts';
import { FakeServers } from '../../support/fakeservers.ts';
import { devnet, OTHER_ADDRESS, published, testnet } from '../../support/networkfixtures.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const { signal } = new AbortController();
const ID = 'archivist-testnet';
const yes = { confirm: askedAtTerminal, signal };
const RPC = 'http://rpc.example';

async function aDesk() {
  const dataDir = await tempFolder();
  const servers = new FakeServers({
    [RPC]: { chainId: 7, contract: { at: OTHER_ADDRESS, kind: 'direct' } },
    [testnet.rpcs[0] ?? '']: { chainId: 421_614, contract: { at: testnet.marketplace, kind: 'direct' } },
  });
  const networks = new Networks({ dataDir, ask: servers.ask });
  const file = join(dataDir, 'published.json');
  const publish = async (changes: Parameters<typeof published>[0]) => writeFile(file, published(changes));
  const propose = async (changes: Parameters<typeof published>[0] = {}) => {
    await publish(changes);
    return networks.proposeUpdate({ id: ID, source: file }, { signal });
  };
  const infoOf = async (id: string = ID) => (await networks.list()).find((info) => info.id === id);
  return { dataDir, networks, file, propose, infoOf };
}

const custom = (changes: object = {}) =>
  networkSettingsSchema.parse({
    kind: 'custom',
    name: 'Mine',
    rpcUrls: [RPC],
    marketplace: OTHER_ADDRESS,
    ...changes,
  });

describe('An update of a network', () => {
  it('counts only once it was accepted, with who, when and where from', async () => {
    const { networks, propose, infoOf, file, dataDir } = await aDesk();
    const { hash, changes } = await propose({ marketplace: OTHER_ADDRESS, version: 'v9' });
    expect(changes).toEqual([
      { kind: 'marketplace', before: testnet.marketplace, after: OTHER_ADDRESS },
      { kind: 'version', before: testnet.version, after: 'v9' },
    ]);
    expect(await infoOf()).toMatchObject({ marketplace: testnet.marketplace, origin: { kind: 'builtIn' } });
    await networks.acceptUpdate({ id: ID, hash }, yes);
    const accepted = {
      marketplace: OTHER_ADDRESS,
      version: 'v9',
      origin: { kind: 'accepted', source: file },
    };
    expect(await infoOf()).toMatchObject(accepted);
    expect(await new Networks({ dataDir }).list()).toContainEqual(await infoOf());
    const { origin } = (await infoOf()) ?? {};
    expect(origin).toMatchObject({ by: expect.stringMatching(/./), atMs: expect.any(Number) });
  });

  it('is accepted as it was shown, whatever the source says by then', async () => {
    const { networks, propose, infoOf, file } = await aDesk();
    const { hash } = await propose({ version: 'v9' });
    await writeFile(file, published({ marketplace: OTHER_ADDRESS }));
    await networks.acceptUpdate({ id: ID, hash }, yes);
    expect(await infoOf()).toMatchObject({ version: 'v9', marketplace: testnet.marketplace });
  });

  it('is not accepted under another hash, for another network, twice, or when its file was changed', async () => {
    const { networks, propose, infoOf, dataDir } = await aDesk();
    const first = await propose({ version: 'v8' });
    const { hash } = await propose({ version: 'v9' });
    const refused = { code: 'NETWORK_NOT_PROPOSED' };
    await expect(networks.acceptUpdate({ id: ID, hash: first.hash }, yes)).rejects.toMatchObject(refused);
    await expect(networks.acceptUpdate({ id: 'archivist-devnet', hash }, yes)).rejects.toMatchObject(refused);
    const held = join(dataDir, 'networks', `${ID}.proposed.json`);
    const text = await readFile(held, 'utf8');
    await writeFile(held, text.replace(testnet.marketplace, OTHER_ADDRESS));
    await expect(networks.acceptUpdate({ id: ID, hash }, yes)).rejects.toMatchObject(refused);
    await writeFile(held, text);
    await networks.acceptUpdate({ id: ID, hash }, yes);
    await expect(networks.acceptUpdate({ id: ID, hash }, yes)).rejects.toMatchObject(refused);
    expect(await infoOf()).toMatchObject({ version: 'v9', marketplace: testnet.marketplace });
  });

  it('asks for a yes that shows what changes, and changes nothing without it', async () => {
    const { networks, propose, infoOf } = await aDesk();
    const { hash } = await propose({ marketplace: OTHER_ADDRESS });
    const questions: Question[] = [];
    const confirm = async (question: Question) => questions.push(question) > 1;
    await expect(networks.acceptUpdate({ id: ID, hash }, { confirm, signal })).rejects.toMatchObject({
      code: 'NOT_CONFIRMED',
    });
    await expect(
      networks.acceptUpdate({ id: ID, hash }, { confirm: refusePages, signal }),
    ).rejects.toMatchObject({ code: 'CONFIRM_AT_TERMINAL' });
    expect(await infoOf()).toMatchObject({ marketplace: testnet.marketplace });
    expect(questions[0]?.lines.map(say).join('\n')).toContain(`${testnet.marketplace} → ${OTHER_ADDRESS}`);
    await networks.acceptUpdate({ id: ID, hash }, { confirm, signal });
    expect(await infoOf()).toMatchObject({ marketplace: OTHER_ADDRESS });
  });

  it('is refused when it describes another network, or none, or an unknown one is named', async () => {
    const { networks, propose, file } = await aDesk();
    await expect(propose({ network: 'archivist-devnet' })).rejects.toThrow('describes archivist-devnet, not');
    await writeFile(file, 'nonsense');
    const asked = networks.proposeUpdate({ id: ID, source: file }, { signal });
    await expect(asked).rejects.toMatchObject({ code: 'NETWORK_DATA_INVALID' });
    const unknown = networks.proposeUpdate({ id: '../settings', source: file }, { signal });
    await expect(unknown).rejects.toMatchObject({ code: 'NETWORK_UNKNOWN' });
  });

  it('calls another family out', async () => {
    const { propose } = await aDesk();
    const { changes } = await propose({ abi: devnet.abi });
    expect(changes[0]).toEqual({ kind: 'family', before: 'direct', after: 'vault' });
  });

  it('can be taken back to the built-in data', async () => {
    const { networks, propose, infoOf } = await aDesk();
    const { hash } = await propose({ marketplace: OTHER_ADDRESS });
    await networks.acceptUpdate({ id: ID, hash }, yes);
    const back = await networks.proposeRevert({ id: ID });
    expect(back.changes).toEqual([
      { kind: 'marketplace', before: OTHER_ADDRESS, after: testnet.marketplace },
    ]);
    await networks.acceptUpdate({ id: ID, hash: back.hash }, yes);
    expect(await infoOf()).toMatchObject({ marketplace: testnet.marketplace, origin: { kind: 'builtIn' } });
  });
});

describe('Stored data that are damaged', () => {
  it.each(['nonsense', '{}', 'another address'])(
    '(%s) are told and not used, and can be left behind',
    async (damage) => {
      const { networks, propose, infoOf, dataDir } = await aDesk();
      const { hash } = await propose({ version: 'v9' });
      await networks.acceptUpdate({ id: ID, hash }, yes);
      const file = join(dataDir, 'networks', `${ID}.json`);
      const text = await readFile(file, 'utf8');
      await writeFile(
        file,
        damage === 'another address' ? text.replace(testnet.marketplace, OTHER_ADDRESS) : damage,
      );
      const info = await infoOf();
      expect(info).toMatchObject({ problem: { code: 'NETWORK_DATA_DAMAGED' } });
      expect(info?.marketplace).toBeUndefined();
      expect(info?.problem?.message).toContain(`slotkeeper network revert ${ID}`);
      const back = await networks.proposeRevert({ id: ID });
      await networks.acceptUpdate({ id: ID, hash: back.hash }, yes);
      expect(await infoOf()).toMatchObject({ marketplace: testnet.marketplace });
    },
  );
});

describe('The choice of a network', () => {
  it('is shown as a difference, and written into the settings once it was accepted', async () => {
    const { networks, dataDir, infoOf } = await aDesk();
    await writeFile(join(dataDir, 'settings.json'), '{"workers": 2}');
    const network = networkSettingsSchema.parse({ kind: 'archivist', id: 'archivist-devnet' });
    const { hash, changes, id } = await networks.proposeUse(network);
    expect(id).toBe('archivist-devnet');
    expect(changes.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['family', 'network', 'marketplace', 'server']),
    );
    expect(await infoOf('practice')).toMatchObject({ isChosen: true });
    await networks.use({ hash }, yes);
    expect(await readSettings(dataDir)).toMatchObject({ network: { id: 'archivist-devnet' }, workers: 2 });
    expect(await infoOf('archivist-devnet')).toMatchObject({ isChosen: true });
    await expect(networks.use({ hash }, yes)).rejects.toMatchObject({ code: 'NETWORK_NOT_PROPOSED' });
  });

  it('of an own network is shown with address, chain and servers, and needs a yes', async () => {
    const { networks, dataDir, infoOf } = await aDesk();
    const { hash } = await networks.proposeUse(custom({ family: 'vault' }));
    await expect(networks.use({ hash }, { confirm: refusePages, signal })).rejects.toMatchObject({
      code: 'CONFIRM_AT_TERMINAL',
    });
    await networks.use({ hash }, yes);
    expect(await infoOf('custom')).toMatchObject({
      isChosen: true,
      family: 'vault',
      marketplace: OTHER_ADDRESS,
    });
    const moved = await networks.proposeUse(custom({ rpcUrls: ['https://other.example'], chainId: 5 }));
    expect(moved.changes).toEqual([
      { kind: 'chainId', before: undefined, after: 5 },
      { kind: 'server', before: RPC },
      { kind: 'server', after: 'https://other.example' },
    ]);
    expect((await readSettings(dataDir)).network).toMatchObject({ rpcUrls: [RPC] });
  });

  it('is refused for an address that was mistyped', async () => {
    const { networks } = await aDesk();
    const marketplace = testnet.marketplace.replace('0x9A', '0x9a');
    await expect(networks.proposeUse(custom({ marketplace }))).rejects.toThrow(
      'letters do not fit its digits',
    );
  });

  it('keeps the ABI of a file as it was shown', async () => {
    const { networks, dataDir, infoOf } = await aDesk();
    const abiFile = join(dataDir, 'abi.json');
    await writeFile(abiFile, JSON.stringify(devnet.abi));
    const { hash } = await networks.proposeUse(custom({ abiFile }));
    await networks.use({ hash }, yes);
    expect(await infoOf('custom')).toMatchObject({ family: 'vault' });
    await writeFile(abiFile, JSON.stringify(testnet.abi));
    expect(await infoOf('custom')).toMatchObject({ problem: { code: 'ABI_UNUSABLE' } });
    const again = await networks.proposeUse(custom({ abiFile }));
    await networks.use({ hash: again.hash }, yes);
    expect(await infoOf('custom')).toMatchObject({ family: 'direct' });
  });

  it('that was written by hand and cannot be used can be left behind', async () => {
    const { networks, dataDir } = await aDesk();
    const network = { kind: 'custom', rpcUrl: RPC, marketplace: OTHER_ADDRESS, abiFile: '/nowhere/abi.json' };
    await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ network }));
    const { hash } = await networks.proposeUse(networkSettingsSchema.parse({ kind: 'practice' }));
    await networks.use({ hash }, yes);
    expect(await readSettings(dataDir)).toMatchObject({ network: { kind: 'practice' } });
  });
});

describe('A look at a network', () => {
  it('asks its servers, of the chosen one those of the settings, too', async () => {
    const { networks, dataDir } = await aDesk();
    expect(await networks.check({ id: ID }, { signal })).toMatchObject({ family: 'direct', problems: [] });
    const network = { kind: 'archivist', id: ID, rpcUrls: [RPC] };
    await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ network }));
    expect(await networks.check({ id: ID }, { signal })).toMatchObject({
      servers: [{ url: RPC, chainId: 7, problem: { code: 'WRONG_CHAIN' } }, { chainId: 421_614 }],
      problems: [],
    });
    expect(await networks.check({ id: 'practice' }, { signal })).toMatchObject({ servers: [], problems: [] });
    await expect(networks.check({ id: 'elsewhere' }, { signal })).rejects.toMatchObject({
      code: 'NETWORK_UNKNOWN',
    });
  });
});

describe('What servers told', () => {
  it('is forgotten when its file is damaged', async () => {
    const { networks, dataDir } = await aDesk();
    await networks.files.learn(ID, { marketplace: testnet.marketplace, chainId: 5 });
    expect(await networks.files.learned(ID, testnet.marketplace)).toMatchObject({ chainId: 5 });
    expect(await networks.files.learned(ID, OTHER_ADDRESS)).toEqual({ marketplace: OTHER_ADDRESS });
    await mkdir(join(dataDir, 'networks'), { recursive: true });
    await writeFile(join(dataDir, 'networks', `${ID}.learned.json`), '{"chainId": "many"}');
    expect(await networks.files.learned(ID, testnet.marketplace)).toEqual({
      marketplace: testnet.marketplace,
    });
  });
});
