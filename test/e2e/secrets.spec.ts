import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Contract, HDNodeWallet, JsonRpcProvider, parseEther, toQuantity, Wallet } from 'ethers';
import type { Page } from '@playwright/test';
import { silentLogger } from '../../src/main/engine/logger.ts';
import { openDatabase } from '../../src/main/engine/stores/database.ts';
import { launchPractice } from '../../src/main/practice/launch.ts';
import type { PracticeInfo } from '../../src/main/practice/practice.ts';
import { temporaryFolder } from '../support/headless.ts';
import { searchFolder, searchForSecrets, type SoughtSecrets } from '../support/searchforsecrets.ts';
import { createOffer, expect, openPage, statusLine, test } from './fixtures.ts';

const outFolder = resolve(import.meta.dirname, '../../out/main');

// A trace would keep what is typed into fields in the page itself. The flag has snapshots hold long texts whole.
test.use({
  trace: 'off',
  launchOptions: async ({ launchOptions }, provide) =>
    provide({ ...launchOptions, args: ['--js-flags=--heap-snapshot-string-limit=100000000'] }),
});

test('the key is found nowhere outside its wallet, the passphrase only in the call that unlocks', async ({
  page,
  dataDir,
  startNode,
}) => {
  const owner = HDNodeWallet.createRandom();
  const words = owner.mnemonic?.phrase ?? '';
  const passphrase = 'eleven otters carry umbrellas';
  const mistyped = 'eleven otters marry umbrellas';
  const ofWallet: SoughtSecrets = { privateKeys: [owner.privateKey], mnemonics: [words] };
  const secrets: SoughtSecrets = { ...ofWallet, passphrases: [passphrase, mistyped] };

  await using practice = await startPractice();
  await fund(owner.address, practice.info);
  await useAsLiveNetwork(practice.info, dataDir);
  const imported = slotkeeper(['wallet', 'import', 'mnemonic', '--data', dataDir], [words, passphrase]);
  expect(imported).toContain(owner.address.toLowerCase());

  const traffic = recordTraffic(page);
  const { process: node, url } = await startNode({ logLevel: 'trace' });

  await test.step('the window unlocks the wallet', async () => {
    await page.goto(url);
    await typePassphrase(page, mistyped);
    await expect(page.getByText('The wallet was not unlocked.')).toBeVisible();
    await expect(page.getByLabel('Passphrase')).toHaveValue('');
    await typePassphrase(page, passphrase);
    await expect(statusLine(page)).toContainText('Nothing offered yet');
  });

  await test.step('the key signs, and every page is seen', async () => {
    await createOffer(page);
    await expect.poll(() => practice.transactionsOf(owner.address), { timeout: 90_000 }).toBeGreaterThan(0);
    for (const name of ['Home', 'Offers', 'Sales', 'Queue', 'Activity', 'Settings'])
      await openPage(page, name);
  });

  await test.step('the page holds none of it', async () => {
    const planted = await plantSecrets(page);
    const snapshot = await heapSnapshot(page);
    const plantedForms = [...new Set(searchForSecrets(snapshot, planted))];
    expect(plantedForms).toEqual(formsOfPlanted);
    expect(searchForSecrets(snapshot, secrets)).toEqual([]);
    expect(searchForSecrets(await documentText(page), secrets)).toEqual([]);
  });

  await test.step('nor does anything on its way', async () => {
    const { sent, received, http } = await traffic.all();
    for (const text of [...received, ...http]) expect(searchForSecrets(text, secrets)).toEqual([]);
    for (const text of sent) expect(searchForSecrets(text, ofWallet)).toEqual([]);
    const withPassphrase = sent.filter((text) => searchForSecrets(text, secrets).length > 0);
    expect(withPassphrase.map((text) => JSON.parse(text).name)).toEqual(['unlockWallet', 'unlockWallet']);
  });

  await test.step('nor logs, nor the data folder', async () => {
    const exported = slotkeeper(['logs', 'export', '-', '--data', dataDir]);
    expect(await node.stop()).toBe(0);
    const records = await databaseText(dataDir);
    expect(exported.includes('"Transaction made"')).toBe(true);
    for (const text of [imported, exported, node.output, records])
      expect(searchForSecrets(text, secrets)).toEqual([]);
    expect(await searchFolder(dataDir, secrets)).toEqual([]);
  });
});

