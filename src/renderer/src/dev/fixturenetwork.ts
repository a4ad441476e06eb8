import type { NetworkProposal } from '../../../shared/networks.ts';
import type { Settings } from '../../../shared/settings.ts';

/** A change that changes nothing. */
export const noProposal = (id: string): NetworkProposal => ({
  id,
  hash: '00'.repeat(32),
  source: 'a fixture',
  changes: [],
});

export const fixtureSettings: Settings = {
  network: {
    kind: 'practice',
    family: 'direct',
    transport: 'http',
    exchange: 'tcp',
    speed: 10,
    scenario: 'tour',
    seed: 1,
  },
  workers: 3,
  queueCapacity: 128,
  logLevel: 'info',
};
