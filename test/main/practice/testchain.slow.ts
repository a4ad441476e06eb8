import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startTestChain } from '../../support/practicechain.ts';

test('a chain for tests leaves nothing in the home folder, however long it grew', async () => {
  const home = await mkdtemp(join(tmpdir(), 'home-'));
  vi.stubEnv('HOME', home);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true, force: true });
  });
  const chain = await startTestChain({ blocks: 0 });
  // Only blocks that changed something have a state of their own.
  for (let block = 0; block < 1200; block++) await chain.mine();
  await chain.stop();
  const left = await readdir(home, { recursive: true });
  expect(left.filter((name) => name.endsWith('.json'))).toEqual([]);
});
