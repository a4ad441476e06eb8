import { defineConfig } from '@playwright/test';
import { electronBinary } from './scripts/electron-binary.mjs';
import { ensureBrowser } from './scripts/find-browser.mjs';
import type { WorkerFixtures } from './test/e2e/world.ts';

const electron = electronBinary();

/** About plain Node's own ways in, the source's looks, or what a page of ours holds besides what the fixture puts there. */
const browserOnly = /(access|looks|secrets)\.spec\.ts/;
const desktopOnly = /desktop\.spec\.ts/;
const electronOnly = /electron\.spec\.ts/;

/**
 * End to end: the built renderer in a real browser, over the headless node and over the desktop's own main and preload on
 * the double of Electron; in Electron too where its binary is.
 */
export default defineConfig<object, WorkerFixtures>({
  testDir: 'test/e2e',
  timeout: 180_000,
  expect: { timeout: 20_000 },
  workers: 1,
  // Whole processes and a browser on a busy machine: a second try tells a fault from a stall, and is counted aloud.
  retries: 1,
  outputDir: 'test-results/e2e',
  use: {
    launchOptions: { executablePath: ensureBrowser() },
    viewport: { width: 1280, height: 832 },
    // It takes a picture of the whole page at each step, as much time as the test itself: at the second try only.
    trace: 'on-first-retry',
  },
  projects: [
    { name: 'browser', testIgnore: [desktopOnly, electronOnly], use: { world: 'browser' } },
    { name: 'desktop', testIgnore: [browserOnly, electronOnly], use: { world: 'desktop' } },
    ...(electron ? [{ name: 'electron', testMatch: electronOnly, use: { launchOptions: {} } }] : []),
  ],
});
