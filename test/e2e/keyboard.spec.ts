import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accessibilityFaults, faultsInEveryLook } from './axe.ts';
import { createOffer, expect, openPage, statusLine, test } from './fixtures.ts';
import { Keyboard } from './keyboard.ts';

test('everything is done by keyboard alone, and it is always seen where one is', async ({
  page,
  startNode,
  desktopIfAny,
  userData,
}) => {
  // Some hundred keys, each of which is waited for.
  test.slow();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const node = await startNode({ scenario: 'demo', speed: 15 });
  await node.open();
  const keyboard = new Keyboard(page);
  const heading = page.getByRole('heading', { level: 1 });
  const link = (name: string) => page.getByRole('navigation').getByRole('link', { name });
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const offer = page.getByRole('row').filter({ hasText: 'Evening disk' });
  await expect(statusLine(page)).toHaveText('Nothing offered yet.', { timeout: 60_000 });

  await test.step('past the navigation', async () => {
    await keyboard.press('Tab');
    await expect(page.getByRole('link', { name: 'Skip to the page' })).toBeFocused();
    await keyboard.press('Enter');
    await expect(page.locator('#main')).toBeFocused();
    await keyboard.use(link('Offers'), { key: 'Shift+Tab' });
    await expect(heading).toHaveText('Offers');
  });

  await test.step('an offer is created', async () => {
    for (const [label, text] of [
      ['Space', '0.1'],
      ['Lowest price', '1'],
      ['Longest sale', '1'],
      ['Collateral in all', '1000'],
      ['Name', 'Evening disk'],
    ] as const) {
      await keyboard.tabTo(page.getByLabel(label));
      await keyboard.type(text);
    }
    await keyboard.press('Enter');
    await expect(page.getByText('Offer “Evening disk” created')).toBeAttached();
    await keyboard.expectNotLost();
  });

  await test.step('it is changed, paused and resumed', async () => {
    await keyboard.use(button('Edit Evening disk'));
    await expect(page.getByLabel('Space')).toBeFocused();
    await keyboard.type('0.2');
    await keyboard.use(button('Save changes'));
    await expect(page.getByText('Offer “Evening disk” changed')).toBeAttached();
    await expect(button('Edit Evening disk')).toBeFocused();
    await keyboard.use(button('Pause Evening disk'), { key: 'Shift+Tab', by: 'Space' });
    await expect(offer).toContainText('Paused');
    await keyboard.use(button('Resume Evening disk'), { by: 'Space' });
    await expect(offer).toContainText('Active');
  });

  await test.step('settings are changed', async () => {
    await keyboard.press('ControlOrMeta+k');
    await expect(page.getByRole('combobox')).toBeFocused();
    await page.keyboard.type('settings');
    await keyboard.press('Enter');
    await expect(heading).toHaveText('Settings');
    await keyboard.expectNotLost();
    await keyboard.tabTo(page.getByRole('radio', { name: 'As the system', exact: true }).first());
    await keyboard.press('ArrowRight');
    await keyboard.press('ArrowRight');
    await keyboard.tabTo(page.getByRole('radio', { name: 'Contrast as the system' }));
    await keyboard.press('ArrowLeft');
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'contrast-dark');
    await keyboard.use(page.getByRole('checkbox', { name: 'Quiet hours' }), { by: 'Space' });
    await keyboard.tabTo(page.getByLabel('From'));
    await page.keyboard.type('0930PM');
    await expect(page.getByLabel('From')).toHaveValue('21:30');
    await keyboard.press('ControlOrMeta+k');
    await keyboard.press('Escape');
    await expect(page.getByLabel('From')).toBeFocused();
  });

  await test.step('sales are filtered, and one is opened', async () => {
    await keyboard.use(link('Sales'), { key: 'Shift+Tab' });
    const selling = page.getByRole('row').filter({ hasText: 'Selling' });
    await expect(selling.first()).toBeVisible({ timeout: 90_000 });
    await keyboard.use(button(/^Selling \d+$/));
    await expect(button(/^Selling \d+$/)).toHaveAttribute('aria-pressed', 'true');
    await keyboard.use(selling.first().getByRole('link'));
    await expect(heading).toContainText(/slot \d+/);
  });

  await test.step('another is found by its id', async () => {
    const [, request = ''] = /#\/sales\/0x([0-9a-f]{12})/.exec(page.url()) ?? [];
    await keyboard.use(link('Home'), { key: 'Shift+Tab' });
    await keyboard.press('ControlOrMeta+k');
    await page.keyboard.type(request);
    await expect(page.getByRole('option')).toHaveCount(1);
    await keyboard.press('Enter');
    await expect(page).toHaveURL(new RegExp(`#/sales/0x${request}`));
    await keyboard.expectNotLost();
  });

  await test.step('the accounts are exported', async () => {
    await keyboard.use(link('Earnings'), { key: 'Shift+Tab' });
    const file = join(userData, 'earnings.csv');
    await desktopIfAny?.ask('saveIn', file);
    const download = desktopIfAny ? undefined : page.waitForEvent('download');
    await keyboard.use(button('Export CSV'));
    await (await download)?.saveAs(file);
    await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain('collateralOut');
  });

  await test.step('a line of the log is read whole', async () => {
    await keyboard.use(link('Activity'), { key: 'Shift+Tab' });
    await keyboard.tabTo(page.getByRole('searchbox'));
    await keyboard.type('Node started');
    const line = page.getByRole('table', { name: 'Log' }).getByRole('button').first();
    await keyboard.use(line);
    const record = page.getByRole('complementary', { name: 'Record' });
    await expect(record).toContainText('"msg": "Node started"');
    await keyboard.use(record.getByRole('button', { name: 'Close' }));
    await expect(record).toBeHidden();
    await expect(line).toBeFocused();
  });

  await test.step('the offer is wound down', async () => {
    await keyboard.use(link('Offers'), { key: 'Shift+Tab' });
    await keyboard.use(button('Edit Evening disk'));
    await keyboard.use(button('Delete offer'));
    const dialog = page.getByRole('dialog', { name: 'Delete “Evening disk”?' });
    await expect(dialog).toBeVisible();
    await keyboard.press('Escape');
    await expect(button('Delete offer')).toBeFocused();
    await keyboard.press('Enter');
    await keyboard.use(dialog.getByRole('button', { name: 'Wind down and delete' }));
    await expect(offer).toContainText('Winding down');
    // The form goes with its dialog, and the offer's Edit button right after: what is left is the page.
    await expect(button('Edit Evening disk')).toBeHidden();
    await expect(page.locator('#main')).toBeFocused();
  });
});

