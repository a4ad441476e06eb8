import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Application, type ApplicationModules } from '../../src/main/application.ts';
import { untilAborted } from '../../src/main/engine/lib/abort.ts';
import type { NodeOptions } from '../../src/main/engine/node.ts';
import { createLogging } from '../../src/main/logging/logging.ts';
import { parseSettings } from '../../src/main/settings-file.ts';
import type { Wallet } from '../../src/main/wallet/wallet.ts';
import type { Reply } from '../../src/shared/contract.ts';
import { decode, encode } from '../../src/shared/json.ts';
import { until } from '../support/bridgesuite.ts';
import { fakeNode } from '../support/fakenode.ts';
import { Gate } from '../support/fakeslothost.ts';
import { noInsight } from '../support/insightfixtures.ts';
import { settled } from '../support/salesfixtures.ts';
import { tempFolder } from '../support/tempfolder.ts';
import { aKnownWallet, aWallet, known, passphrase } from '../support/walletfixtures.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const live = {
  network: {
    kind: 'custom',
    rpcUrls: ['http://127.0.0.1:1'],
    chainId: 5,
    family: 'direct',
    marketplace: `0x${'11'.repeat(20)}`,
  },
};

type MakeNode = (log: string[], signal: AbortSignal) => ReturnType<typeof fakeNode>;

/** An application on a network with real money, whose node is not following any chain. */
async function anApplication({
  wallet,
  makeNode = (log) => fakeNode(log),
  dataDir,
  settings = live,
}: { wallet?: Wallet; makeNode?: MakeNode; dataDir?: string; settings?: object } = {}) {
  const log: string[] = [];
  const started: NodeOptions[] = [];
  const logging = createLogging();
  const createNode: ApplicationModules['createNode'] = async (options, { signal }) => {
    started.push(options);
    return makeNode(log, signal);
  };
  const application = new Application(
    { logging, createNode, ...(wallet && { wallet }) },
    {
      dataDir: dataDir ?? (await tempFolder()),
      settings: parseSettings('a test', settings),
      daemonPath: 'no daemon',
      libp2pPath: 'no thread',
      version: '0.0.0',
    },
  );
  closing.push(
    () => application.stop().catch(() => {}),
    () => logging.close(),
  );
  const row = () => {
    application.live.flush();
    return application.live.snapshot().tables.node[0];
  };
  const ask = async (name: string, input: object = {}) =>
    decode(await application.router.dispatch(name, encode(input))) as Reply;
  const reaches = (state: string) => until(() => row()?.state === state);
  const unlock = () => ask('unlockWallet', { passphrase: passphrase.reveal() });
  return { application, log, started, row, ask, reaches, unlock };
}

/** A wallet that its owner locked, as after a start. */
async function aLockedWallet() {
  const { dataDir } = await aKnownWallet();
  return (await aWallet({ folder: dataDir })).wallet;
}

const atStake = (slots: number) => ({
  ...noInsight,
  risk: () => ({
    ...noInsight.risk({ seconds: [], risk: 0 }),
    atRisk: 3n * 10n ** 18n,
    slots: Array.from({ length: slots }, () => ({}) as never),
  }),
});

