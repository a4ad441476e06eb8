import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * `unit` is fast and needs no build; `chance` is that part of it that must go the very same way each time, and so has a
 * world of its own. `slow` drives true parts: the practice chain, built processes.
 * `long` takes minutes: schedules of chance, kills; `npm run test:slow` runs it. `renderer` runs components in happy-dom.
 * The typed double stands in for Electron everywhere.
 */
const chance = ['test/main/engine/sales/simulation*.test.ts'];
const alias = { electron: resolve(import.meta.dirname, 'test/doubles/electron.ts') };

export default defineConfig({
  test: {
    // `npm run coverage`: the heart of the engine must be held by its own tests.
    coverage: {
      provider: 'v8',
      include: ['src/main/engine/sales/**'],
      reporter: ['text', 'json-summary'],
      thresholds: { lines: 95, branches: 95 },
    },
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/{main,shared,preload,lint}/**/*.test.ts'],
          exclude: chance,
          testTimeout: 20_000,
          // Each file with modules of its own would take as long again.
          isolate: false,
          maxWorkers: '100%',
        },
      },
      {
        resolve: { alias },
        test: { name: 'chance', include: chance, testTimeout: 20_000, maxWorkers: '100%' },
      },
      {
        resolve: { alias },
        test: {
          name: 'slow',
          include: ['test/{main,process}/**/*.slow.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // They wait more than they work.
          maxWorkers: 2,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'long',
          include: ['test/**/*.long.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'renderer',
          include: ['test/renderer/**/*.test.{ts,tsx}'],
          environment: 'happy-dom',
          // Whole pages are drawn and looked over by axe; a busy machine takes its time.
          testTimeout: 20_000,
          maxWorkers: '100%',
        },
      },
    ],
  },
});
