import { WireFailure } from '../../../shared/client.ts';
import type { StorageState } from '../../../shared/api.ts';
import type { FixtureNode } from './fixturenode.ts';

const disk = { freeBytes: 1_300_000_000_000n, sizeBytes: 2_000_000_000_000n, ownBytes: 446_700_000_000n };

export const fixtureStorage: StorageState = {
  folder: '/data/slotkeeper/slots',
  nodeFolder: '/data/slotkeeper',
  disk,
};

/** A move of the slots that runs or has failed, and a folder that is refused. */
export function prepareStorage(node: FixtureNode, what: string | null): void {
  const { folder, nodeFolder } = fixtureStorage;
  const to = '/mnt/second-disk/slots';
  const move = { to, isCopied: false, isRunning: what === 'moving' };
  if (what === 'moving') {
    const progress = { doneBytes: 285_900_000_000, totalBytes: 446_700_000_000, bytesPerSecond: 98_000_000 };
    node.answers.storage = async () => ({
      folder,
      nodeFolder,
      disk,
      move: { ...move, ...progress, remainingSeconds: 1641 },
    });
  }
  if (what === 'failed') {
    const failure = 'There is no space left on the disk of /mnt/second-disk/slots.';
    node.answers.storage = async () => ({ folder, nodeFolder, disk, move: { ...move, failure } });
  }
  node.answers.moveStorage = async ({ folder: target }) => {
    throw new WireFailure('MOVE_TARGET_UNUSABLE', 'The folder is not empty', { target, rule: 'notEmpty' });
  };
}
