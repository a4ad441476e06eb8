import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Wallet } from 'ethers';
import { readSettings } from '../../../src/main/settings-file.ts';
import { aCommandDesk, FakeRunningNode } from '../../support/commanddesk.ts';
import { nodeRow } from '../../support/livefixtures.ts';
import { devnet, OTHER_ADDRESS, published, testnet } from '../../support/networkfixtures.ts';
import { known } from '../../support/walletfixtures.ts';

const ID = 'archivist-testnet';

describe('Commands without a node', () => {
  it.each([
    ['status'],
    ['offers', 'list'],
    ['sales', 'list'],
    ['queue', 'list'],
    ['why-not'],
    ['risk'],
    ['earnings', 'totals'],
    ['logs', 'follow'],
    ['wallet', 'lock'],
    ['practice-speed', '1'],
  ])('that need one say so, and how to start it, with code 3 (%s %s)', async (...args) => {
    const { run, dataDir } = await aCommandDesk();
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(/^NODE_NOT_RUNNING: The node is not running\. Start it with "slotkeeper run"/);
    expect(err).toContain(dataDir);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('tell machines the code in JSON', async () => {
    const { run } = await aCommandDesk();
    const { code, out, err } = await run('status', '--json');
    expect([code, out]).toEqual([3, '']);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'NODE_NOT_RUNNING' } });
  });
});

describe('The program', () => {
  it('shows its help where it is asked for, and where no command is named', async () => {
    const { run } = await aCommandDesk();
    const asked = await run('--help');
    expect([asked.code, asked.err]).toEqual([0, '']);
    expect(asked.out).toMatch(/Usage: slotkeeper.*status.*Ends with 0/s);
    const bare = await run();
    expect([bare.code, bare.out]).toEqual([2, '']);
    expect(bare.err).toMatch(/Usage: slotkeeper/);
    expect((await run('--version')).out).toBe('1.2.3');
  });

  it('says what was meant by a command it does not know', async () => {
    const { run } = await aCommandDesk();
    expect(await run('stauts')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('Did you mean status?'),
    });
  });

  it('runs a node with the flags of the headless one', async () => {
    const { run, served, dataDir } = await aCommandDesk();
    expect((await run('run', '--port', '81', '--family', 'vault')).code).toBe(0);
    expect((await run('start', '--demo')).code).toBe(0);
    expect(served).toMatchObject([{ dataDir, port: 81, family: 'vault', demo: false }, { demo: true }]);
    const { code, err } = await run('run', '--json');
    expect([code, err.includes('belong to --demo')]).toEqual([2, true]);
  });
});