test('every page can be read in every look, and each stop of the Tab key shows that it is there', async ({
  page,
  startNode,
  world,
}) => {
  test.skip(
    world === 'desktop',
    'The pages are the same there; the section that is not, desktop.spec.ts looks at',
  );
  // Some hundred keys, each of which is waited for.
  test.slow();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const node = await startNode({ scenario: 'demo', speed: 15 });
  await node.open();
  await createOffer(page);
  await openPage(page, 'Sales');
  const selling = page.getByRole('row').filter({ hasText: 'Selling' }).first().getByRole('link');
  await expect(selling).toBeVisible({ timeout: 90_000 });
  const sale = (await selling.getAttribute('href')) ?? '';
  const keyboard = new Keyboard(page);
  for (const place of [
    '#/home',
    '#/offers/new',
    '#/sales',
    sale,
    '#/queue',
    '#/earnings',
    '#/activity',
    '#/settings',
  ]) {
    await page.evaluate((hash) => (location.hash = hash), place);
    await expect(
      page.locator(`a[href="${place.split('/', 2).join('/')}"][aria-current="page"]`),
    ).toBeVisible();
    expect([place, await faultsInEveryLook(page)]).toEqual([place, []]);
    await page.locator('#main').focus();
    for (let stop = 0; stop < 30; stop++) {
      await keyboard.press('Tab');
      if (await page.evaluate(() => !document.activeElement?.closest('#main'))) break;
      expect([place, await keyboard.unseen()]).toEqual([place, undefined]);
    }
  }
  // What the owner sets comes before what the system asks for, and gives the same look.
  await page.emulateMedia({ colorScheme: 'light', contrast: 'no-preference' });
  await page.getByText('High', { exact: true }).click();
  for (const shade of ['light', 'dark'] as const) {
    await page.getByText(shade === 'light' ? 'Light' : 'Dark', { exact: true }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', `contrast-${shade}`);
    expect(await accessibilityFaults(page)).toEqual([]);
  }
});
