import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HDNodeWallet, Transaction } from 'ethers';
import { afterEach, describe, expect, it } from 'vitest';
import { Application, type ApplicationModules } from '../../../src/main/application.ts';
import { askedAtTerminal } from '../../../src/main/confirm.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import type { NodeOptions } from '../../../src/main/engine/node.ts';
import { createLogging } from '../../../src/main/logging/logging.ts';
import { parseSettings } from '../../../src/main/settings-file.ts';
import { servePage } from '../../../src/main/shell/ipc.ts';
import { Wallet } from '../../../src/main/wallet/wallet.ts';
import { startWebServer } from '../../../src/main/web/server.ts';
import { createWebSocketBridge } from '../../../src/renderer/src/api/websocket-bridge.ts';
import { channels } from '../../../src/shared/channels.ts';
import type { Bridge, Reply } from '../../../src/shared/contract.ts';
import { decode, encode } from '../../../src/shared/json.ts';
import { desktop, ipcRenderer } from '../../doubles/electron.ts';
import { until } from '../../support/bridgesuite.ts';
import { fakeNode } from '../../support/fakenode.ts';
import { FakePage } from '../../support/fakepage.ts';
import { searchFolder, searchForSecrets, type SoughtSecrets } from '../../support/searchforsecrets.ts';
import { tempFolder } from '../../support/tempfolder.ts';
import { FakeSecretBox, known } from '../../support/walletfixtures.ts';

const closing: (() => Promise<unknown> | void)[] = [];
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
const first = 'my "first" pass\\phrase é';
// Short, as an engine quotes only short texts whole that it cannot read.
const second = 'second: a phrase';

/** An application that logs all it can, in the folder of its data. */
async function anApplication() {
  const dataDir = await tempFolder();
  const logging = createLogging({ folder: join(dataDir, 'logs'), level: 'trace' });
  const started: NodeOptions[] = [];
  const createNode: ApplicationModules['createNode'] = async (options) => {
    started.push(options);
    return fakeNode([]);
  };
  const wallet = new Wallet(
    {
      folder: join(dataDir, 'wallet'),
      logger: logging.logger.child('wallet'),
      secretBox: new FakeSecretBox(),
    },
    { scryptN: 2 },
  );
  const application = new Application(
    { logging, wallet, createNode, confirm: askedAtTerminal },
    {
      dataDir,
      settings: parseSettings('a test', live),
      daemonPath: 'no daemon',
      libp2pPath: 'no thread',
      version: '0.0.0',
    },
  );
  closing.push(
    () => logging.close(),
    () => application.stop(),
  );
  return { application, dataDir, started };
}

