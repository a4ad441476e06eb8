/**
 * From the block with an event to the painted row: the built headless node on the practice network, whose client posts
 * requests quickly, and its window in a headless browser on the page of the queue. A request's time begins when the
 * chain itself tells of its block, and ends after the frame that shows its first slot. The limit is how often the node
 * looks at its chain, as it did in the same run. Wants `npm run build` and a Chromium; takes about two minutes.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from '@playwright/test';
import { Interface, WebSocketProvider } from 'ethers';
import { ensureBrowser } from '../scripts/find-browser.mjs';
import { HeadlessProcess, openWindow, temporaryFolder, type NodeWindow } from '../test/support/headless.ts';
import { marketplaceAbi } from '../test/support/marketplaceabi.ts';
import { median, percentile, row } from './lib/figures.ts';

const EVENTS = Number(process.env['EVENTS'] ?? 30);
/** After it what there is is told; a busy machine makes few requests. */
const LONGEST_MS = 480_000;

/** In the page: notes when each request's first row in the queue was painted, which is a task after its frame's own. */
const notePainted = `{
  globalThis.painted = {};
  const seen = new Set();
  const look = () => {
    for (const { title } of document.querySelectorAll('[aria-label="Queue"] [title^="0x"]')) {
      if (seen.has(title)) continue;
      seen.add(title);
      requestAnimationFrame(() =>
        setTimeout(() => (painted[title] = performance.timeOrigin + performance.now())),
      );
    }
  };
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true });
}`;

if (!existsSync('out/main/headless.js')) throw new Error('The node is not built: npm run build');
await using folder = await temporaryFolder();
const node = new HeadlessProcess(['--data', folder.path, '--scenario', 'demo', '--speed', '120']);
const browser = await chromium.launch({ executablePath: ensureBrowser() });
const window = openWindow(await node.url());
try {
  const { chain, marketplace } = await window.until(({ node }) => {
    const { servers: [server] = [], marketplace } = node.get('node')?.network ?? {};
    return server !== undefined && marketplace !== undefined && { chain: server, marketplace };
  });
  const page = await openQueue(await node.url());
  const provider = new WebSocketProvider(chain.replace(/^http/, 'ws'));
  try {
    const minedAt = await watchChain(provider, marketplace);
    const { toldAt, looks } = watchRows(window);
    const paintedAt = await untilPainted(page, minedAt);
    report({ minedAt, toldAt, paintedAt, lookMs: median(gaps(looks)) });
  } finally {
    await provider.destroy();
  }
} finally {
  window.close();
  await browser.close();
  await node.stop();
}

/** Wall times in milliseconds by request. */
type Times = ReadonlyMap<string, number>;

async function watchChain(provider: WebSocketProvider, address: string): Promise<Times> {
  const abi = new Interface(marketplaceAbi);
  const minedAt = new Map<string, number>();
  const topics = abi.encodeFilterTopics('StorageRequested', []);
  await provider.on({ address, topics }, (log: { topics: string[]; data: string }) => {
    const requestId: unknown = abi.parseLog(log)?.args['requestId'];
    if (typeof requestId === 'string') minedAt.set(requestId.toLowerCase(), nowMs());
  });
  return minedAt;
}

/** When the rows reached a window without a browser, and when each block that the node saw did. */
function watchRows({ live }: NodeWindow): { toldAt: Times; looks: readonly number[] } {
  const toldAt = new Map<string, number>();
  const looks: number[] = [];
  let block = -1;
  live.state.subscribe(() => {
    const { queue, chain } = live.state.getSnapshot().tables;
    for (const { requestId } of queue.values()) {
      if (!toldAt.has(requestId)) toldAt.set(requestId, nowMs());
    }
    const seen = chain.get('chain')?.block ?? -1;
    if (seen !== block) looks.push(nowMs());
    block = seen;
  });
  return { toldAt, looks };
}

async function openQueue(url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 832 } });
  await page.goto(url);
  await page.getByRole('navigation').getByRole('link', { name: 'Queue' }).click();
  await page.getByRole('heading', { level: 1, name: 'Queue' }).waitFor();
  await page.evaluate(notePainted);
  return page;
}

async function untilPainted(page: Page, minedAt: Times): Promise<Times> {
  const end = nowMs() + LONGEST_MS;
  for (;;) {
    const painted: Record<string, number> = await page.evaluate('painted');
    const paintedAt = new Map(Object.entries(painted));
    const count = [...minedAt.keys()].filter((id) => paintedAt.has(id)).length;
    if (count >= EVENTS || (count > 0 && nowMs() > end)) return paintedAt;
    if (nowMs() > end) throw new Error(`${minedAt.size} requests, and none of them painted`);
    await sleep(500);
  }
}

function report(times: { minedAt: Times; toldAt: Times; paintedAt: Times; lookMs: number }): void {
  const { minedAt, toldAt, paintedAt, lookMs } = times;
  const between = (from: Times, to: Times) =>
    [...minedAt.keys()].flatMap((id) => {
      const [begin, end] = [from.get(id), to.get(id)];
      return begin === undefined || end === undefined ? [] : [end - begin];
    });
  const limit = 'between two looks';
  for (const [name, ms] of [
    ['block to painted row', between(minedAt, paintedAt)],
    ['  block to row at a window', between(minedAt, toldAt)],
    ['  row at a window to painted row', between(toldAt, paintedAt)],
  ] as const) {
    console.log(row(`${name}, median of ${ms.length}`, median(ms), limit, lookMs));
    console.log(row(`${name}, 95th percentile`, percentile(ms, 0.95), limit, lookMs));
  }
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? time));
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
