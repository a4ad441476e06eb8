/// <reference lib="dom" />
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
  await page.goto('about:blank');
  told('empty page', await frames(page, { scroll: false, changes: 0 }));
  await page.goto(`${address}dev.html?sales=${SALES}#/sales`);
  await page.getByText(/of 10,000/).waitFor();
  told('scrolled, nothing changes', await frames(page, { scroll: true, changes: 0 }));
  told(
    `scrolled, ${CHANGES_A_SECOND} rows a second`,
    await frames(page, { scroll: true, changes: CHANGES_A_SECOND }),
  );
  told('filter until painted', await repeated(page, 40, clickFilter));
  told('filter, rows changing', await whileChanging(page, () => repeated(page, 40, clickFilter)));
  told('search until painted', await repeated(page, 40, typeSearch));
  told('changed row until painted', await repeated(page, 100, changeRow));
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

/** What the page of invented rows offers. */
interface Rows {
  startChanges(aSecond: number): () => void;
  changeOne(): string;
}

/** Milliseconds from one frame to the next. */
function frames(page: Page, wanted: { scroll: boolean; changes: number }): Promise<number[]> {
  return page.evaluate(
    async ({ scroll, changes, seconds }) => {
      const frame = () => new Promise<number>((resolveFrame) => requestAnimationFrame(resolveFrame));
      const body = document.querySelector('[role=table] [tabindex]');
      const stop = changes > 0 ? (globalThis as unknown as Rows).startChanges(changes) : () => {};
      const times: number[] = [];
      let last = await frame();
      const end = last + seconds * 1000;
      while (last < end) {
        if (scroll && body) body.scrollTop = (body.scrollTop + 60) % (body.scrollHeight - body.clientHeight);
        const now = await frame();
        times.push(now - last);
        last = now;
      }
      stop();
      return times.slice(5);
    },
    { ...wanted, seconds: SECONDS },
  );
}

async function whileChanging<T>(page: Page, work: () => Promise<T>): Promise<T> {
  const stop = await page.evaluateHandle(
    (changes) => (globalThis as unknown as Rows).startChanges(changes),
    CHANGES_A_SECOND,
  );
  try {
    return await work();
  } finally {
    await stop.evaluate((end) => end());
  }
}

async function repeated(page: Page, count: number, once: (page: Page, round: number) => Promise<number>) {
  const times: number[] = [];
  for (let round = 0; round < count; round++) times.push(await once(page, round));
  return times;
}

/** From the click until the frame that shows what it chose was drawn. */
function clickFilter(page: Page, round: number): Promise<number> {
  return page.evaluate(async (index) => {
    const frame = () => new Promise<number>((resolveFrame) => requestAnimationFrame(resolveFrame));
    const filters = [...document.querySelectorAll<HTMLButtonElement>('fieldset button')];
    await frame();
    const begin = performance.now();
    filters[index % filters.length]?.click();
    await frame();
    await new Promise((resolveTask) => setTimeout(resolveTask));
    return performance.now() - begin;
  }, round);
}

/** From a letter until the frame with the rows it leaves. */
function typeSearch(page: Page, round: number): Promise<number> {
  return page.evaluate(
    async (text) => {
      const frame = () => new Promise<number>((resolveFrame) => requestAnimationFrame(resolveFrame));
      const field = document.querySelector<HTMLInputElement>('input[type=search]');
      if (!field) throw new Error('The page has no search');
      await frame();
      const begin = performance.now();
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text);
      field.dispatchEvent(new Event('input', { bubbles: true }));
      await frame();
      await new Promise((resolveTask) => setTimeout(resolveTask));
      return performance.now() - begin;
    },
    ['0', '01', '00f', ''][round % 4] ?? '',
  );
}

/** From the change of a row in sight until the frame that shows it. */
function changeRow(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const frame = () => new Promise<number>((resolveFrame) => requestAnimationFrame(resolveFrame));
    const begin = performance.now();
    const word = (globalThis as unknown as Rows).changeOne();
    while (!document.querySelector('[role=table]')?.textContent.includes(word)) {
      if (performance.now() - begin > 10_000) throw new Error(`No row shows ${word}`);
      await frame();
    }
    await new Promise((resolveTask) => setTimeout(resolveTask));
    return performance.now() - begin;
  });
}
