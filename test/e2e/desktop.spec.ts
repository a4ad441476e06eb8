import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accessibilityFaults } from './axe.ts';
import { createOffer, expect, openPage, statusLine, test } from './fixtures.ts';

test('tray, notifications and links lead to the sales; a crash of the page and another start leave the node running', async ({
  page,
  startNode,
  desktop,
  userData,
}) => {
  const node = await startNode({ scenario: 'demo', speed: 15 });
  await node.open();
  const tray = () => desktop.ask('tray');
  expect((await tray()).labels).not.toContain('Pause offers');
  await createOffer(page);
  const row = page.getByRole('row').filter({ hasText: 'Evening disk' });

  await test.step('the tray pauses the offers and resumes them', async () => {
    await desktop.ask('chooseInTray', 'Pause offers');
    await expect(row).toContainText('Paused');
    await expect.poll(async () => (await tray()).labels).toContain('Resume offers');
    await desktop.ask('chooseInTray', 'Resume offers');
    await expect(row).toContainText('Active');
  });

  await test.step('the tray says what the window says', async () => {
    await openPage(page, 'Sales');
    await expect(page.getByRole('cell', { name: /Selling/ }).first()).toBeVisible({ timeout: 90_000 });
    await expect
      .poll(async () => (await tray()).toolTip)
      .toMatch(/^Selling .* in \d+ slots?\. All proofs on time\.\nPractice network: nothing here is real$/);
    const { image, labels } = await tray();
    expect(image).toMatch(/selling/);
    expect(labels.join('\n')).toMatch(/Earned today: \+?[\d.]+ TST/);
    await expect.poll(() => desktop.ask('isKeptAwake')).toBe(true);
  });

  await test.step('quitting would cost something while a proof is due, and the tray says how much', async () => {
    await expect
      .poll(async () => (await tray()).labels.at(-1), { timeout: 60_000, intervals: [100] })
      .toMatch(/^Quit Slotkeeper \(\d+ proofs? (is|are) due, .* TST at risk\)$/);
  });

  await test.step('a notification opens what it tells of, also over a closed window', async () => {
    await desktop.ask('closeWindow');
    expect(await desktop.ask('window')).toMatchObject({ isShown: false });
    const filled = (await desktop.ask('notifications')).find(({ title }) =>
      /slots? filled|Slot filled/.test(title),
    );
    expect(filled?.body).toContain('Practice network: nothing here is real');
    await desktop.ask('clickNotification', filled?.title ?? '');
    await expect(page).toHaveURL(/#\/sales/);
    expect(await desktop.ask('window')).toMatchObject({ isShown: true });
  });

  await test.step('a link of another start opens its sale, and that start ends', async () => {
    await openPage(page, 'Sales');
    const sale = page.getByRole('row').filter({ hasText: 'Selling' }).first().getByRole('link').first();
    const [, id = ''] = /#\/sales\/(0x[0-9a-f]{64})/.exec((await sale.getAttribute('href')) ?? '') ?? [];
    await openPage(page, 'Home');
    expect(await desktop.startAnother([`slotkeeper://sale/${id}`])).toBe(0);
    await expect(page).toHaveURL(new RegExp(`#/sales/${id}$`));
    await desktop.ask('openLink', 'slotkeeper://sale/0x00');
    await expect(page).toHaveURL(/#\/home/);
  });

  await test.step('a page that crashed is loaded again; the node knows nothing of it', async () => {
    await desktop.crashPage();
    await expect(statusLine(page)).toContainText('Selling');
    await openPage(page, 'Activity');
    await page.getByRole('searchbox').fill('window crashed');
    await expect(
      page.getByText(/The window crashed and is loaded again; the node runs on/).first(),
    ).toBeVisible();
    expect(node.process.child.exitCode).toBeNull();
  });

  await test.step('what only the desktop can set can be read by everyone', async () => {
    await openPage(page, 'Settings');
    await page.getByRole('checkbox', { name: /awake/ }).uncheck();
    const settings = () => readFile(join(userData, 'data/settings.json'), 'utf8');
    await expect.poll(settings).toContain('"keepAwake": false');
    await expect.poll(() => desktop.ask('isKeptAwake')).toBe(false);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  await test.step('it is quit in order', async () => {
    await desktop.ask('chooseInTray', (await tray()).labels.at(-1) ?? '').catch(() => {});
    expect(await node.process.ended()).toBe(0);
  });
});

test('the window closes without ending the node, says so once, and comes back where it was', async ({
  startNode,
  desktop,
  page,
  userData,
}) => {
  const first = await startNode({ scenario: 'none' });
  await first.open();
  const told = async () => (await desktop.ask('notifications')).map(({ title }) => title);
  await expect(statusLine(page)).toHaveText('Nothing offered yet.', { timeout: 60_000 });

  await desktop.ask('closeWindow');
  expect(await desktop.ask('window')).toMatchObject({ isShown: false });
  expect(await told()).toEqual(['Slotkeeper keeps running']);
  await desktop.ask('clickTray');
  expect(await desktop.ask('window')).toMatchObject({ isShown: true });
  await desktop.ask('maximizeWindow');
  await desktop.ask('closeWindow');
  await desktop.ask('activate');
  expect(await told()).toEqual(['Slotkeeper keeps running']);
  expect(JSON.parse(await readFile(join(userData, 'window.json'), 'utf8'))).toMatchObject({
    isMaximized: true,
  });

  expect(await first.process.stop('SIGKILL')).toBeNull();
  const second = await startNode();
  await second.open();
  expect(await desktop.ask('window')).toMatchObject({
    isShown: true,
    isMaximized: true,
    bounds: { x: 10, y: 20, width: 1000, height: 700 },
  });
  await expect(statusLine(page)).toHaveText('Nothing offered yet.', { timeout: 60_000 });
  await desktop.ask('closeWindow');
  expect(await told()).toEqual([]);

  await test.step('while it cannot stop it shows that it goes on, and asks whether to end at once', async () => {
    const { pid } = second.process.child;
    const [practice = ''] = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n');
    process.kill(Number(practice), 'SIGSTOP');
    try {
      await desktop.ask('quit');
      await expect.poll(() => desktop.ask('window')).toMatchObject({ isShown: true, progress: 2 });
      await desktop.ask('quit');
      const boxes = async () => (await desktop.ask('dialogs')).boxes;
      await expect.poll(boxes).toMatchObject([{ message: 'Slotkeeper is still stopping' }]);
      expect((await boxes())[0]?.detail).toMatch(/^No proof is due now\./);
      expect(second.process.child.exitCode).toBeNull();
      await desktop.ask('press', 'End now');
      await desktop.ask('quit');
      expect(await second.process.ended()).toBe(1);
    } finally {
      process.kill(Number(practice), 'SIGCONT');
    }
  });
});
