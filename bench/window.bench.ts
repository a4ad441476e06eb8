/**
 * The window with 10,000 sales in a headless browser: how long its frames take while it is scrolled and 1,000 rows a
 * second change, in ten parcels as the node's feed sends them; how long a filter and a search take until they are
 * painted; how long a changed row does. The limit is the same page with the same scrolling when nothing changes, and a
 * frame of a page that is empty. Wants Debian's or Playwright's Chromium.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import react from '@vitejs/plugin-react';
import { build, preview } from 'vite';
import { ensureBrowser } from '../scripts/find-browser.mjs';

const SALES = 10_000;
const CHANGES_A_SECOND = 1000;
const SECONDS = 10;

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
try {
  const address = server.resolvedUrls?.local[0] ?? '';
  const page = await browser.newPage({ viewport: { width: 1280, height: 832 } });
  await page.goto(`${address}dev.html?empty#/settings`);
  told('page without sales', await frames(page, { scroll: false, changes: 0 }));
  await page.goto(`${address}dev.html?sales=${SALES}#/sales`);
  await page.getByText(/of 10,000/).waitFor();
  told('scrolled, nothing changes', await frames(page, { scroll: true, changes: 0 }));
  told(
    `scrolled, ${CHANGES_A_SECOND} rows a second`,
    await frames(page, { scroll: true, changes: CHANGES_A_SECOND }),
  );
  told('filter until painted', await repeated(page, 40, 'filter'));
  told('filter, rows changing', await whileChanging(page, () => repeated(page, 40, 'filter')));
  told('search until painted', await repeated(page, 40, 'search'));
  told('changed row until painted', await repeated(page, 100, 'changedRow'));
} finally {
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
}

function told(name: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  process.stdout.write(
    `  ${name.padEnd(34)} median ${at(0.5).padStart(6)} ms   95th ${at(0.95).padStart(6)} ms   longest ${at(1).padStart(6)} ms   of ${sorted.length}\n`,
  );
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
