import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskSpace } from '../../../../src/main/engine/stores/diskspace.ts';
import { tempFolder } from '../../../support/tempfolder.ts';

describe('diskSpace', () => {
  it('tells the space of a folder, and of one that is not made yet', async () => {
    const folder = await tempFolder();
    const { freeBytes, totalBytes } = await diskSpace(folder);
    expect(freeBytes).toBeGreaterThan(0n);
    expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
    expect((await diskSpace(join(folder, 'not', 'made'))).totalBytes).toBe(totalBytes);
  });
});
