import { createOffer, expect, openPage, test } from './fixtures.ts';

test('an offer is changed with its effect shown first, paused, ended on a day, and wound down while it sells', async ({
  page,
  startNode,
}) => {
  const node = await startNode({ scenario: 'demo', speed: 15 });
  await node.open();
  await createOffer(page);
  const row = page.getByRole('row').filter({ hasText: 'Evening disk' });
  await openPage(page, 'Sales');
  await expect(page.getByRole('cell', { name: /Selling/ }).first()).toBeVisible({ timeout: 90_000 });
  await openPage(page, 'Offers');

  await page.getByRole('button', { name: 'Edit Evening disk' }).click();
  await expect(page.getByText(/of the \d+ requests of the last 14 days would match/)).toBeVisible();
  await page.getByLabel('Lowest price').fill('1000000000');
  await expect(page.getByText(/^0 of the \d+ requests of the last 14 days would match/)).toBeVisible();
  await expect(page.getByText(/\d+ fewer than now \(\d+\)\./)).toBeVisible();
  // What is sold of it cannot be taken out of it.
  await page.getByLabel('Space').fill('1 MB');
  await expect(page.getByText(/Running sales hold .* Enter at least that\./).first()).toBeVisible();
  await page.getByLabel('Space').fill('0.2');
  await page.getByLabel('Ends on').fill('2099-12-31');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText(/Offer “Evening disk” changed/)).toBeAttached();
  await expect(row).toContainText('until 31 Dec');
  await expect(row).toContainText(/of 200\.0 MB|of 0\.2 GB/);

  await page.getByRole('button', { name: 'Pause Evening disk' }).click();
  await expect(row).toContainText('Paused');
  await page.reload();
  await openPage(page, 'Offers');
  await expect(row).toContainText('Paused');
  await page.getByRole('button', { name: 'Resume Evening disk' }).click();
  await expect(row).toContainText('Active');

  await page.getByRole('button', { name: 'Edit Evening disk' }).click();
  await page.getByRole('button', { name: 'Delete offer' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete “Evening disk”?' });
  await expect(dialog).toContainText(/slots? in it runs? to (its|their) end/);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(row).toContainText('Active');
  await page.getByRole('button', { name: 'Delete offer' }).click();
  await page.getByRole('button', { name: 'Wind down and delete' }).click();
  await expect(row).toContainText('Winding down');
  await expect(page.getByRole('button', { name: 'Edit Evening disk' })).toBeHidden();
});