describe('slotkeeper network', () => {
  it('lists the networks and marks the chosen one', async () => {
    const { run } = await aCommandDesk();
    const { out } = await run('network', 'list');
    expect(out).toMatch(/^\* +practice/m);
    expect(out).toMatch(new RegExp(`^ +${ID} .*direct +421614 +${testnet.marketplace} +built in$`, 'm'));
    expect((await run('network', 'list', '--json')).json()).toMatchObject([
      { id: 'practice', isChosen: true },
      {},
      {},
    ]);
    expect((await run('network', 'show', 'archivist-devnet')).out).toMatch(/Tokens held by +a vault/);
    expect((await run('network', 'show', 'mainnet')).code).toBe(2);
  });

  it('shows new data and how to accept them where nobody can be asked, and accepts by that hash', async () => {
    const { run, dataDir } = await aCommandDesk();
    const file = join(dataDir, 'new.json');
    await writeFile(file, published({ marketplace: OTHER_ADDRESS }));
    const { code, out, err } = await run('network', 'refresh', ID, file);
    expect(code).toBe(0);
    expect(out).toContain(`! Marketplace: ${testnet.marketplace} → ${OTHER_ADDRESS}`);
    const [, hash = ''] = /network accept archivist-testnet ([0-9a-f]{64})/.exec(err) ?? [];
    expect((await run('network', 'show', ID)).out).toContain(testnet.marketplace);
    expect((await run('network', 'accept', ID, 'f'.repeat(64))).err).toContain('NETWORK_NOT_PROPOSED');
    expect((await run('network', 'accept', ID, hash)).out).toContain('next start');
    expect((await run('network', 'show', ID)).out).toMatch(new RegExp(`${OTHER_ADDRESS}`));
  });

  it('asks at the terminal, calls another kind of contract out, and goes back', async () => {
    const { run, terminal, dataDir } = await aCommandDesk();
    const file = join(dataDir, 'new.json');
    await writeFile(file, published({ abi: devnet.abi }));
    terminal.canAsk = true;
    terminal.answers.push('no', 'y', 'yes');
    expect((await run('network', 'refresh', ID, file)).err).toContain('Nothing was changed');
    expect((await run('network', 'show', ID)).out).toContain('the marketplace itself');
    expect((await run('network', 'refresh', ID, file)).out).toMatch(/! ANOTHER KIND OF CONTRACT.*Accepted/s);
    expect((await run('network', 'show', ID)).out).toContain('a vault');
    expect((await run('network', 'revert', ID)).code).toBe(0);
    expect((await run('network', 'show', ID)).out).toMatch(/the marketplace itself/);
  });

  it('chooses a network and says when it counts', async () => {
    const { run, dataDir } = await aCommandDesk();
    const chosen = await run(
      'network',
      'use',
      'archivist-devnet',
      '--rpc',
      'wss://a.example',
      '--max-fee',
      '2',
      '--yes',
    );
    expect(chosen.out).toMatch(
      /! ANOTHER KIND.*Chosen: archivist-devnet\. The node takes it up at its next start/s,
    );
    expect(await readSettings(dataDir)).toMatchObject({
      network: { id: 'archivist-devnet', rpcUrls: ['wss://a.example'], maxFeeGwei: 2 },
    });
    const own = [
      '--rpc',
      'http://a.example',
      '--address',
      OTHER_ADDRESS,
      '--name',
      'Mine',
      '--family',
      'vault',
    ];
    expect(
      (await run('network', 'use', 'custom', ...own, '--chain-id', '5', '--yes', '--json')).json(),
    ).toMatchObject({
      id: 'custom',
      accepted: true,
    });
    expect(await readSettings(dataDir)).toMatchObject({
      network: { kind: 'custom', name: 'Mine', chainId: 5 },
    });
  });

  it.each([
    [['use', 'mainnet'], /one of practice, archivist-testnet/],
    [['use', 'custom', '--rpc', 'http://a.example'], /marketplace/],
    [['use', 'custom', '--address', OTHER_ADDRESS], /at least one RPC server/],
    [['use', ID, '--rpc', 'ftp://a'], /rpcUrls/],
    [['use', ID, '--max-fee', 'much'], /maxFeeGwei/],
    [['accept', ID, '12'], /64 digits/],
  ])('refuses %j with code 2', async (args, problem) => {
    const { run } = await aCommandDesk();
    const { code, err } = await run('network', ...args);
    expect(err).toMatch(problem);
    expect(code).toBe(2);
  });

  it('ends with code 1 when no node could start on a network', async () => {
    const { run } = await aCommandDesk();
    const own = ['--rpc', 'http://127.0.0.1:1', '--address', OTHER_ADDRESS, '--yes'];
    expect((await run('network', 'use', 'custom', ...own)).code).toBe(0);
    const { code, out } = await run('network', 'check');
    expect(code).toBe(1);
    expect(out).toMatch(/A node cannot start here \(CHAIN_UNREACHABLE\)/);
    expect((await run('network', 'check', 'practice')).code).toBe(0);
  });
});

