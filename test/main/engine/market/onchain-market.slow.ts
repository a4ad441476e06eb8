import { afterAll, beforeAll } from 'vitest';
import { marketSuite, suiteConfig } from '../../../support/marketsuite.ts';
import { onchainWorld } from '../../../support/onchainworld.ts';
import { startTestChain, testConfig, type TestChain } from '../../../support/practicechain.ts';

let chain: TestChain;
beforeAll(async () => {
  chain = await startTestChain();
});
afterAll(() => chain.stop());

const config = {
  ...testConfig,
  proofs: {
    ...testConfig.proofs,
    period: suiteConfig.periodSeconds,
    timeout: suiteConfig.timeoutSeconds,
    zkeyHash: suiteConfig.zkeyHash,
  },
};

for (const family of ['direct', 'vault'] as const)
  marketSuite('OnchainMarket', family, () => onchainWorld(chain, family, config));
