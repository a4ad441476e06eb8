import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { exactTokens } from '../../src/shared/units.ts';
import { createOffer, expect, openPage, test } from './fixtures.ts';

test('the exported CSV, read by another program, adds up to the sums the page shows', async ({
  page,
  startNode,
  desktopIfAny,
  userData,
}) => {
  const node = await startNode({ scenario: 'demo', speed: 30 });
  await node.open();
  await createOffer(page);
  await openPage(page, 'Earnings');
  const main = page.getByRole('main');
  await expect(main.getByRole('table', { name: 'Lines' }).getByText('Payout').first()).toBeVisible({
    timeout: 120_000,
  });
  // A sum that goes on growing cannot be compared.
  await page.keyboard.press('ControlOrMeta+k');
  await page.keyboard.type('practice time');
  await page.getByRole('option', { name: 'Practice time stands still' }).click();

  const file = join(userData, 'earnings.csv');
  const month = main.getByRole('table', { name: 'Month' }).getByRole('row').nth(1).getByRole('cell');
  await expect(async () => {
    const lines = await exported();
    const sums = sumsOf(lines);
    expect(await month.last().textContent()).toBe(String(lines.length));
    const titles = month.locator('[title]');
    const shown = await titles.evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title')));
    expect(shown).toEqual([
      exactTokens(sums.earned, 18),
      exactTokens(sums.slashed, 18),
      exactTokens(sums.collateral, 18),
      exactTokens(sums.transfers, 18),
      `${exactTokens(sums.gas, 18)} ETH`,
    ]);
    expect(sums.earned > 0n && sums.collateral < 0n && sums.gas < 0n).toBe(true);
  }).toPass({ timeout: 60_000 });
  await expect(main.getByRole('region', { name: 'Comparison with the chain' })).toContainText(
    'Adds up with the chain',
  );

  async function exported(): Promise<CsvLine[]> {
    await desktopIfAny?.ask('saveIn', file);
    const download = desktopIfAny ? undefined : page.waitForEvent('download');
    const button = page.getByRole('button', { name: 'Export CSV' });
    await button.click();
    await (await download)?.saveAs(file);
    await expect(button).toBeEnabled();
    return parse(await readFile(file, 'utf8'), { columns: true }) as CsvLine[];
  }
});

interface CsvLine {
  readonly kind: string;
  readonly amount: string;
  readonly amount_smallest_units: string;
}

function sumsOf(lines: readonly CsvLine[]) {
  const sum = (...kinds: string[]) =>
    lines
      .filter(({ kind }) => kinds.includes(kind))
      .reduce((total, { amount_smallest_units }) => total + BigInt(amount_smallest_units), 0n);
  return {
    earned: sum('payout', 'repairReward'),
    slashed: sum('slash'),
    collateral: sum('collateralOut', 'collateralBack'),
    transfers: sum('transferIn', 'transferOut'),
    gas: sum('gas'),
  };
}
