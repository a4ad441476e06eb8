import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { _electron, expect, test } from '@playwright/test';
import { electronBinary } from '../../scripts/electron-binary.mjs';
import { temporaryFolder } from '../support/headless.ts';
import { createOffer, openPage, statusLine } from './fixtures.ts';

/** Runs only where Electron's binary is: playwright.config.ts leaves it out elsewhere, and `npm test` says so. */
test('the desktop application sells on the practice network, and stops its node when it quits', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'data'));
  await writeFile(join(folder.path, 'data', 'settings.json'), '{"onboarded":true}');
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const application = await _electron.launch({
    executablePath: electronBinary() ?? '',
    args: [...sandbox, `--user-data-dir=${folder.path}`, resolve(import.meta.dirname, '../..')],
  });
  const page = await application.firstWindow();
  await expect(statusLine(page)).toContainText('Nothing offered yet', { timeout: 60_000 });
  await createOffer(page);
  await openPage(page, 'Sales');
  await expect(page.getByRole('cell', { name: /Selling/ }).first()).toBeVisible({ timeout: 120_000 });
  expect(await page.evaluate(() => typeof (window as { require?: unknown }).require)).toBe('undefined');
  await application.close();
});
