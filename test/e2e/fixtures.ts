import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import { changeSettings } from '../../src/main/settings-file.ts';
import { built } from '../support/built.ts';
import { HeadlessProcess, temporaryFolder } from '../support/headless.ts';
import type { RunningProcess } from '../support/runningprocess.ts';
import { Desktop } from './desktop/desktop.ts';
import { DESKTOP_URL, DesktopWindow } from './desktop/desktopwindow.ts';
import type { WorkerFixtures } from './world.ts';

export { expect };

/** What settings say of the practice network when the node starts; what is not named stays as it is. */
export interface NodeStart {
  readonly scenario?: 'demo' | 'tour' | 'none';
  readonly speed?: number;
  readonly logLevel?: string;
}

export interface StartedNode {
  readonly process: RunningProcess;
  /** Where its window is. */
  readonly url: string;
  /** Has its window in the test's page. */
  open(): Promise<void>;
}

interface Fixtures {
  /** Whether the data folder is new to its owner, so that the window begins with the first steps. */
  isFirstStart: boolean;
  /** What the application keeps of its user: a folder of the test's own. */
  userData: string;
  /** The node's own data in it. */
  dataDir: string;
  /** Starts the built node of this world on that folder; ended after the test. */
  startNode: (start?: NodeStart) => Promise<StartedNode>;
  /** The test's hand on the desktop. Only tests that are about the desktop alone ask for it. */
  desktop: Desktop;
  desktopIfAny: Desktop | undefined;
  /** The text that the window saves when that is done to it: as a download, or in the file that main asks for. */
  textSaved: (save: () => Promise<void>) => Promise<string>;
  /** Fails the test when the page logged an error or threw. */
  cleanConsole: undefined;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  world: ['browser', { option: true, scope: 'worker' }],
  doublePath: [
    async ({ world }, provide) => {
      if (world !== 'desktop') return provide('');
      const { folder, remove } = await built({ hand: 'test/doubles/hand.ts' });
      await provide(join(folder, 'hand.mjs'));
      await remove();
    },
    { scope: 'worker' },
  ],
  isFirstStart: [false, { option: true }],
  // Playwright reads which fixtures are wanted from the pattern of the first parameter.
  // oxlint-disable-next-line no-empty-pattern
  userData: async ({}, provide) => {
    await using folder = await temporaryFolder();
    await provide(folder.path);
  },
  dataDir: async ({ userData, isFirstStart }, provide) => {
    const dataDir = join(userData, 'data');
    await mkdir(dataDir);
    if (!isFirstStart) await changeSettings(dataDir, { onboarded: true });
    await provide(dataDir);
  },
  desktopIfAny: async ({ world, doublePath, page, userData }, provide) => {
    if (world !== 'desktop') return provide(undefined);
    await provide(new Desktop({ doublePath, window: await DesktopWindow.in(page), userData }));
  },
  desktop: async ({ desktopIfAny }, provide) => {
    if (!desktopIfAny) throw new Error('This test is about the desktop: leave it out of the other project');
    await provide(desktopIfAny);
  },
  startNode: async ({ dataDir, desktopIfAny, page }, provide, info) => {
    const started: RunningProcess[] = [];
    await provide(async (start = {}) => {
      await enterSettings(dataDir, start);
      const node = desktopIfAny ? startDesktop(desktopIfAny) : await startHeadless(dataDir, page);
      started.push(node.process);
      return node;
    });
    // What a run elsewhere leaves of a failure is what it printed.
    if (info.status !== info.expectedStatus) console.log(await evidence(page, started, dataDir));
    for (const process of started) await process.stop();
  },
  textSaved: async ({ page, desktopIfAny, userData }, provide) => {
    let saved = 0;
    await provide(async (save) => {
      const file = join(userData, `saved-${saved++}`);
      await desktopIfAny?.ask('saveIn', file);
      const download = desktopIfAny ? undefined : page.waitForEvent('download');
      await save();
      await (await download)?.saveAs(file);
      // Main puts it in its place once it is whole.
      await expect.poll(() => existsSync(file)).toBe(true);
      return readFile(file, 'utf8');
    });
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

async function enterSettings(dataDir: string, { scenario, speed, logLevel }: NodeStart): Promise<void> {
  const practice = { ...(scenario && { scenario }), ...(speed !== undefined && { speed }) };
  const isPractice = Object.keys(practice).length > 0;
  await changeSettings(dataDir, {
    ...(isPractice && { network: { kind: 'practice', ...practice } }),
    ...(logLevel !== undefined && { logLevel }),
  });
}

async function startHeadless(dataDir: string, page: Page): Promise<StartedNode> {
  const process = new HeadlessProcess(['--data', dataDir]);
  const url = await process.url();
  return { process, url, open: async () => void (await page.goto(url)) };
}

/** Its window opens by itself. */
function startDesktop(desktop: Desktop): StartedNode {
  const process = desktop.start();
  return { process, url: DESKTOP_URL, open: () => desktop.opened() };
}

/** What a person would look at first: the page as it is, in words, what each node printed, and what the last ones logged. */
async function evidence(page: Page, nodes: readonly RunningProcess[], dataDir: string): Promise<string> {
  const shown = await page.ariaSnapshot({ timeout: 5000 }).catch((error: unknown) => String(error));
  const printed = nodes.map(({ output }) => lastLines(output));
  const logged = await readFile(join(dataDir, 'logs/slotkeeper.ndjson'), 'utf8').catch(() => '');
  return [
    'The page when the test failed:',
    shown,
    'The end of what its nodes printed:',
    ...printed,
    'The end of the log:',
    lastLines(logged),
    '',
  ].join('\n');
}

const lastLines = (text: string): string => text.split('\n').slice(-40).join('\n');

export async function openPage(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
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
