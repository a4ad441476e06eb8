import type { NetworkProposal } from '../../../shared/networks.ts';
import { settingsSchema, type Settings } from '../../../shared/settings.ts';

/** A change that changes nothing. */
export const noProposal = (id: string): NetworkProposal => ({
  id,
  hash: '00'.repeat(32),
  source: 'a fixture',
  changes: [],
});

export const fixtureSettings: Settings = settingsSchema.parse({});