describe('slotkeeper storage', () => {
  const slot = `0x${'ab'.repeat(32)}`;

  it('copies the slots to another folder, and says what is under way', async () => {
    const { run, dataDir } = await aCommandDesk();
    await mkdir(join(dataDir, 'slots', slot), { recursive: true });
    await writeFile(join(dataDir, 'slots', slot, 'data.pack'), Buffer.alloc(100, 1));
    const to = join(dataDir, '..', `${basename(dataDir)}.moved`);
    onTestFinished(() => rm(to, { recursive: true, force: true }));
    expect((await run('storage', 'show')).out).toBe(`folder  ${join(dataDir, 'slots')}`);
    const moved = await run('storage', 'move', to);
    expect([moved.code, moved.err]).toEqual([0, '']);
    expect(moved.out).toBe(
      `All slots are copied to ${to}. Start the node: it uses them there and deletes the old ones.`,
    );
    expect(await readdir(to)).toEqual([slot]);
    expect((await run('storage', 'show', '--json')).json()).toMatchObject({ move: { to, isCopied: true } });
    expect((await run('storage', 'show')).out).toMatch(/moving to +.*used from the next start/s);
    expect((await run('storage', 'cancel')).out).toContain('stay where they are');
    expect(await readdir(to)).toEqual([]);
    expect((await run('storage', 'cancel')).out).toBe('No move is under way.');
  });

  it('moves those of the network that is chosen, which has a folder of its own', async () => {
    const { run, dataDir } = await aCommandDesk();
    await writeFile(
      join(dataDir, 'node-folders.json'),
      JSON.stringify({ version: 1, dataFolder: 'practice-vault' }),
    );
    const own = join(dataDir, 'nodes', 'practice-direct');
    for (const [folder, name] of [
      [dataDir, `0x${'cd'.repeat(32)}`],
      [own, slot],
    ] as const) {
      await mkdir(join(folder, 'slots', name), { recursive: true });
      await writeFile(join(folder, 'slots', name, 'data.pack'), Buffer.alloc(100, 1));
    }
    const to = join(dataDir, '..', `${basename(dataDir)}.moved`);
    onTestFinished(() => rm(to, { recursive: true, force: true }));
    expect((await run('storage', 'move', to)).code).toBe(0);
    expect(await readdir(to)).toEqual([slot]);
    expect(await readdir(own)).toContain('storage.json');
    expect(await readdir(dataDir)).not.toContain('storage.json');
  });

  it('works before the node was ever started, and refuses a folder that others use', async () => {
    const { run, dataDir } = await aCommandDesk();
    const to = join(dataDir, '..', `${basename(dataDir)}.moved`);
    await mkdir(join(to, 'photos'), { recursive: true });
    onTestFinished(() => rm(to, { recursive: true, force: true }));
    const refused = await run('storage', 'move', to);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('not empty') as string]);
    await rm(join(to, 'photos'), { recursive: true });
    expect((await run('storage', 'move', to)).code).toBe(0);
  });
});

