import { join } from 'node:path';
import type { Challenge } from '../../../../src/main/engine/contracts/ids.ts';
import { BLOCK_SIZE } from '../../../../src/main/engine/network/blocknetwork.ts';
import { FakeSlotHost } from '../../../support/fakeslothost.ts';
import { aHost, challengeFor, flipBlock } from '../../../support/hostfixtures.ts';
import { word } from '../../../support/requests.ts';
import { aSlot } from '../../../support/salesfixtures.ts';
import { slotHostSuite } from '../../../support/slothostsuite.ts';

slotHostSuite('FakeSlotHost', async () => {
  const host = new FakeSlotHost();
  const slot = aSlot();
  const totalBytes = slot.request.ask.slotSize;
  return {
    host,
    slot,
    totalBytes,
    batchBytes: totalBytes / 4n,
    challenges: { beside: word<Challenge>(0), onPart: word<Challenge>(totalBytes - 1n) },
    damage: async (what) => host.damage(slot.slotId, what === 'all' ? undefined : 10n),
    failNextWrite: () => {
      host.beforeWrite = async () => {
        host.beforeWrite = async () => {};
        throw new Error('the disk is full');
      };
    },
  };
});

slotHostSuite('LocalSlotHost', async () => {
  const { host, hosted: slot, disk, folder } = await aHost();
  const last = 4;
  return {
    host,
    slot,
    totalBytes: 5n * BigInt(BLOCK_SIZE),
    batchBytes: 2n * BigInt(BLOCK_SIZE),
    challenges: {
      beside: await challengeFor(slot, (positions) => !positions.includes(last)),
      onPart: await challengeFor(slot, (positions) => positions.includes(last)),
    },
    damage: async (what) => {
      for (const block of what === 'all' ? [0, 1, 2, 3, last] : [last])
        await flipBlock(join(folder, slot.slotId), block);
    },
    failNextWrite: () => {
      disk.failOn = ({ kind }) => {
        if (kind !== 'write') return;
        disk.failOn = () => {};
        throw Object.assign(new Error('i/o error'), { code: 'EIO' });
      };
    },
  };
});
