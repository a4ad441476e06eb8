import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { StorageState } from '../../shared/api.ts';
import { bytesText, durationText, rateText } from '../../shared/units.ts';
import { silentLogger } from '../engine/logger.ts';
import { SlotMove, type MoveProgress } from '../engine/stores/moveslots.ts';
import { commandError } from './errors.ts';
import { addCommand, does, type CommandWorld, type Running } from './command.ts';
import { factsText } from './table.ts';

export function addStorage(program: Command, world: CommandWorld): void {
  const storage = program.command('storage').description('where the slots are stored');
  does(addCommand(storage, 'show', 'the folder, and what is under way'), world, 'folder', async (running) => {
    const state = await running.client.storage({});
    running.show(state, () => placeText(state));
  });
  const move = addCommand(
    storage,
    'move <folder>',
    'copy the slots to an empty folder, which the next start of the node uses; called again it goes on',
  );
  does(move, world, 'folder', moveSlots);
  const cancel = addCommand(storage, 'cancel', 'delete what was copied, and leave the slots where they are');
  does(cancel, world, 'folder', async (running) => {
    const { move: cancelled } = await running.client.storage({});
    await running.client.cancelStorageMove({});
    running.show({ cancelled: cancelled ?? null }, () =>
      cancelled
        ? `The slots stay where they are; the copies in ${cancelled.to} are deleted.`
        : 'No move is under way.',
    );
  });
}

/** While the node goes on selling, if it runs. */
async function moveSlots(running: Running, [text = '']: readonly string[]): Promise<void> {
  const { terminal, signal, show, isRunning, client } = running;
  const to = resolve(text);
  const { move, nodeFolder } = await client.storage({});
  if (move?.isRunning === true)
    throw commandError(
      'MOVE_UNDER_WAY',
      'The node copies the slots already; look on with "slotkeeper storage show".',
    );
  try {
    await new SlotMove({ dataDir: resolve(nodeFolder), logger: silentLogger }).copy(to, {
      signal,
      onProgress: (progress) => terminal.showProgress(progressText(progress)),
    });
  } finally {
    terminal.showProgress('');
  }
  const when = isRunning ? 'Start the node anew with "slotkeeper restart"' : 'Start the node';
  show(
    { to, isCopied: true },
    () => `All slots are copied to ${to}. ${when}: it uses them there and deletes the old ones.`,
  );
}

function progressText({ doneBytes, totalBytes, bytesPerSecond, remainingSeconds }: MoveProgress): string {
  const rate = bytesPerSecond === undefined ? '' : `, ${rateText(bytesPerSecond)}`;
  const left = remainingSeconds === undefined ? '' : `, ${durationText(remainingSeconds)} left`;
  return `${bytesText(BigInt(doneBytes))} of ${bytesText(BigInt(totalBytes))} copied${rate}${left}`;
}

function placeText({ folder, move, leaving }: StorageState): string {
  return factsText([
    ['folder', folder],
    ['moving to', move?.to],
    ['state', move && moveText(move)],
    ['deleting', leaving],
  ]);
}

function moveText({ isCopied, isRunning, failure, ...progress }: NonNullable<StorageState['move']>): string {
  if (isCopied) return 'all is copied, and used from the next start of the node on';
  if (failure !== undefined) return failure;
  if (!isRunning) return 'not all is copied; ask for the move again to go on';
  const { doneBytes, totalBytes } = progress;
  if (doneBytes === undefined || totalBytes === undefined) return 'begins';
  return progressText({ ...progress, doneBytes, totalBytes });
}
