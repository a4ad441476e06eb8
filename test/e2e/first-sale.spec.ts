import { createOffer, expect, openPage, statusLine, test } from './fixtures.ts';

test('an offer is created, a slot goes from the queue to filled, and is proven after a restart', async ({
  page,
  startNode,
  world,
}) => {
  const first = await startNode({ scenario: 'demo', speed: 15 });
  await first.open();
  await expect(page).not.toHaveURL(/token/);
  await expect(page.getByText('Practice network: nothing here is real')).toBeVisible();
  await expect(statusLine(page)).toContainText('Nothing offered yet');

  await test.step('requests stand in the queue while nothing is offered', async () => {
    await openPage(page, 'Queue');
    await expect(page.getByRole('row').nth(1)).toBeVisible({ timeout: 60_000 });
  });

  await test.step('the offer is listed', async () => {
    await createOffer(page);
    await expect(page.getByRole('table').getByText('Evening disk')).toBeVisible();
  });

  await test.step('a sale goes on to Selling', async () => {
    await openPage(page, 'Sales');
    await expect(page.getByRole('cell', { name: /Selling/ }).first()).toBeVisible({ timeout: 90_000 });
    await expect(statusLine(page)).toContainText(/Selling .* in \d+ slots?/);
  });

  await test.step('its log lines are there', async () => {
    await openPage(page, 'Activity');
    await expect(page.getByText(/Slot \d+ of .* filled/).first()).toBeVisible();
    await page.getByRole('searchbox').or(page.getByPlaceholder('Text, topic or id')).fill('filled');
    const log = page.getByRole('table', { name: 'Log' });
    await expect(log.getByText(/Sale entered a state .*state=filled/).first()).toBeVisible();
  });

  await test.step('a reload keeps the session and the rows', async () => {
    await page.goto(`${new URL(first.url).origin}/#/sales`);
    await page.reload();
    await expect(page.getByRole('cell', { name: /Selling/ }).first()).toBeVisible();
  });

  await test.step('after a restart the slot is still proven', async () => {
    await page.getByRole('row').filter({ hasText: 'Selling' }).first().getByRole('link').first().click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText(/slot \d+/);
    expect(await first.process.stop()).toBe(0);
    // On the desktop the window ends with its node.
    if (world === 'browser') await expect(page.getByText(/Node unreachable/)).toBeVisible();

    const second = await startNode({ scenario: 'none' });
    await second.open();
    await openPage(page, 'Sales');
    const row = page.getByRole('row').filter({ hasText: 'Selling' }).first();
    await expect(row).toBeVisible({ timeout: 60_000 });
    await openPage(page, 'Activity');
    await expect(page.getByText(/Proofs? sent for/).first()).toBeVisible({ timeout: 60_000 });
  });
});

test('the form says the rule and the fix, keeps what was typed, and creates nothing', async ({
  page,
  startNode,
}) => {
  const node = await startNode({ scenario: 'none' });
  await node.open();
  await openPage(page, 'Offers');
  const space = page.getByLabel('Space');
  await space.fill('900 TB');
  await page.getByLabel('Lowest price').click();
  await expect(page.getByText(/more than the (quota|disk)/)).toBeVisible();
  await expect(space).toHaveValue('900 TB');
  await space.fill('-5');
  await page.getByRole('button', { name: 'Create offer' }).click();
  await expect(page.getByText(/more than zero/)).toBeVisible();
  await expect(space).toHaveValue('-5');
  await expect(page.getByRole('table')).toHaveCount(0);
});
