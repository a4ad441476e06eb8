import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from '@playwright/test';
import { bootstrap, root, say } from './bootstrap.mjs';
import { ensureBrowser } from './find-browser.mjs';

/** Pictures of every page of a running demo, light, dark and narrow. They are looked at by people, and stand in docs/pictures.md. */
export async function takeDemoPictures(named) {
  await withNode(['--demo'], named, shootPages);
}

/** Of the first steps of a new data folder, up to three filled slots, each 1000 px wide. They stand in the README. */
export async function takeFirstPictures(named) {
  await withNode([], named, shootFirstSteps);
}

async function withNode(flags, named, shootAll) {
  bootstrap();
  const folder = resolve(named ?? join(root, 'docs/images'));
  mkdirSync(folder, { recursive: true });
  const dataDir = mkdtempSync(join(tmpdir(), 'slotkeeper-pictures-'));
  const node = spawn(process.execPath, [join(root, 'out/main/headless.js'), '--data', dataDir, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const story = lines(node.stdout);
  const browser = await chromium.launch({ executablePath: ensureBrowser(say) });
  try {
    const url = (await story.find(/HEADLESS (\S+)/))[1];
    await shootAll({ browser, story, url, folder });
  } finally {
    await browser.close();
    const ended = new Promise((resolve) => node.once('exit', resolve));
    node.kill('SIGTERM');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** As a newcomer goes, who takes what is suggested. */
async function shootFirstSteps({ browser, url, folder }) {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 832 },
    deviceScaleFactor: 1000 / 1280,
    colorScheme: 'light',
  });
  await page.goto(url);
  const press = (name) => page.getByRole('button', { name }).click();
  await page.getByRole('heading', { name: /what can be lost/ }).waitFor();
  await save(page, folder, 'first-what');
  await press('Continue to the network');
  await save(page, folder, 'first-network');
  await press('Practise first');
  await page.getByText('Use suggestion').waitFor();
  await page.waitForTimeout(10_000);
  await save(page, folder, 'first-disk');
  await press('Continue to first offer');
  await page.getByText(/requests of the last/).waitFor();
  await save(page, folder, 'first-offer');
  await press('Create offer');
  await page.getByText('Downloaded').waitFor();
  await save(page, folder, 'first-waiting');
  await page.getByRole('heading', { level: 1, name: /in ([3-9]|\d\d+) slots/ }).waitFor({ timeout: 170_000 });
  await save(page, folder, 'first-sold');
}

async function shootPages({ browser, story, url, folder }) {
  const pages = ['home', 'offers', 'sales', 'queue', 'earnings', 'activity', 'settings'];
  const desktop = await browser.newPage({ viewport: { width: 1280, height: 832 }, deviceScaleFactor: 1.5 });
  await desktop.goto(url);
  await story.find(/Downloading/);
  await shoot(desktop, folder, ['sales'], 'starting');
  await story.find(/ended and paid/);
  await desktop.waitForTimeout(12_000);
  for (const theme of ['light', 'dark']) {
    await desktop.emulateMedia({ colorScheme: theme });
    await shoot(desktop, folder, pages, theme);
    await openForm(desktop);
    await save(desktop, folder, `offer-form-${theme}`);
    await desktop.goto(`${origin(url)}#/sales`);
    await desktop.getByRole('row').nth(1).getByRole('link').first().click();
    await save(desktop, folder, `sale-${theme}`);
  }
  await desktop.emulateMedia({ colorScheme: 'light' });
  await desktop.setViewportSize({ width: 760, height: 900 });
  await shoot(desktop, folder, pages, 'narrow');
}

async function shoot(page, folder, names, suffix) {
  for (const name of names) {
    await page.evaluate((hash) => (location.hash = hash), `#/${name}`);
    await save(page, folder, `${name}-${suffix}`);
  }
}

async function openForm(page) {
  await page.evaluate(() => (location.hash = '#/offers'));
  await page
    .getByRole('button', { name: /new offer|create/i })
    .first()
    .click();
}

async function save(page, folder, name) {
  await page.waitForTimeout(400);
  const close = page.getByRole('button', { name: 'Close' });
  while (await close.first().isVisible()) await close.first().click();
  await page.screenshot({ path: join(folder, `${name}.png`) });
  say(join(folder, `${name}.png`));
}

function origin(url) {
  return new URL(url).origin + '/';
}

/** The lines of a stream, to wait for one that matches. */
function lines(stream) {
  let text = '';
  const waiting = new Set();
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    for (const look of waiting) look();
  });
  return {
    find: (pattern) =>
      new Promise((found) => {
        const look = () => {
          const match = pattern.exec(text);
          if (!match) return;
          waiting.delete(look);
          found(match);
        };
        waiting.add(look);
        look();
      }),
  };
}