// By the keyboard: a script that fills the field in would itself leave the text in the page's memory.
async function typePassphrase(page: Page, text: string): Promise<void> {
  await page.getByLabel('Passphrase').focus();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

/** Made-up secrets in the page, in every form that the search knows, to see that it finds them there. */
async function plantSecrets(page: Page): Promise<SoughtSecrets> {
  const digits = `a700${'5e1d93c4'.repeat(7)}2bf6`;
  const bytes = Buffer.from(digits, 'hex');
  const words = 'alpha bravo candy delta eagle fable giant habit idle jacket kangaroo label';
  const passphrase = 'planted by the test itself';
  const values = [
    // Far behind the beginning of a long text.
    `${'.'.repeat(100_000)}${digits}`,
    BigInt(`0x${digits}`).toString(),
    bytes.toString('latin1'),
    JSON.stringify([...bytes]),
    bytes.toString('base64'),
    words,
    passphrase,
    Buffer.from(passphrase).toString('hex'),
    Buffer.from(passphrase).toString('base64'),
  ];
  await page.evaluate((planted) => void Object.assign(window, { planted }), values);
  return { privateKeys: [digits], mnemonics: [words], passphrases: [passphrase] };
}

const formsOfPlanted = [
  'private key as hex',
  'private key as decimal number',
  'private key as bytes',
  'private key as list of bytes',
  'private key as base64',
  'words of a mnemonic',
  'passphrase',
  'passphrase as JSON',
  'passphrase as hex',
  'passphrase as base64',
];

/** All texts that the page's scripts still hold once its garbage was collected, one byte a letter. */
async function heapSnapshot(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.takeHeapSnapshot', { captureNumericValue: true });
  await session.detach();
  const { strings } = JSON.parse(chunks.join('')) as { strings: string[] };
  return Buffer.from(strings.join('\n'), 'latin1');
}

/** The document and what it has stored, which are no part of the scripts' heap. */
async function documentText(page: Page): Promise<string> {
  const stored = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]));
  return `${await page.content()}\n${stored}`;
}

/** What the window and the node say to each other from now on. */
function recordTraffic(page: Page) {
  const sent: string[] = [];
  const received: string[] = [];
  const http: Promise<string>[] = [];
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => void sent.push(String(payload)));
    socket.on('framereceived', ({ payload }) => void received.push(String(payload)));
  });
  page.on('request', (request) => {
    http.push(
      request.allHeaders().then((headers) => JSON.stringify([request.url(), headers, request.postData()])),
    );
  });
  page.on('response', (response) => {
    http.push(
      response.allHeaders().then((headers) => JSON.stringify(headers)),
      response.text(),
    );
  });
  return { all: async () => ({ sent, received, http: await Promise.all(http) }) };
}

/** The practice network in a process and a folder of its own, as if it were one with real money. */
async function startPractice() {
  const folder = await temporaryFolder();
  const { signal } = new AbortController();
  const practice = await launchPractice(
    { folder: folder.path, logger: silentLogger, daemonPath: join(outFolder, 'practice.js') },
    { family: 'direct', exchange: 'tcp', peers: 'told', scenario: 'demo', speed: 15, seed: 1, signal },
  );
  const provider = new JsonRpcProvider(practice.info.rpcUrl, undefined, { cacheTimeout: -1 });
  return {
    info: practice.info,
    transactionsOf: (address: string) => provider.getTransactionCount(address),
    [Symbol.asyncDispose]: async () => {
      provider.destroy();
      await practice.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function fund(address: string, { rpcUrl, hostKey, token }: PracticeInfo): Promise<void> {
  const provider = new JsonRpcProvider(rpcUrl);
  await provider.send('anvil_setBalance', [address, toQuantity(parseEther('1000'))]);
  const minter = new Wallet(hostKey.reveal(), provider);
  const money = new Contract(token, ['function mint(address to, uint256 value)'], minter);
  const { hash } = await money.getFunction('mint').send(address, parseEther('10000'));
  await provider.waitForTransaction(hash);
  provider.destroy();
}

async function useAsLiveNetwork({ rpcUrl, deployment }: PracticeInfo, dataDir: string): Promise<void> {
  const { marketplace, deployedAtBlock } = deployment;
  const network = { kind: 'custom', rpcUrls: [rpcUrl], marketplace, deployedAtBlock };
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ onboarded: true, network }));
}

/** Runs a command, and answers with all it printed. */
function slotkeeper(args: readonly string[], input: readonly string[] = []): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(outFolder, 'slotkeeper.js'), ...args],
    { input: input.map((line) => `${line}\n`).join(''), encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  expect(status, stderr).toBe(0);
  return stdout + stderr;
}

/** The records of the database as they are before it compresses them. */
async function databaseText(dataDir: string): Promise<string> {
  const database = await openDatabase({ folder: dataDir, logger: silentLogger });
  const records = await database.list('');
  await database.close();
  expect(records).not.toEqual([]);
  return records.flat().join('\n');
}
