import { defineConfig } from '@playwright/test';
import { electronBinary } from './scripts/electron-binary.mjs';
import { ensureBrowser } from './scripts/find-browser.mjs';

const electron = electronBinary();

/** End to end: the built renderer in a real browser over the headless node; in Electron too where its binary is. */
export default defineConfig({
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
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'browser', testMatch: /.*\.spec\.ts/, testIgnore: /electron\.spec\.ts/ },
    ...(electron ? [{ name: 'electron', testMatch: /electron\.spec\.ts/, use: { launchOptions: {} } }] : []),
  ],
});
