import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { HDNodeWallet } from 'ethers';
import type { Page } from '@playwright/test';
import { z } from 'zod';
import { searchForSecrets } from '../support/searchforsecrets.ts';
import { accessibilityFaults } from './axe.ts';
import { createOffer, expect, openPage, statusLine, test } from './fixtures.ts';

const exported = z.strictObject({
  time: z.iso.datetime(),
  level: z.enum(['trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal']),
  topics: z.array(z.string()),
  message: z.string().min(1),
  fields: z.record(z.string(), z.unknown()),
});

test('the log is exported line by line: everything, or exactly what is shown', async ({
  page,
  startNode,
  textSaved,
}) => {
  const started = await startNode({ scenario: 'demo', speed: 15, logLevel: 'debug' });
  await started.open();
  await createOffer(page);
  await openPage(page, 'Activity');
  await expect(
    page.getByRole('region', { name: 'What happened' }).getByText(/Offer “.*” created/),
  ).toBeVisible();
  await expect(page.getByText(/Slotkeeper .* started, on Practice network/)).toBeVisible();

  await expect(
    page
      .getByRole('table', { name: 'Log' })
      .getByText(/Sale entered a state/)
      .first(),
  ).toBeVisible({ timeout: 60_000 });

  await test.step('everything', async () => {
    const lines = linesOf(await textSaved(() => exportLog(page, 'Everything')));
    expect(lines.length).toBeGreaterThan(10);
    const times = lines.map(({ time }) => time);
    expect(times).toEqual(times.toSorted());
    expect(lines.some(({ level }) => level === 'debug')).toBe(true);
  });

  await test.step('what is shown, under a filter', async () => {
    await page.getByRole('button', { name: 'All topics' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'practice', exact: true }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Follow' }).click();
    const shown = await page.getByRole('table', { name: 'Log' }).getAttribute('aria-rowcount');
    const lines = linesOf(await textSaved(() => exportLog(page, /^What is shown/)));
    expect(lines.every(({ topics, level }) => topics.includes('practice') && level !== 'debug')).toBe(true);
    // The head is a row, too. Lines that came meanwhile are shown, and were shown when the export began.
    expect(Math.abs(lines.length - (Number(shown) - 1))).toBeLessThanOrEqual(2);
    const messages = await page.getByRole('table', { name: 'Log' }).getByRole('row').nth(1).textContent();
    expect(messages).toContain(lines[0]?.message ?? 'no line');
  });

  await test.step('older lines are in the files, and the log has a beginning', async () => {
    await page.getByRole('button', { name: 'Search older lines' }).click();
    await expect(page.getByText('The log begins here.')).toBeVisible();
  });

  await test.step('the page and its dialogs can be used by everybody', async () => {
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('table', { name: 'Log' }).getByRole('button').first().click();
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});

test('the diagnostics are seen before they leave, and hold nothing that is private', async ({
  page,
  dataDir,
  startNode,
  textSaved,
}) => {
  const owner = HDNodeWallet.createRandom();
  const other = HDNodeWallet.createRandom();
  const words = owner.mnemonic?.phrase ?? '';
  const passphrase = 'eleven otters carry umbrellas';
  const imported = slotkeeper(['wallet', 'import', 'mnemonic', '--data', dataDir], [words, passphrase]);
  expect(imported).toContain(owner.address.toLowerCase());
  process.env['SLOTKEEPER_PRIVATE_KEY'] = other.privateKey;
  const started = await startNode({ scenario: 'none', speed: 1 }).finally(
    () => delete process.env['SLOTKEEPER_PRIVATE_KEY'],
  );
  const { url } = started;
  // Else its log and its settings may not be there yet, or be read only after they were changed.
  await started.open();
  await expect(statusLine(page)).toContainText('Nothing offered yet');
  // Only a browser's window is opened with one.
  const token =
    new URLSearchParams(new URL(url).hash.slice(1)).get('token') ?? randomBytes(32).toString('base64url');

  // Careless lines and settings, as only a fault of ours could write them.
  const careless = {
    lvl: 'ERR',
    ts: new Date().toISOString(),
    msg: `Words ${words}`,
    topics: 'careless',
    tid: 0,
  };
  const fields = {
    token,
    key: other.privateKey,
    list: words.split(' '),
    account: owner.address,
    said: `${token} and ${passphrase.replaceAll(' ', '')}`,
    passphrase,
    path: join(homedir(), 'photos'),
    peer: '/ip4/203.0.113.9/tcp/8070',
  };
  await appendFile(
    join(dataDir, 'logs', 'slotkeeper.ndjson'),
    `${JSON.stringify({ ...careless, ...fields })}\n`,
  );
  const rpcUrl = 'https://anna:hunter22@rpc.anna-secret.example/v3/apikey0123456789';
  const network = { kind: 'custom', rpcUrls: [rpcUrl], marketplace: `0x${'ab'.repeat(20)}` };
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ onboarded: true, network }));

  await openPage(page, 'Activity');
  await page.getByRole('button', { name: 'Diagnostics' }).click();
  const dialog = page.getByRole('dialog', { name: 'Diagnostics' });
  const preview = (await dialog.locator('pre').textContent()) ?? '';
  await expect(dialog.getByText('Secrets')).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
  const file = await textSaved(() => dialog.getByRole('button', { name: 'Save' }).click());
  expect(file).toBe(preview);
  await expect(page.getByText(/Diagnostics saved as/)).toBeVisible();

  const sought = {
    privateKeys: [owner.privateKey, other.privateKey],
    mnemonics: [words],
    passphrases: [passphrase, token],
  };
  const private_ = [
    'hunter22',
    'anna-secret',
    'apikey01',
    owner.address,
    other.address,
    dataDir,
    homedir(),
    hostname(),
  ];
  const atTerminal = slotkeeper(['diagnostics', '-', '--data', dataDir]);
  for (const text of [file, atTerminal]) {
    expect(text).toContain('"message":"Words [words]"');
    expect(text).toContain('https://server-1/[path]');
    expect(searchForSecrets(text, sought)).toEqual([]);
    for (const one of [...private_, '203.0.113.9'])
      expect(text.toLowerCase()).not.toContain(one.toLowerCase());
  }
  const target = join(dataDir, 'diagnostics.json');
  expect(slotkeeper(['diagnostics', target, '--yes', '--data', dataDir])).toContain(`Written to ${target}`);
  expect(JSON.parse(await readFile(target, 'utf8'))).toMatchObject({ node: { state: 'running' } });

  await test.step('what happened is there after a restart', async () => {
    await writeFile(join(dataDir, 'settings.json'), '{"onboarded":true}');
    expect(await started.process.stop()).toBe(0);
    const second = await startNode({ scenario: 'none' });
    await second.open();
    await openPage(page, 'Activity');
    const list = page.getByRole('region', { name: 'What happened' });
    await expect(list.getByText('Diagnostics saved')).toHaveCount(2);
    await expect(list.getByText('Slotkeeper stopped')).toBeVisible();
    await expect(list.getByText(/Slotkeeper .* started/)).toHaveCount(2);
  });
});

async function exportLog(page: Page, what: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: what }).click();
}

function linesOf(text: string): z.output<typeof exported>[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => exported.parse(JSON.parse(line)));
}

/** Runs a command, and answers with all it printed. */
function slotkeeper(args: readonly string[], input: readonly string[] = []): string {
  const program = resolve(import.meta.dirname, '../../out/main/slotkeeper.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    input: input.map((line) => `${line}\n`).join(''),
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stdout + stderr;
}
