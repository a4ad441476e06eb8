import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { refusePages } from '../../src/main/confirm.ts';
import { silentLogger as logger } from '../../src/main/engine/logger.ts';
import { createHandlers } from '../../src/main/ipc/handlers.ts';
import { StorageMover } from '../../src/main/storage-mover.ts';
import { aLogDesk } from '../support/logdesk.ts';
import { aNetworkDesk } from '../support/networkdesk.ts';
import { RecordingDisk } from '../support/recordingdisk.ts';
import { tempFolder } from '../support/tempfolder.ts';
import { aWalletDesk } from '../support/walletdesk.ts';
import { aWallet } from '../support/walletfixtures.ts';

const slots = ['ab', 'cd'].map((byte) => `0x${byte.repeat(32)}`);

async function aMover() {
  const root = await tempFolder();
  const dataDir = join(root, 'data');
  const folder = join(dataDir, 'slots');
  const to = join(root, 'elsewhere');
  for (const slot of slots) {
    await mkdir(join(folder, slot), { recursive: true });
    await writeFile(join(folder, slot, 'data.pack'), Buffer.alloc(3_000_000, 1));
  }
  const disk = new RecordingDisk();
  const mover = new StorageMover({ dataDir, logger, fs: disk });
  onTestFinished(() => mover.stop());
  const ended = async () => {
    while ((await mover.state()).move?.isRunning) await new Promise(setImmediate);
    return await mover.state();
  };
  return { dataDir, folder, to, disk, mover, ended };
}

describe('StorageMover', () => {
  it('copies beside the node and tells how far it is', async () => {
    const { folder, to, mover, ended } = await aMover();
    expect(await mover.state()).toMatchObject({ folder });
    expect(await mover.state()).not.toHaveProperty('move');
    await mover.begin(to);
    await mover.begin(to);
    const seen: number[] = [];
    for (let state = await mover.state(); state.move?.isRunning; state = await mover.state())
      seen.push(state.move.doneBytes ?? 0);
    expect(new Set(seen).size).toBeGreaterThan(1);
    expect(await ended()).toMatchObject({ folder, move: { to, isCopied: true, isRunning: false } });
    expect((await readdir(to)).sort()).toEqual(slots);
  });

  it('is cancelled while it runs', async () => {
    const { folder, to, mover } = await aMover();
    await mover.begin(to);
    await mover.cancel();
    expect(await mover.state()).toMatchObject({ folder });
    expect(await mover.state()).not.toHaveProperty('move');
    expect(await readdir(to)).toEqual([]);
  });

  it('goes on after a stop when it is asked for again', async () => {
    const { dataDir, folder, to, mover } = await aMover();
    await mover.begin(to);
    await mover.stop();
    expect(await mover.state()).toMatchObject({ folder, move: { to, isCopied: false, isRunning: false } });
    const next = new StorageMover({ dataDir, logger });
    await next.begin(to);
    while (!(await next.state()).move?.isCopied) await new Promise(setImmediate);
    await next.stop();
    expect((await readdir(to)).sort()).toEqual(slots);
  });

  it('says why it could not go on, and goes on when that is mended', async () => {
    const { to, disk, mover, ended } = await aMover();
    disk.failOn = ({ kind }) => {
      if (kind === 'truncate') throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    await mover.begin(to);
    expect((await ended()).move).toMatchObject({
      isCopied: false,
      failure: expect.stringContaining('no space left') as string,
    });
    disk.failOn = () => {};
    await mover.begin(to);
    expect((await ended()).move).toEqual({ to, isCopied: true, isRunning: false });
  });

  const handlersOf = async (dataDir: string) =>
    createHandlers({
      snapshot: () => expect.fail('not asked for'),
      ...aLogDesk(dataDir),
      token: () => ({ symbol: 'TST', decimals: 18 }),
      ...aNetworkDesk(dataDir),
      ...aWalletDesk((await aWallet()).wallet),
      confirm: refusePages,
      node: () => undefined,
    });

  it('says what is wrong with a folder before anybody is asked', async () => {
    const { dataDir, to } = await aMover();
    const handlers = await handlersOf(dataDir);
    await mkdir(join(to, 'photos'), { recursive: true });
    for (const [folder, rule] of [
      [to, 'notEmpty'],
      ['elsewhere', 'wholePath'],
      [join(dataDir, 'slots', 'inside'), 'sameFolder'],
      [join(dataDir, '..'), 'sameFolder'],
    ] as const) {
      const moving = Promise.resolve(handlers.moveStorage({ folder }));
      await expect(moving).rejects.toMatchObject({ code: 'MOVE_TARGET_UNUSABLE', details: { rule } });
    }
  });

  it('goes on after a restart without another yes', async () => {
    const { dataDir, to, mover } = await aMover();
    await mover.begin(to);
    await mover.stop();
    const handlers = await handlersOf(dataDir);
    await handlers.moveStorage({ folder: to });
    const move = async () => (await handlers.storage({})).move;
    while (!(await move())?.isCopied) await new Promise(setImmediate);
    expect((await readdir(to)).sort()).toEqual(slots);
  });

  it('is not begun by a page alone', async () => {
    const { dataDir, to } = await aMover();
    const handlers = await handlersOf(dataDir);
    await expect(Promise.resolve(handlers.moveStorage({ folder: to }))).rejects.toMatchObject({
      code: 'CONFIRM_AT_TERMINAL',
    });
    await expect(readdir(to)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
