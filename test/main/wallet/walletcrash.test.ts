import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordingDisk } from '../../support/recordingdisk.ts';
import { tempFolder } from '../../support/tempfolder.ts';
import { aKnownWallet, aWallet, known, otherPassphrase, passphrase } from '../../support/walletfixtures.ts';

const lost = () => false;
const kept = () => true;

/** What a wallet finds in a folder that a crash left. */
async function afterCrash(disk: RecordingDisk, count: number, keeps: () => boolean) {
  const folder = await tempFolder();
  await disk.crash(join(folder, 'wallet'), count, keeps);
  return await aWallet({ folder });
}

describe('a crash at each write', () => {
  it('of the first keystore leaves a wallet that opens, or none and room for it', async () => {
    const disk = new RecordingDisk();
    await aKnownWallet({ fs: disk });
    const states: string[] = [];
    for (const keeps of [lost, kept]) {
      for (let count = 0; count <= disk.operations.length; count++) {
        const { wallet, dataDir } = await afterCrash(disk, count, keeps);
        const { state } = await wallet.look();
        states.push(state);
        if (state === 'none') await aKnownWallet({ folder: dataDir });
        await wallet.unlock(passphrase);
        expect(wallet.status.address).toBe(known.address);
      }
    }
    expect(new Set(states)).toEqual(new Set(['none', 'locked']));
  });

  it('of a new passphrase leaves a wallet that the old one opens, or the new one', async () => {
    const disk = new RecordingDisk();
    const { wallet: changing } = await aKnownWallet({ fs: disk });
    const first = disk.operations.length;
    await changing.changePassphrase(passphrase, otherPassphrase);
    const opened: string[] = [];
    for (const keeps of [lost, kept]) {
      for (let count = first; count <= disk.operations.length; count++) {
        const { wallet } = await afterCrash(disk, count, keeps);
        const byOld = await wallet.unlock(passphrase).then(
          () => true,
          () => false,
        );
        if (!byOld) await wallet.unlock(otherPassphrase);
        expect(wallet.status).toMatchObject({ state: 'unlocked', address: known.address });
        opened.push(byOld ? 'old' : 'new');
      }
    }
    expect(opened[0]).toBe('old');
    expect(opened.at(-1)).toBe('new');
  });
});

describe('a disk that fails', () => {
  it.each(['write', 'sync', 'rename', 'open', 'read'] as const)(
    'at a %s while the passphrase changes leaves the old keystore in place',
    async (kind) => {
      const disk = new RecordingDisk();
      const { wallet, keystore } = await aKnownWallet({ fs: disk });
      const before = await keystore();
      disk.failOn = (operation) => {
        if (operation.kind === kind && operation.file.startsWith('keystore.next'))
          throw Object.assign(new Error('EIO: broken'), { code: 'EIO' });
      };
      await expect(wallet.changePassphrase(passphrase, otherPassphrase)).rejects.toMatchObject({
        code: 'WALLET_FOLDER_UNUSABLE',
      });
      expect(await keystore()).toBe(before);
      disk.failOn = () => {};
      await wallet.changePassphrase(passphrase, otherPassphrase);
      await wallet.unlock(otherPassphrase);
    },
  );

  it('gives back something else than was written: the old keystore stays', async () => {
    const disk = new RecordingDisk();
    const { wallet, keystore, walletFolder } = await aKnownWallet({ fs: disk });
    const before = await keystore();
    const read = disk.read.bind(disk);
    disk.read = async (path) => {
      const bytes = Buffer.from(await read(path));
      return path.endsWith('next.json')
        ? Buffer.from(bytes.toString('utf8').replace(/"mac": "./, '"mac": "x'))
        : bytes;
    };
    await expect(wallet.changePassphrase(passphrase, otherPassphrase)).rejects.toMatchObject({
      code: 'BAD_KEYSTORE',
    });
    expect([await keystore(), await readdir(walletFolder)]).toEqual([before, ['keystore.json']]);
    expect(await readFile(join(walletFolder, 'keystore.json'), 'utf8')).toBe(before);
  });
});
