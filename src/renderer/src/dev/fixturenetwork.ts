import type { NetworkInfo, NetworkProposal } from '../../../shared/networks.ts';
import { settingsSchema, type Settings } from '../../../shared/settings.ts';

/** A change that changes nothing. */
export const noProposal = (id: string): NetworkProposal => ({
  id,
  hash: '00'.repeat(32),
  source: 'a fixture',
  changes: [],
});

export const fixtureSettings: Settings = settingsSchema.parse({});

const marketplace = '0x2a4c05b07ca2e7f7b2ecf7eaf8b6df7c0f2d6a2b';

/** The networks of a fresh data folder. */
export const fixtureNetworks: NetworkInfo[] = [
  {
    id: 'practice',
    name: 'Practice network',
    isChosen: true,
    origin: { kind: 'practice' },
    family: 'direct',
    servers: [],
    bootstrapRecords: 0,
  },
  ...(['archivist-testnet', 'archivist-devnet'] as const).map((id) => ({
    id,
    name: id === 'archivist-testnet' ? 'Archivist testnet' : 'Archivist devnet',
    isChosen: false,
    origin: { kind: 'builtIn' as const },
    version: 'v0.3.0',
    chainId: 421_614,
    marketplace,
    family: 'vault' as const,
    servers: ['https://rpc.example.org'],
    bootstrapRecords: 2,
  })),
];

/** What going from practice to the test network changes. */
export const fixtureUse: NetworkProposal = {
  ...noProposal('archivist-testnet'),
  source: 'the settings',
  changes: [
    { kind: 'network', before: 'Practice network', after: 'Archivist testnet' },
    { kind: 'family', before: 'direct', after: 'vault' },
    { kind: 'marketplace', before: undefined, after: marketplace },
    { kind: 'chainId', before: undefined, after: 421_614 },
    { kind: 'server', after: 'https://rpc.example.org' },
  ],
};
