import { tokensText } from '../../src/shared/units.ts';
import { command } from './command.ts';
import { createOffer, expect, openPage, statusLine, test } from './fixtures.ts';

test('a slash is seen in the state line, in a notice that opens the sale, on Home, in the sale and in the accounts', async ({
  page,
  startNode,
  desktopIfAny,
  dataDir,
}) => {
  const node = await startNode({ scenario: 'tour', speed: 15 });
  await node.open();
  await createOffer(page);
  await openPage(page, 'Sales');
  await expect(page.getByRole('cell', { name: /Selling/ }).first()).toBeVisible({ timeout: 90_000 });
  const { slotId, cost } = (await command(dataDir, 'practice-slash')) as { slotId: string; cost: string };
  const taken = tokensText(BigInt(cost), 18);
  const title = new RegExp(`^${taken.replace('.', '\\.')} TST of collateral slashed, .* left$`);

  await test.step('the notice, by its click, opens the sale', async () => {
    if (desktopIfAny) {
      const titles = async () => (await desktopIfAny.ask('notifications')).map((notice) => notice.title);
      await expect
        .poll(async () => (await titles()).find((said) => title.test(said)), { timeout: 90_000 })
        .toBeDefined();
      await desktopIfAny.ask('clickNotification', (await titles()).find((said) => title.test(said)) ?? '');
    } else {
      const notice = page.getByText(title);
      await expect(notice).toBeVisible({ timeout: 90_000 });
      await notice.locator('..').getByRole('button', { name: 'Open sale' }).click();
    }
    await expect(page).toHaveURL(new RegExp(`#/sales/${slotId}`));
  });

  await test.step('the sale', async () => {
    await expect(page.getByRole('main')).toContainText('1 proof missed');
    await expect(page.getByRole('main')).toContainText(/held back on demand/);
  });

  await test.step('the state line, and the tray', async () => {
    const missed = /1 proof missed in the last 24 hours\./;
    await expect(statusLine(page)).toHaveText(missed);
    if (!desktopIfAny) return;
    const tray = await desktopIfAny.ask('tray');
    expect(tray.toolTip).toMatch(missed);
    expect(tray.labels[0]).toMatch(missed);
    expect(tray.image).toContain('attention');
  });

  await test.step('Home', async () => {
    await openPage(page, 'Home');
    const todo = page.getByRole('region', { name: 'To do' });
    await expect(todo).toContainText(/1 proof missed for request/);
    await expect(todo.getByRole('link', { name: 'Open sale' })).toHaveAttribute('href', `#/sales/${slotId}`);
  });

  await test.step('the accounts', async () => {
    await openPage(page, 'Earnings');
    const line = page.getByRole('table', { name: 'Lines' }).getByRole('row').filter({ hasText: 'Slashed' });
    await expect(line).toHaveCount(1);
    await expect(line.getByRole('link')).toHaveAttribute('href', `#/sales/${slotId}`);
    await expect(line).toContainText(`−${taken}`);
  });
});