/** What a page has under Electron, and in a browser. */
const ways: Record<string, (application: Application) => Promise<Bridge>> = {
  'Electron’s channels': async ({ router, events }) => {
    desktop.reset();
    const page = {
      getURL: () => 'app://bundle/index.html',
      send: (_: string, message: string) => tell(message),
    };
    const listeners = new Set<(message: string) => void>();
    const tell = (message: string) => listeners.forEach((listener) => listener(message));
    closing.push(servePage({ router, events, pages: () => [page], logger: silentLogger }));
    return {
      invoke: async (name, input) => String(await ipcRenderer.invoke(channels.call, name, input)),
      subscribe: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
  },
  'a WebSocket': async ({ router, events }) => {
    const rendererFolder = await mkdtemp(join(tmpdir(), 'slotkeeper-web-'));
    await writeFile(join(rendererFolder, 'index.html'), '<!doctype html>');
    const server = await startWebServer({ router, events, rendererFolder, logger: silentLogger });
    const page = new FakePage(server.url);
    const bridge = createWebSocketBridge(page, { open: (url, protocols) => page.open(url, protocols) });
    closing.push(
      () => rm(rendererFolder, { recursive: true }),
      () => server.close(),
      () => bridge.close(),
    );
    await new Promise<void>((resolve) => bridge.onConnection((isConnected) => isConnected && resolve()));
    return bridge;
  },
};

/** A page that writes down all it is told. */
function aPage(bridge: Bridge) {
  const told: { name: string; text: string }[] = [];
  closing.push(bridge.subscribe((text) => told.push({ name: 'event', text })));
  const askText = async (name: string, input: string) => {
    const text = await bridge.invoke(name, input);
    told.push({ name, text });
    return decode(text) as Reply;
  };
  const ask = (name: string, input: object = {}) => askText(name, encode(input));
  const code = async (name: string, input: object = {}) => {
    const reply = await ask(name, input);
    return reply.ok ? 'ok' : reply.error.code;
  };
  return { told, ask, askText, code };
}

describe.each(Object.entries(ways))('over %s', (_name, open) => {
  it('nothing that is secret is told, logged or kept, but the words of a new wallet once in their answer', async () => {
    const { application, dataDir, started } = await anApplication();
    const start = application.start();
    const { told, ask, askText, code } = aPage(await open(application));
    const isRunning = () => until(() => application.node !== undefined);

    const created = await ask('createWallet', { passphrase: first });
    const { words, positions } = (created as { value: unknown }).value as {
      words: string[];
      positions: number[];
    };
    const repeated = positions.map((position) => words[position]);
    expect(await code('confirmMnemonic', { words: [...repeated].reverse() })).toBe('WORDS_DO_NOT_MATCH');
    expect(await code('confirmMnemonic', { words: repeated })).toBe('ok');
    await start;
    const asked = { type: 2, chainId: 5, nonce: 3, to: known.address, value: 0n, gasLimit: 21_000n };
    const on = { signal: new AbortController().signal };
    const signed = await started[0]?.signer.sign(asked, on);
    application.logger.info('Signed', { signed, signer: started[0]?.signer });
    expect(await code('lockWallet')).toBe('ok');
    const refusal: unknown = await started[0]?.signer.sign(asked, on).catch((error: unknown) => error);
    application.logger.error('Not signed', { error: refusal });
    expect(await code('unlockWallet', { passphrase: second })).toBe('WRONG_PASSPHRASE');
    expect(await code('unlockWallet', { passphrase: first })).toBe('ok');
    await isRunning();
    expect(await code('changePassphrase', { passphrase: first, newPassphrase: second })).toBe('ok');
    expect(await code('setUnattended', { kind: 'keyStore', passphrase: second })).toBe('ok');
    expect(await code('exportWallet', { what: 'privateKey', passphrase: second })).toBe(
      'CONFIRM_AT_TERMINAL',
    );
    expect(await code('createWallet', { passphrase: second })).toBe('WALLET_EXISTS');

    // What a page does wrong, with secrets in the wrong places.
    const key = HDNodeWallet.fromPhrase(words.join(' ')).privateKey;
    const phrase = words.join(' ');
    const from = { kind: 'mnemonic', mnemonic: phrase };
    const bad: [string, object][] = [
      ['importWallet', { from, passphrase: second }],
      ['importWallet', { from: { ...from, kind: phrase }, passphrase: second }],
      ['importWallet', { from: { kind: 'mnemonic', mnemonic: words }, passphrase: second }],
      ['importWallet', { from: { kind: 'privateKey', privateKey: { key } }, passphrase: second }],
      ['importWallet', { from: key, passphrase: 12 }],
      ['unlockWallet', { passphrase: [second] }],
      ['unlockWallet', { passphrase: second.repeat(100) }],
      ['exportWallet', { what: second, passphrase: second }],
      ['setUnattended', { kind: first }],
    ];
    for (const [name, input] of bad) expect(await code(name, input)).toMatch(/^(?:BAD_INPUT|WALLET_EXISTS)$/);
    for (const text of [second, `"${first}`, `{"passphrase": ${key}}`, `{"a": "${phrase}}`])
      expect(await askText('unlockWallet', text)).toMatchObject({ error: { code: 'BAD_INPUT' } });

    expect(await code('lockWallet')).toBe('ok');
    expect(await code('removeWallet')).toBe('ok');
    expect(
      await code('importWallet', { from: { ...from, mnemonic: `${phrase} zoo` }, passphrase: first }),
    ).toBe('BAD_MNEMONIC');
    expect(
      await code('importWallet', {
        from: { kind: 'privateKey', privateKey: key.slice(0, -1) },
        passphrase: first,
      }),
    ).toBe('BAD_PRIVATE_KEY');
    expect(
      await code('importWallet', {
        from: { kind: 'keystore', keystore: key, keystorePassphrase: second },
        passphrase: first,
      }),
    ).toBe('BAD_KEYSTORE');
    expect(
      await code('importWallet', { from: { kind: 'privateKey', privateKey: key }, passphrase: first }),
    ).toBe('ok');
    await isRunning();
    await ask('recentLogs', { limit: 2000 });
    await ask('walletStatus');
    await ask('snapshot');
    await application.stop();

    const secrets: SoughtSecrets = { privateKeys: [key], mnemonics: [phrase], passphrases: [first, second] };
    const answers = told.filter(({ name }) => name === 'createWallet').map(({ text }) => text);
    const rest = told.filter(({ text }) => text !== answers[0]);
    expect(Transaction.from(signed).from).toBe(HDNodeWallet.fromPhrase(phrase).address);
    expect(searchForSecrets(answers[0] ?? '', secrets)).toEqual(['words of a mnemonic']);
    expect(rest.map(({ name }) => name)).toContain('event');
    for (const { name, text } of rest) expect([name, searchForSecrets(text, secrets)]).toEqual([name, []]);
    expect(await searchFolder(dataDir, secrets)).toEqual([]);
  });
});
