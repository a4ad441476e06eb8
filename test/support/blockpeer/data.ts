import { createCipheriv } from 'node:crypto';
import { makeDataset, type Dataset } from '../../../src/main/engine/network/dataset.ts';

/** A dataset that two processes can make alike: bytes of chance, drawn from the seed. No parity, which would differ. */
export function seededDataset({
  seed,
  slots,
  slotMib,
}: {
  seed: number;
  slots: number;
  slotMib: number;
}): Dataset {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return makeDataset({ data: cipher.update(Buffer.alloc(slots * slotMib * 2 ** 20)), slots, tolerance: 0 });
}