describe('slotkeeper settings', () => {
  it('show how fast what is held is checked', async () => {
    const { run } = await aCommandDesk();
    expect((await run('settings', 'get', 'scrub-speed')).out).toBe('4.2 MB (4194304 bytes) a second at most');
    expect((await run('settings', 'set', 'scrub-speed', '1MB')).out).toContain('1000000 bytes');
    expect((await run('settings', 'set', 'scrub-speed', '1B')).code).not.toBe(0);
  });

  it('are shown and changed in the file', async () => {
    const { run, dataDir } = await aCommandDesk();
    expect((await run('settings', 'set', 'quota', '5MB')).out).toBe('quota: 5.0 MB (5000000 bytes)');
    expect((await run('settings', 'set', 'log-level', 'info;debug:sales')).code).toBe(0);
    expect((await run('settings', 'get', 'quota', '--json')).json()).toBe(5_000_000);
    expect((await run('settings', 'get')).out).toMatch(/log-level +info;debug:sales/);
    expect((await run('settings', 'set', 'quota', 'default')).out).toBe('quota: what the disk allows');
    expect(JSON.parse(await readFile(join(dataDir, 'settings.json'), 'utf8'))).toEqual({
      logLevel: 'info;debug:sales',
    });
  });

  it('say what one is told, when not, and what the desktop does by itself', async () => {
    const { run, dataDir } = await aCommandDesk();
    expect((await run('settings', 'set', 'notices', 'losses')).out).toBe('notices: losses');
    expect((await run('settings', 'set', 'quiet-hours', '22:00-07:30')).out).toBe('quiet-hours: 22:00-07:30');
    expect((await run('settings', 'set', 'keep-awake', 'off')).out).toBe('keep-awake: off');
    expect(await readSettings(dataDir)).toMatchObject({
      notices: 'losses',
      quietHours: { from: '22:00', to: '07:30' },
      keepAwake: false,
      startAtLogin: false,
    });
    expect((await run('settings', 'set', 'quiet-hours', 'default')).out).toBe('quiet-hours: none');
  });

  it('say where other peers reach the node', async () => {
    const { run, dataDir } = await aCommandDesk();
    const peer = '/ip4/1.2.3.4/tcp/8070/p2p/16Uiu2HAmHQs4mJF5XKJW4pL6SwhQwuMEZq5zBcnbzjzG4FgRtj7n';
    expect((await run('settings', 'get', 'map-ports')).out).toBe('yes, but not in practice');
    expect((await run('settings', 'set', 'map-ports', 'no')).out).toBe('map-ports: no');
    expect((await run('settings', 'set', 'listen-port', '8071')).code).toBe(0);
    expect((await run('settings', 'set', 'announce-address', '203.0.113.7')).code).toBe(0);
    expect((await run('settings', 'set', 'peers', `${peer},/dns4/a.b/tcp/1`)).code).toBe(0);
    expect(await readSettings(dataDir)).toMatchObject({
      mapPorts: false,
      listenPort: 8071,
      announceAddress: '203.0.113.7',
      peers: [peer, '/dns4/a.b/tcp/1'],
    });
    expect((await run('settings', 'set', 'peers', 'default')).out).toBe('peers: those that are found');
    const refused = await run('settings', 'set', 'peers', '/ip4/1.2.3.4/udp/1');
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('runs over tcp, not “udp”')]);
  });

  it.each([
    ['quiet-hours', '22-7'],
    ['quiet-hours', '24:00-07:00'],
    ['keep-awake', 'maybe'],
    ['listen-port', '0'],
    ['map-ports', 'maybe'],
    ['announce-address', 'home.example'],
    ['quota', '5 apples'],
    ['workers', '0'],
    ['colour', 'red'],
    ['network', 'practice'],
  ])('refuse %s %s with code 2', async (name, value) => {
    const { run } = await aCommandDesk();
    expect((await run('settings', 'set', name, value)).code).toBe(2);
  });

  it('that do not parse are told, and left as they are', async () => {
    const { run, dataDir } = await aCommandDesk();
    await writeFile(join(dataDir, 'settings.json'), '{"workers": "many"}');
    const { code, err } = await run('settings', 'set', 'quota', '5GB');
    expect([code, err]).toEqual([1, expect.stringMatching(/SETTINGS_INVALID.*workers/s)]);
  });
});

