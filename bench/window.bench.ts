/**
 * The window with 10,000 sales in a headless browser: how long its frames take while it is scrolled and 1,000 rows a
 * second change, in ten parcels as the node's feed sends them; how long a filter and a search take until they are
 * painted; how long a changed row does. The limit is the same page with the same scrolling when nothing changes, and a
 * frame of a page that is empty. Wants Debian's or Playwright's Chromium.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chromium, type CDPSession, type Page } from '@playwright/test';
import react from '@vitejs/plugin-react';
import { build, preview } from 'vite';
import { ensureBrowser } from '../scripts/find-browser.mjs';
import { percentile } from './lib/figures.ts';

const SALES = 10_000;
const CHANGES_A_SECOND = 1000;
const SECONDS = 10;
/** A multiple of the filters, so that what comes after it finds all sales. */
const FILTERS = 42;

const folder = await mkdtemp(resolve('node_modules/.bench-window-'));
const outDir = join(folder, 'page');
const shared = { root: resolve('src/renderer'), configFile: false, logLevel: 'error' } as const;
await build({
  ...shared,
  plugins: [react()],
  build: { outDir, rolldownOptions: { input: resolve('src/renderer/dev.html') } },
});
const server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
const browser = await chromium.launch({ executablePath: ensureBrowser() });
let devtools: CDPSession | undefined;
try {
  const address = server.resolvedUrls?.local[0] ?? '';
  const page = await browser.newPage({ viewport: { width: 1280, height: 832 } });
  devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(`${address}dev.html?empty#/settings`);
  await told('page without sales', async () => frames(page, { scroll: false, changes: 0 }));
  await page.goto(`${address}dev.html?sales=${SALES}#/sales`);
  await page.getByText(/of 10,000/).waitFor();
  await told('nothing changes', async () => frames(page, { scroll: false, changes: 0 }));
  await told('scrolled, nothing changes', async () => frames(page, { scroll: true, changes: 0 }));
  await told(`${CHANGES_A_SECOND} rows a second`, async () =>
    frames(page, { scroll: false, changes: CHANGES_A_SECOND }),
  );
  await told(`scrolled, ${CHANGES_A_SECOND} rows a second`, async () =>
    frames(page, { scroll: true, changes: CHANGES_A_SECOND }),
  );
  await told('filter until painted', async () => repeated(page, FILTERS, 'filter'));
  await told('filter, rows changing', async () =>
    whileChanging(page, async () => repeated(page, FILTERS, 'filter')),
  );
  await told('search until painted', async () => repeated(page, 40, 'search'));
  await told('changed row until painted', async () => repeated(page, 100, 'changedRow'));
} finally {
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
}

/** `work` is what the page's thread was busy for each, in CPU time: it says the same on a machine that others use, too. */
async function told(name: string, measure: () => Promise<number[]>): Promise<void> {
  const before = await busyMs();
  const times = await measure();
  const cpuMs = (await busyMs()) - before;
  const at = (share: number) => percentile(times, share).toFixed(1).padStart(6);
  process.stdout.write(
    `  ${name.padEnd(34)} median ${at(0.5)} ms   95th ${at(0.95)} ms   longest ${at(1)} ms   work ${(cpuMs / times.length).toFixed(1)} ms   of ${times.length}\n`,
  );
}

/** CPU time of the page's thread so far. */
async function busyMs(): Promise<number> {
  const { metrics = [] } = (await devtools?.send('Performance.getMetrics')) ?? {};
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
}

/** Milliseconds from one frame to the next; what the page does for it is in `dev/measure.ts`. */
async function frames(page: Page, wanted: { scroll: boolean; changes: number }): Promise<number[]> {
  return page.evaluate(`measure.frames(${JSON.stringify({ ...wanted, seconds: SECONDS })})`);
}

async function whileChanging<T>(page: Page, work: () => Promise<T>): Promise<T> {
  await page.evaluate(`measure.startChanges(${CHANGES_A_SECOND})`);
  try {
    return await work();
  } finally {
    await page.evaluate('measure.stopChanges()');
  }
}

async function repeated(page: Page, count: number, what: string): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < count; round++) times.push(await page.evaluate(`measure.${what}(${round})`));
  return times;
}
