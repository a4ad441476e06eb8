import { AxeBuilder } from './axe.ts';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadlessProcess, temporaryFolder } from '../support/headless.ts';

export { expect };

interface Fixtures {
  /** Whether the data folder is new to its owner, so that the window begins with the first steps. */
  isFirstStart: boolean;
  /** A data folder of the test's own. */
  dataDir: string;
  /** Starts the built headless node on that folder; ended after the test. */
  startNode: (...args: string[]) => Promise<{ process: HeadlessProcess; url: string }>;
  /** Fails the test when the page logged an error or threw. */
  cleanConsole: undefined;
}

export const test = base.extend<Fixtures>({
  isFirstStart: [false, { option: true }],
  dataDir: async ({ isFirstStart }, provide) => {
    await using folder = await temporaryFolder();
    if (!isFirstStart) await writeFile(join(folder.path, 'settings.json'), '{"onboarded":true}');
    await provide(folder.path);
  },
  startNode: async ({ dataDir, page }, provide, info) => {
    const started: HeadlessProcess[] = [];
    await provide(async (...args) => {
      const process = new HeadlessProcess(['--data', dataDir, ...args]);
      started.push(process);
      return { process, url: await process.url() };
    });
    // What a run elsewhere leaves of a failure is what it printed.
    if (info.status !== info.expectedStatus) console.log(await evidence(page, started));
    for (const process of started) await process.stop();
  },
  cleanConsole: [
    async ({ page }, provide) => {
      const errors: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      page.on('pageerror', (error) => errors.push(error.message));
      await provide(undefined);
      // A node that was stopped on purpose leaves refused connections behind; anything else is ours.
      expect(errors.filter((text) => !/ERR_CONNECTION_REFUSED|WebSocket connection/.test(text))).toEqual([]);
    },
    { auto: true },
  ],
});

/** What a person would look at first: the page as it is, in words, and the last that each node logged. */
async function evidence(page: Page, nodes: readonly HeadlessProcess[]): Promise<string> {
  const shown = await page.ariaSnapshot({ timeout: 5000 }).catch((error: unknown) => String(error));
  const logged = nodes.map(({ output }) => output.split('\n').slice(-40).join('\n'));
  return ['The page when the test failed:', shown, 'The end of what its nodes logged:', ...logged, ''].join(
    '\n',
  );
}

export async function openPage(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

/** What axe finds wrong, by rule and place; WCAG A and AA. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  return new AxeBuilder(page).faults();
}

/** The one sentence of what the node does, as the navigation says it. */
export const statusLine = (page: Page): Locator => page.getByRole('banner').getByRole('status');

export async function createOffer(page: Page): Promise<void> {
  await openPage(page, 'Offers');
  await expect(statusLine(page)).not.toHaveText(/^(Starting|Stopped)/);
  // Without an offer the form is open by itself.
  const button = page.getByRole('button', { name: 'New offer' });
  const space = page.getByLabel('Space');
  await expect(button.or(space)).toBeVisible();
  if (await button.isVisible()) await button.click();
  await space.fill('0.1');
  await page.getByLabel('Lowest price').fill('1');
  await page.getByLabel('Longest sale').fill('1');
  await page.getByLabel('Collateral in all').fill('1000');
  await page.getByLabel('Name').fill('Evening disk');
  await page.getByRole('button', { name: 'Create offer' }).click();
  await expect(page.getByText(/Offer “Evening disk” created/)).toBeAttached();
}