describe('slotkeeper logs', () => {
  const slot = `0x${'ab'.repeat(32)}`;
  const line = (lvl: string, msg: string, topics: string, fields: object = {}) =>
    JSON.stringify({ lvl, ts: '2026-11-22T12:00:00.000Z', msg, topics, tid: 0, ...fields });
  const lines = [
    line('INF', 'First', 'sales', { slotId: slot }),
    'cut short by a cra',
    line('DBG', 'Second', 'market'),
    line('WRN', 'Third \u001B[31m', 'market rpc', { inner: { requestId: slot } }),
  ];

  async function aLog(dataDir: string) {
    await mkdir(join(dataDir, 'logs'));
    await writeFile(join(dataDir, 'logs', 'slotkeeper.1.ndjson'), `${lines.slice(0, 2).join('\n')}\n`);
    await writeFile(join(dataDir, 'logs', 'slotkeeper.ndjson'), `${lines.slice(2).join('\n')}\n`);
  }

  it.each([
    [[], ['First', 'Second', 'Third']],
    [['--limit', '1'], ['Third']],
    [
      ['--level', 'info'],
      ['First', 'Third'],
    ],
    [
      ['--topic', 'rpc', 'sales'],
      ['First', 'Third'],
    ],
    [
      ['--slot', 'abab'],
      ['First', 'Third'],
    ],
    [['--request', slot, '--level', 'warn'], ['Third']],
    [['--slot', 'cd'], []],
    [['--slot', 'cd', '--request', slot], []],
  ])('shows what fits %j, oldest first', async (args, messages) => {
    const { run, dataDir } = await aCommandDesk();
    await aLog(dataDir);
    const { code, out } = await run('logs', 'show', ...args);
    expect(code).toBe(0);
    expect([...out.matchAll(/First|Second|Third/g)].map(String)).toEqual(messages);
    expect(out).not.toContain('\u001B');
  });

  it('prints the lines as they were written with --json', async () => {
    const { run, dataDir } = await aCommandDesk();
    await aLog(dataDir);
    expect((await run('logs', 'show', '--json')).out.split('\n')).toEqual([lines[0], lines[2], lines[3]]);
  });

  it('exports what fits to a new file of this account alone, or prints it', async () => {
    const { run, dataDir } = await aCommandDesk();
    await aLog(dataDir);
    const file = join(dataDir, 'export.ndjson');
    expect((await run('logs', 'export', file, '--level', 'info')).out).toBe(`2 lines written to ${file}`);
    const time = '2026-11-22T12:00:00.000Z';
    expect((await readFile(file, 'utf8')).split('\n').map((line) => line && JSON.parse(line))).toEqual([
      { time, level: 'info', topics: ['sales'], message: 'First', fields: { slotId: slot } },
      {
        time,
        level: 'warn',
        topics: ['market', 'rpc'],
        message: 'Third \u001B[31m',
        fields: { inner: { requestId: slot } },
      },
      '',
    ]);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    const again = await run('logs', 'export', file);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('FILE_THERE')]);
    const nowhere = await run('logs', 'export', join(dataDir, 'no', 'folder'));
    expect([nowhere.code, nowhere.err]).toEqual([
      1,
      expect.stringMatching(
        /EXPORT_UNWRITABLE: .*cannot be written: there is no such folder\..*Choose another/s,
      ),
    ]);
    expect((await run('logs', 'export', '-')).out.split('\n')).toHaveLength(3);
  });

  it('are followed until the node ends', async () => {
    const node = new FakeRunningNode({ node: [nodeRow()] });
    const { run, terminal } = await aCommandDesk({ node });
    const followed = run('logs', 'follow', '--level', 'info');
    const payload = lines.map((json, seq) => ({
      seq,
      json,
      timeMs: 0,
      level: 'info' as const,
      topics: [],
      message: '',
      text: '',
    }));
    await expect
      .poll(() => {
        if (terminal.printed.length === 0) node.events.emit({ name: 'log', payload });
        return terminal.printed.length;
      })
      .toBe(2);
    node.end();
    expect(await followed).toMatchObject({ code: 0, err: 'The node has ended.' });
    expect(terminal.printed[0]).toMatch(/INF First slotId=abab…abab \(sales\)$/);
  });
});

