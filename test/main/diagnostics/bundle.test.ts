import { mkdir, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { HDNodeWallet } from 'ethers';
import { expect, it, onTestFinished } from 'vitest';
import { makeDiagnostics } from '../../../src/main/diagnostics/bundle.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { createLogging } from '../../../src/main/logging/logging.ts';
import { LogArchive } from '../../../src/main/logging/archive.ts';
import { parseSettings, withoutSecrets } from '../../../src/main/settings-file.ts';
import { fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import type { LogLine } from '../../../src/shared/api.ts';
import type { LiveSnapshot } from '../../../src/shared/live.ts';
import { tableNames } from '../../../src/shared/rows.ts';
import { searchForSecrets } from '../../support/searchforsecrets.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const { signal } = new AbortController();
const wallet = HDNodeWallet.fromPhrase('test test test test test test test test test test test junk');
const phrase = HDNodeWallet.createRandom().mnemonic?.phrase ?? '';
const passphrase = 'eleven otters carry umbrellas';
const token = 'k9_Zb-A7dQ3mXv0pLr8TnWs2YhGfJc6uEiOa1BxCyDz';
const peerId = '16Uiu2HAmPLe7Mzm8TsYUubgCAW1aJoeFScxrLj8ppHFivPo97bUZ';
const hash = `scrypt$32768$8$1$${'c2FsdHNhbHRzYWx0'}$${token}`;

/** A node that was careless everywhere: what must not leave stands in its settings, its rows and its log. */
async function aCarelessNode() {
  const dataDir = await tempFolder();
  const settings = parseSettings('the test', {
    network: {
      kind: 'custom',
      name: 'Home net',
      rpcUrls: [
        'https://anna:hunter22@rpc.anna-secret.example/v3/apikey0123456789',
        `https://olga:hunt,33's@[2001:db8::77]:8545/olgaskey`,
      ],
      marketplace: `0x${'ab'.repeat(20)}`,
      abiFile: '/srv/annas-things/abi-of-anna.json',
    },
    access: {
      host: '192.168.77.20',
      port: 8443,
      names: ['box.anna-secret.example'],
      passwordHash: hash,
      tls: { certFile: '/etc/certs/of-olga/cert.pem', keyFile: '/etc/keys-of-olga/key.pem' },
    },
    metrics: { tokenSha256: '7e'.repeat(32) },
    peers: ['/dns4/friend.example/tcp/8070/p2p/x'],
    announceAddress: '203.0.113.77',
  });
  const logging = createLogging({ folder: join(dataDir, 'logs'), level: 'trace' });
  const log = logging.logger.child('careless');
  log.info('Started in ' + dataDir, { dataDir, home: join(homedir(), 'photos'), host: hostname() });
  log.warn(`The key is ${wallet.privateKey}`, { bytes: Buffer.from(wallet.privateKey.slice(2), 'hex') });
  log.error('Words', { error: new Error(`Not ${phrase}`), list: phrase.split(' '), account: wallet.address });
  log.info('Asked https://anna:hunter22@rpc.anna-secret.example/v3/apikey0123456789', { token, passphrase });
  log.info(`Refused olgaskey and hunt,33's of [2001:db8::77]:8545`, { url: settings.network });
  log.info('Full: /media/olgas-disk/slots/7, /etc/certs/of-olga, /srv/annas-things/x');
  log.info(`Peer ${peerId} at /ip4/198.51.100.23/tcp/8070`, { slotId: `0x51d7${'0'.repeat(56)}c27e` });
  log.info('Slot proven 51d7…c27e');
  await logging.close();
  const { tables: fixture } = fixtureSnapshot(1_795_000_000);
  const storage = fixture.storage.map((row) => ({ ...row, folder: '/media/olgas-disk/slots' }));
  const tables = { ...fixture, storage };
  const archive = new LogArchive({ folder: join(dataDir, 'logs') });
  return { dataDir, tables, archive, settings: withoutSecrets(settings), nowMs: 1_795_000_000_000 };
}

const sought = { privateKeys: [wallet.privateKey], mnemonics: [phrase], passphrases: [passphrase, token] };
const private_ = [
  'hunter22',
  'apikey0123456789',
  'anna-secret',
  'box.anna',
  hostname(),
  homedir(),
  '192.168.77.20',
  '203.0.113.77',
  '198.51.100.23',
  peerId,
  wallet.address,
  hash,
  '7e7e7e',
  'friend.example',
  'olga',
  'hunt,33',
  'db8::77',
  '2001:db8',
  'annas-things',
];

it('the diagnostics have nothing in them that was private', async () => {
  const facts = await aCarelessNode();
  const { text } = await makeDiagnostics(facts, { signal });
  expect(searchForSecrets(text, sought)).toEqual([]);
  for (const one of [...private_, facts.dataDir]) {
    if (one.length > 3) expect(text.toLowerCase()).not.toContain(one.toLowerCase());
  }
});

it('the diagnostics say enough to find a fault: how it is set, how it is, what failed, and its newest lines', async () => {
  const facts = await aCarelessNode();
  const { text, name, replaced } = await makeDiagnostics(facts, { signal, lines: 3, graveLines: 1 });
  expect(name).toBe('slotkeeper-diagnostics-2026-11-18.json');
  const document = JSON.parse(text);
  expect(document).toMatchObject({
    made: '2026-11-18T11:06:40.000Z',
    replaced,
    program: { node: process.version, platform: process.platform },
    settings: {
      network: { rpcUrls: ['https://server-1/[path]', 'https://server-2/[path]'], name: 'Home net' },
      workers: 3,
    },
    node: { state: 'running' },
    counts: { sales: { all: 28, downloading: 2 }, not_taken: { all: 3 } },
  });
  expect(document.failures.map(({ kind }: { kind: string }) => kind)).toEqual(['lost', 'proofMissed']);
  expect(document.grave_lines.map(({ message }: { message: string }) => message)).toEqual(['Words']);
  expect(document.newest_lines).toHaveLength(3);
  // A line of text for each, so that it can be read.
  expect(text.split('\n').filter((line) => line.includes('"level":"info"'))).toHaveLength(3);
});

it('the diagnostics are made where there is nothing to tell, too: no node, no chain, no log', async () => {
  const tables = Object.fromEntries(
    tableNames.map((name) => [name, []]),
  ) as unknown as LiveSnapshot['tables'];
  const archive = new LogArchive({ folder: join(await tempFolder(), 'none') });
  const { text } = await makeDiagnostics({ ...(await aCarelessNode()), tables, archive }, { signal });
  expect(JSON.parse(text)).toMatchObject({ counts: { offers: { all: 0 } }, newest_lines: [] });
  expect(JSON.parse(text)).not.toHaveProperty('chain');
});

it('the diagnostics call the same thing by the same name, so that lines still connect', async () => {
  const { text } = await makeDiagnostics(await aCarelessNode(), { signal });
  const lines: { message: string; fields: { slotId?: string } }[] = JSON.parse(text).newest_lines;
  const proven = lines.at(-1)?.message ?? '';
  expect(proven).toMatch(/^Slot proven id-\d+$/);
  expect(lines.at(-2)?.fields.slotId).toBe(proven.slice('Slot proven '.length));
});

it('a secret that is alive leaves by no way, also in a form that no rule knows', async () => {
  const secret = new Secret('otterly private');
  const facts = await aCarelessNode();
  await mkdir(join(facts.dataDir, 'logs'), { recursive: true });
  const line = { lvl: 'INF', ts: '2026-11-22T12:00:00.000Z', msg: 'otterly private', topics: '', tid: 0 };
  await writeFile(join(facts.dataDir, 'logs', 'slotkeeper.ndjson'), `${JSON.stringify(line)}\n`);
  const { text } = await makeDiagnostics(facts, { signal });
  expect(text).not.toContain(secret.reveal());
});

it('others have their turns while the diagnostics are made, and can call them off', async () => {
  const { tables, ...facts } = await aCarelessNode();
  const line = (n: number) => ({
    lvl: 'INF',
    ts: '2026-11-22T12:00:00.000Z',
    msg: `Line ${n}`,
    topics: '',
    tid: 0,
  });
  const lines = Array.from({ length: 50 }, (_, n) => ({ json: JSON.stringify(line(n)) })) as LogLine[];
  const archive = { page: async () => ({ lines, leftBytes: 0 }) };
  const controller = new AbortController();
  let turns = 0;
  const others = () => {
    turns += 1;
    if (turns < 120) next = setImmediate(others);
    else controller.abort();
  };
  let next = setImmediate(others);
  onTestFinished(() => clearImmediate(next));
  const made = makeDiagnostics({ ...facts, tables, archive }, { signal: controller.signal });
  await expect(made).rejects.toThrow();
  expect(turns).toBe(120);
});
