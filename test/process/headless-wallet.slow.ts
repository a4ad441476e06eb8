import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decryptKeystoreJson, HDNodeWallet } from 'ethers';
import { afterEach, describe, expect, test } from 'vitest';
import { HeadlessProcess, openWindow, temporaryFolder, type NodeWindow } from '../support/headless.ts';
import { searchFolder, searchForSecrets } from '../support/searchforsecrets.ts';

const running: HeadlessProcess[] = [];
const windows: NodeWindow[] = [];
const passphrase = 'a long enough passphrase';

afterEach(async () => {
  for (const window of windows.splice(0)) window.close();
  for (const headless of running.splice(0)) await headless.stop('SIGKILL');
});

function start(args: string[], env?: Record<string, string>): HeadlessProcess {
  const headless = new HeadlessProcess(args, env);
  running.push(headless);
  return headless;
}

async function open(headless: HeadlessProcess): Promise<NodeWindow> {
  const window = openWindow(await headless.url());
  windows.push(window);
  return window;
}

/** Settings of a network with real money that nobody serves. */
function withLiveNetwork(folder: string): void {
  const network = {
    kind: 'custom',
    rpcUrls: ['http://127.0.0.1:1'],
    chainId: 1,
    family: 'direct',
    marketplace: `0x${'11'.repeat(20)}`,
  };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ network }));
}

describe('the built headless node with real money', () => {
  test('waits for a wallet, has one made in its window, and unlocks it with nobody there from then on', async () => {
    await using folder = await temporaryFolder();
    withLiveNetwork(folder.path);
    const first = start(['--data', folder.path, '--log-level', 'trace']);
    const creating = await open(first);
    const { client } = creating;
    await creating.until(({ node }) => node.get('node')?.failure?.code === 'NO_WALLET');
    const { words, positions } = await client.createWallet({ passphrase });
    const { address } = await client.confirmMnemonic({ words: positions.map((at) => words[at] ?? '') });
    // Then it starts, and finds that nobody serves the chain.
    expect(await first.ended()).toBe(1);
    expect(first.output).toMatch(/CHAIN_UNREACHABLE.*127\.0\.0\.1:1/s);
    const theirs = HDNodeWallet.fromPhrase(words.join(' '));
    const { privateKey } = await decryptKeystoreJson(
      readFileSync(join(folder.path, 'wallet', 'keystore.json'), 'utf8'),
      passphrase,
    );
    expect([privateKey, address]).toEqual([theirs.privateKey, theirs.address.toLowerCase()]);

    const locked = start(['--data', folder.path, '--log-level', 'trace']);
    const window = await open(locked);
    await window.until(({ node }) => node.get('node')?.state === 'locked');
    await expect(window.client.exportWallet({ what: 'privateKey', passphrase })).rejects.toMatchObject({
      code: 'CONFIRM_AT_TERMINAL',
    });
    expect(await locked.stop()).toBe(0);

    const unattended = start(['--data', folder.path, '--log-level', 'trace'], {
      SLOTKEEPER_PASSPHRASE: passphrase,
    });
    expect(await unattended.ended()).toBe(1);
    expect(unattended.output).toMatch(/CHAIN_UNREACHABLE/);

    const secrets = { privateKeys: [privateKey], mnemonics: [words.join(' ')], passphrases: [passphrase] };
    const printed = [first, locked, unattended].map(({ output }) => output).join('\n');
    expect(searchForSecrets(printed, secrets)).toEqual([]);
    expect(await searchFolder(folder.path, secrets)).toEqual([]);
  });

  test.runIf(process.platform === 'linux')(
    'hands no secret of its environment on to what it starts',
    async () => {
      await using folder = await temporaryFolder();
      const env = { SLOTKEEPER_PASSPHRASE: passphrase, SLOTKEEPER_PRIVATE_KEY: 'ab'.repeat(32) };
      const headless = start(['--data', folder.path, '--scenario', 'none'], env);
      await (await open(headless)).until(({ node }) => node.get('node')?.state === 'running');
      const list = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' });
      const others = list
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(
          ([, parent, ...args]) =>
            Number(parent) === headless.child.pid ||
            args.includes(folder.path) ||
            args.some((arg) => arg.startsWith(join(folder.path, 'practice'))),
        )
        .map(([pid]) => Number(pid))
        .filter((pid) => pid !== headless.child.pid);
      expect(others.length).toBeGreaterThanOrEqual(2);
      for (const pid of others) {
        const inherited = readFileSync(`/proc/${pid}/environ`, 'utf8');
        expect(inherited).toContain('PATH=');
        expect(inherited).not.toMatch(/SLOTKEEPER_P|abab|long enough/);
      }
      expect(await headless.stop()).toBe(0);
    },
  );
});