describe('slotkeeper wallet', () => {
  const passphrase = 'a long enough passphrase';

  it('is imported, looked at, given another passphrase, and exported, from files and lines', async () => {
    const { run, terminal, dataDir } = await aCommandDesk();
    expect((await run('wallet', 'status')).out).toMatch(/Wallet +none: create or import one/);
    const file = join(dataDir, 'passphrase');
    await writeFile(file, `${passphrase}\n`, { mode: 0o600 });
    terminal.input = `${known.privateKey}\n`;
    const imported = await run('wallet', 'import', 'private-key', '--passphrase-file', file, '--json');
    expect([imported.err, imported.json()]).toEqual(['', { address: known.address }]);
    expect((await run('wallet', 'status', '--json')).json()).toMatchObject({
      address: known.address,
      state: 'locked',
    });

    terminal.input = `${passphrase}\nquite another passphrase\n`;
    expect((await run('wallet', 'change-passphrase')).code).toBe(0);

    const key = join(dataDir, 'key.txt');
    terminal.input = 'quite another passphrase\n';
    const exported = await run('wallet', 'export', 'private-key', key, '--yes');
    expect([exported.code, exported.err]).toEqual([0, '']);
    expect(new Wallet((await readFile(key, 'utf8')).trim()).address.toLowerCase()).toBe(known.address);
    if (process.platform !== 'win32') expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect((await run('wallet', 'export', 'private-key', key, '--yes')).err).toContain('FILE_THERE');
    const all = [...terminal.printed, ...terminal.said].join('\n');
    for (const secret of [passphrase, 'quite another', known.privateKey.slice(2)])
      expect(all).not.toContain(secret);
  });

  it('is created at the terminal: words are shown, taken away and asked back', async () => {
    const { run, terminal } = await aCommandDesk();
    terminal.canAsk = true;
    const wordAsked = (said: string) => {
      const number = /Word (\d+)/.exec(terminal.asked.at(-1) ?? '')?.[1];
      return new RegExp(`^ +${number}\\. (\\w+)$`, 'm').exec(said)?.[1] ?? '';
    };
    terminal.answers.push(passphrase, passphrase, '', ...Array.from({ length: 12 }, () => wordAsked));
    const { code, out, err } = await run('wallet', 'create');
    expect([code, out]).toEqual([0, expect.stringMatching(/^Created: 0x[0-9a-f]{40}$/)]);
    expect(err.indexOf('<cleared>')).toBeGreaterThan(err.indexOf('12.'));
    expect(terminal.asked.slice(0, 2)).toEqual(['A passphrase that will protect it: ', 'The same again: ']);
    expect((await run('wallet', 'create')).err).toContain('WALLET_EXISTS');
  });

  it('is not created when the words come back wrong, or two passphrases differ', async () => {
    const { run, terminal } = await aCommandDesk();
    terminal.canAsk = true;
    terminal.answers.push(passphrase, passphrase, '', ...Array.from({ length: 12 }, () => 'wrong'));
    expect((await run('wallet', 'create')).err).toContain('WORDS_DO_NOT_MATCH');
    terminal.answers.splice(0, Infinity, passphrase, 'mistyped passphrase');
    expect((await run('wallet', 'create')).err).toContain('NOT_THE_SAME');
    expect((await run('wallet', 'status')).out).toContain('none');
  });

  it('is created where nobody sits, with its words in a file of this account alone', async () => {
    const { run, terminal, dataDir } = await aCommandDesk();
    terminal.input = `${passphrase}\n`;
    expect((await run('wallet', 'create')).err).toContain('--words-file');
    const file = join(dataDir, 'words');
    const { code, out } = await run('wallet', 'create', '--words', '24', '--words-file', file, '--json');
    expect(code).toBe(0);
    const words = (await readFile(file, 'utf8')).trim();
    expect(words.split(' ')).toHaveLength(24);
    expect(Wallet.fromPhrase(words).address.toLowerCase()).toBe(
      (JSON.parse(out) as { address: string }).address,
    );
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('asks for what is missing by its flag, and takes no secret as an argument', async () => {
    const { run, terminal } = await aCommandDesk();
    const { code, err } = await run('wallet', 'import', 'mnemonic');
    expect([code, err]).toEqual([2, expect.stringContaining('--from')]);
    expect((await run('wallet', 'import', 'keystore')).err).toContain('--from');
    terminal.input = 'words words words\n';
    expect((await run('wallet', 'import', 'mnemonic')).err).toMatch(
      /passphrase that will protect it is missing.*--passphrase-file/,
    );
    expect((await run('wallet', 'unlock', 'secret')).code).toBe(2);
    expect((await run('wallet', 'import', 'seed')).err).toContain('one of mnemonic, private-key, keystore');
    expect((await run('wallet', 'export', 'keystore', '/nowhere')).err).toContain('--yes');
    expect((await run('wallet', 'unattended', 'key-file')).err).toContain('Name the file');
  });

  it('is unlocked in the node that runs', async () => {
    const node = new FakeRunningNode({ node: [nodeRow()] });
    const { run, terminal } = await aCommandDesk({ node });
    terminal.input = `${passphrase}\r\n`;
    expect((await run('wallet', 'unlock')).out).toBe('Unlocked.');
    expect((await run('wallet', 'lock', '--force')).code).toBe(0);
    terminal.canAsk = true;
    terminal.answers.push('n');
    const refused = await run('wallet', 'remove');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('NOT_CONFIRMED')]);
    expect(node.calls).toEqual([
      { name: 'unlockWallet', input: { passphrase } },
      { name: 'lockWallet', input: { force: true } },
    ]);
  });

  it('warns when others can read the file of a passphrase', async () => {
    const node = new FakeRunningNode({ node: [nodeRow()] });
    const { run, dataDir } = await aCommandDesk({ node });
    const file = join(dataDir, 'passphrase');
    await writeFile(file, passphrase, { mode: 0o644 });
    const { code, err } = await run('wallet', 'unlock', '--passphrase-file', file);
    expect(code).toBe(0);
    if (process.platform !== 'win32') expect(err).toContain('chmod 600');
  });
});