describe('an application with real money', () => {
  it('waits, locked, for its wallet, and then starts with a signer of that account', async () => {
    const wallet = await aLockedWallet();
    const { application, started, row, ask, reaches, unlock } = await anApplication({ wallet });
    const start = application.start();
    await reaches('locked');
    expect(row()).toMatchObject({ wallet: { state: 'locked', address: known.address } });
    expect(await ask('unlockWallet', { passphrase: 'something else' })).toMatchObject({
      error: { code: 'WRONG_PASSPHRASE' },
    });
    expect([row()?.state, started]).toEqual(['locked', []]);
    expect(await unlock()).toEqual({ ok: true, value: null });
    await start;
    expect(started.map(({ signer }) => signer.address)).toEqual([known.address]);
    expect(row()).toMatchObject({ state: 'running', wallet: { state: 'unlocked', unattended: 'none' } });
  });

  it('speaks to the live network as its nodes do, and takes only slots that it could prove', async () => {
    const { wallet } = await aKnownWallet();
    const peer = '/ip4/1.2.3.4/tcp/5';
    const settings = { ...live, network: { ...live.network, bootstrap: ['spr:abc'] }, peers: [peer] };
    const { application, started } = await anApplication({ wallet, settings });
    await application.start();
    expect(started).toEqual([
      expect.objectContaining({
        libp2p: { module: 'no thread', protocol: '/archivist/blockexc/1.0.0' },
        discovery: {
          bootstrap: ['spr:abc'],
          listen: { host: '0.0.0.0', port: 8070, discoveryPort: 8090 },
          mapsPorts: true,
          announceHost: undefined,
        },
        mustBeVerifiable: true,
        peers: [{ host: '1.2.3.4', port: 5 }],
      }),
    ]);
  });

  it('says that there is no wallet, and starts as soon as there is one', async () => {
    const { wallet } = await aWallet();
    const { application, row, ask, reaches } = await anApplication({ wallet });
    const start = application.start();
    await reaches('failed');
    expect(row()).toMatchObject({ failure: { code: 'NO_WALLET' }, wallet: { state: 'none' } });
    const from = { kind: 'privateKey', privateKey: known.privateKey };
    await ask('importWallet', { from, passphrase: passphrase.reveal() });
    await start;
    expect(row()).not.toHaveProperty('failure');
    expect(row()).toMatchObject({ state: 'running', wallet: { address: known.address } });
  });

  it('shows what is wrong with a wallet that cannot be unlocked, and keeps running', async () => {
    const { wallet, file } = await aKnownWallet();
    await wallet.lock();
    await writeFile(file, 'harmed');
    const { application, row, reaches, unlock } = await anApplication({ wallet });
    const start = application.start().catch(() => {});
    await reaches('locked');
    expect(row()).toMatchObject({
      failure: { code: 'WALLET_DAMAGED' },
      wallet: { failure: { code: 'WALLET_DAMAGED' } },
    });
    expect(await unlock()).toMatchObject({ error: { code: 'WALLET_DAMAGED' } });
    await application.stop();
    await start;
  });

  it('is stopped while it waits', async () => {
    const { application, row, reaches } = await anApplication({ wallet: await aLockedWallet() });
    const start = expect(application.start()).rejects.toMatchObject({ name: 'AbortError' });
    await reaches('locked');
    await application.stop();
    await start;
    expect(row()?.state).toBe('stopped');
  });

  it('is called off by the signal of its start while it waits', async () => {
    const { application, reaches } = await anApplication({ wallet: await aLockedWallet() });
    const controller = new AbortController();
    const start = expect(application.start(controller)).rejects.toMatchObject({ name: 'AbortError' });
    await reaches('locked');
    controller.abort();
    await start;
  });

  it('stops its node when the wallet is locked, and starts another one when it is unlocked', async () => {
    const { wallet } = await aKnownWallet();
    const { application, log, started, row, ask, reaches, unlock } = await anApplication({ wallet });
    const first = await application.start();
    expect(await ask('lockWallet')).toEqual({ ok: true, value: null });
    expect([log, wallet.status.state, application.node]).toEqual([['node stopped'], 'locked', undefined]);
    await reaches('locked');
    await unlock();
    await reaches('running');
    expect(application.node).not.toBe(first);
    expect(started).toHaveLength(2);
    await application.stop();
    expect([log, row()?.state, wallet.status.state]).toEqual([
      ['node stopped', 'node stopped'],
      'stopped',
      'locked',
    ]);
  });

  it('locks all the same once while it is asked twice', async () => {
    const { wallet } = await aKnownWallet();
    const { application, log, ask, reaches } = await anApplication({ wallet });
    await application.start();
    await Promise.all([ask('lockWallet'), ask('lockWallet')]);
    await reaches('locked');
    expect(log).toEqual(['node stopped']);
  });

  it('locked while it starts, unwinds that start and goes on with it once it is unlocked', async () => {
    const { wallet } = await aKnownWallet();
    const gates = [new Gate(), new Gate()];
    const makeNode: MakeNode = async (log, signal) => {
      try {
        await untilAborted(gates[log.length]?.pass() ?? Promise.resolve(), signal);
        return await fakeNode(log);
      } finally {
        await settled();
        log.push('start unwound');
      }
    };
    const { application, ask, reaches, unlock, row } = await anApplication({ wallet, makeNode });
    const start = application.start();
    await gates[0]?.reached;
    await ask('lockWallet');
    await reaches('locked');
    await unlock();
    await gates[1]?.reached;
    gates[1]?.open();
    expect(application.node).toBe(undefined);
    expect(await start).toBe(application.node);
    expect(row()?.state).toBe('running');
  });

  it('is stopped while it locks', async () => {
    const { wallet } = await aKnownWallet();
    const { application, ask, log, row } = await anApplication({ wallet });
    await application.start();
    const locking = ask('lockWallet');
    await application.stop();
    await locking;
    expect([log, row()?.state]).toEqual([['node stopped'], 'stopped']);
  });

  it('refuses to lock while slots have to be proven, says what it would cost, and does so when told to all the same', async () => {
    const { wallet } = await aKnownWallet();
    const makeNode: MakeNode = (log) => fakeNode(log, atStake(2));
    const { application, ask, row } = await anApplication({ wallet, makeNode });
    await application.start();
    expect(await ask('lockWallet')).toMatchObject({
      error: {
        code: 'SLOTS_AT_STAKE',
        message: expect.stringMatching(/^2 slots .* up to 3(?:\.0+)? TST would be lost\.$/) as string,
        details: { slots: 2, atRisk: 3n * 10n ** 18n },
      },
    });
    expect([row()?.state, wallet.status.state]).toEqual(['running', 'unlocked']);
    expect(await ask('lockWallet', { force: true })).toEqual({ ok: true, value: null });
    expect(wallet.status.state).toBe('locked');
  });

  it('is locked though the node that sold with it did not end well', async () => {
    const { wallet } = await aKnownWallet();
    const makeNode: MakeNode = async (log) => ({
      ...(await fakeNode(log)),
      stop: () => Promise.reject(new Error('It does not end.')),
    });
    const { application, ask } = await anApplication({ wallet, makeNode });
    await application.start();
    expect(await ask('lockWallet')).toEqual({ ok: true, value: null });
    expect(wallet.status.state).toBe('locked');
  });

  it('stays on a network while slots have to be proven there, unless told to leave all the same', async () => {
    const { wallet } = await aKnownWallet();
    const makeNode: MakeNode = (log) => fakeNode(log, atStake(2));
    const { application, ask, row, started } = await anApplication({ wallet, makeNode });
    await application.start();
    const use = async (network: object) => {
      const atTerminal = async (name: string, input: object) =>
        decode(await application.commandRouter.dispatch(name, encode(input))) as Reply;
      const reply = await atTerminal('proposeNetworkUse', { network });
      const { hash } = (reply as unknown as { value: { hash: string } }).value;
      expect(await atTerminal('useNetwork', { hash })).toMatchObject({ ok: true });
    };
    // The same contract by another server: its slots go on to be proven.
    await use({ ...live.network, rpcUrls: ['http://127.0.0.1:2'] });
    expect(await ask('restartNode')).toEqual({ ok: true, value: null });
    await expect.poll(() => row()?.state).toBe('running');
    await use({ ...live.network, marketplace: `0x${'22'.repeat(20)}` });
    expect(await ask('restartNode')).toMatchObject({
      error: {
        code: 'SLOTS_AT_STAKE',
        message: expect.stringMatching(/^2 slots .* another network .* up to 3(?:\.0+)? TST/) as string,
      },
    });
    expect([row()?.state, started.length]).toEqual(['running', 2]);
    expect(await ask('restartNode', { force: true })).toEqual({ ok: true, value: null });
    await expect.poll(() => started.length).toBe(3);
    const [first, second, third] = started.map(({ dataDir }) => dataDir);
    expect(second).toBe(first);
    expect(third).toBe(join(first ?? '', 'nodes', `5-0x${'22'.repeat(20)}`));
  });

  it('sells with the key of the environment, which is taken out of it at once', async () => {
    process.env['SLOTKEEPER_PRIVATE_KEY'] = known.privateKey;
    const { application, started, row } = await anApplication();
    expect(process.env).not.toHaveProperty('SLOTKEEPER_PRIVATE_KEY');
    await application.start();
    expect(started[0]?.signer.address).toBe(known.address);
    expect(row()?.wallet).toEqual({ state: 'unlocked', address: known.address, unattended: 'environment' });
  });

  it('refuses to start with a key of the environment that is none', async () => {
    process.env['SLOTKEEPER_PRIVATE_KEY'] = 'ab'.repeat(31);
    const { application, row } = await anApplication();
    await expect(application.start()).rejects.toMatchObject({ code: 'BAD_PRIVATE_KEY' });
    expect(row()).toMatchObject({ state: 'failed', failure: { code: 'BAD_PRIVATE_KEY' } });
    expect(JSON.stringify(row())).not.toContain('abab');
  });

  it('unlocks with the passphrase of the environment in the folder of its data', async () => {
    const { dataDir } = await aKnownWallet();
    process.env['SLOTKEEPER_PASSPHRASE_FILE'] = join(dataDir, 'passphrase');
    await writeFile(join(dataDir, 'passphrase'), passphrase.reveal(), { mode: 0o600 });
    const { application, row } = await anApplication({ dataDir });
    await application.start();
    expect(row()?.wallet).toMatchObject({ state: 'unlocked', unattended: 'environment' });
  });
});
