import { settingsSchema } from '../../../shared/settings.ts';
import type { LiveSnapshot } from '../../../shared/live.ts';
import type { NodeRow } from '../../../shared/rows.ts';
import { fixtureSnapshot } from './fixture.ts';
import { fixtureNetworks } from './fixturenetwork.ts';
import type { FixtureNode } from './fixturenode.ts';
import { fixtureWallet } from './fixturewallet.ts';

const { address } = fixtureWallet;

/** A node that sells on the test network with an unlocked wallet, and whose owner has changed a port. */
export function liveSnapshot(changes: Partial<NodeRow> = {}): LiveSnapshot {
  const snapshot = fixtureSnapshot();
  const node = snapshot.tables.node.map(({ practiceSpeed: _speed, ...row }) => ({
    ...row,
    network: { kind: 'archivist' as const, name: 'Archivist testnet' },
    wallet: { state: 'unlocked' as const, address, unattended: 'none' as const },
    settingsWaiting: ['listenPort'],
    ...changes,
  }));
  return { ...snapshot, tables: { ...snapshot.tables, node } };
}

export function prepareLive(node: FixtureNode): void {
  const settings = settingsSchema.parse({ network: { kind: 'archivist', id: 'archivist-testnet' } });
  node.answers.settings = async () => settings;
  node.answers.networks = async () =>
    fixtureNetworks.map((info) => ({ ...info, isChosen: info.id === 'archivist-testnet' }));
  node.answers.checkNetwork = async ({ id }) => ({
    id,
    servers: [
      { url: 'https://rpc.example.org', chainId: 421_614, block: 1_204_551 },
      {
        url: 'https://other.example.org',
        problem: { code: 'CHAIN_UNREACHABLE', message: 'It does not answer.' },
      },
    ],
    problems: [],
  });
}