describe('slotkeeper access', () => {
  it('opens the window to others with a password, shows that without it, and closes it', async () => {
    const { run, terminal, dataDir } = await aCommandDesk();
    terminal.canAsk = true;
    terminal.answers.push('correct horse battery', 'correct horse battery');
    const opened = await run('access', 'open', '192.168.1.20', '--name', 'box.local', '--port', '9000');
    expect(opened).toMatchObject({
      code: 0,
      out: 'The window is served on 192.168.1.20, port 9000, with the password.',
    });
    expect(opened.err).toContain('Not encrypted');
    const file = await readFile(join(dataDir, 'settings.json'), 'utf8');
    expect(file).toContain('"passwordHash": "scrypt$');
    expect(file).not.toContain('horse');
    expect((await stat(join(dataDir, 'settings.json'))).mode & 0o077).toBe(0);
    const shown = await run('access', 'show', '--json');
    expect(shown.json()).toEqual({
      access: { host: '192.168.1.20', port: 9000, names: ['box.local'], isEncrypted: false },
      metrics: 'nobody',
    });
    expect((await run('settings', 'get', '--json')).out).not.toContain('scrypt');
    expect((await run('access', 'close')).code).toBe(0);
    expect((await run('access', 'show')).out).toMatch(/^window +this computer only\nmetrics +nobody$/);
  });

  it.each([
    [['open', 'box.local'], 'An address is wanted'],
    [['open', '10.0.0.1', '--port', '0'], '--port wants a whole number'],
    [['open', '10.0.0.1', '--cert', 'a.pem'], 'belong together'],
    [['metrics', 'everybody'], 'nobody, here, token'],
  ])('refuses %j', async (args, said) => {
    const { run } = await aCommandDesk();
    const { code, err } = await run('access', ...args);
    expect([code, err]).toEqual([2, expect.stringContaining(said)]);
  });

  it('refuses a short password', async () => {
    const { run, terminal } = await aCommandDesk();
    terminal.input = 'elevenchars\n';
    const { code, err } = await run('access', 'open', '10.0.0.1');
    expect([code, err]).toEqual([1, expect.stringContaining('PASSWORD_UNSUITABLE')]);
  });

  it('gives figures here, by a token that is shown once, or to nobody', async () => {
    const { run, dataDir } = await aCommandDesk();
    expect((await run('access', 'metrics', 'here')).out).toBe('metrics: here');
    const token = /Bearer ([\w-]{43})/.exec((await run('access', 'metrics', 'token')).out)?.[1] ?? '';
    expect((await readSettings(dataDir)).metrics?.tokenSha256).toBe(
      createHash('sha256').update(token).digest('hex'),
    );
    expect((await run('access', 'show', '--json')).json()).toMatchObject({ metrics: 'token' });
    await run('access', 'metrics', 'nobody');
    expect(await readSettings(dataDir)).not.toHaveProperty('metrics.tokenSha256');
  });
});

describe('slotkeeper diagnostics', () => {
  it('is written over nothing, also not over what came while one read it', async () => {
    const { run, dataDir, terminal } = await aCommandDesk();
    const file = join(dataDir, 'diagnostics.json');
    terminal.canAsk = true;
    terminal.answers.push(() => {
      writeFileSync(file, 'came meanwhile');
      return 'yes';
    });
    const { code, err } = await run('diagnostics', file);
    expect([code, err]).toEqual([1, expect.stringContaining('FILE_THERE')]);
    expect(await readFile(file, 'utf8')).toBe('came meanwhile');
  });
});
