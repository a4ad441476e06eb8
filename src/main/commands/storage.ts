import { resolve } from 'node:path';
import type { Command } from 'commander';
import { bytesText, durationText } from '../../shared/units.ts';
import { silentLogger } from '../engine/logger.ts';
import { SlotMove, type MoveProgress } from '../engine/stores/moveslots.ts';
import type { StoragePlace } from '../engine/stores/storageplace.ts';
import { addCommand, does, type CommandWorld, type Running } from './command.ts';
import { factsText } from './table.ts';

export function addStorage(program: Command, world: CommandWorld): void {
  const storage = program.command('storage').description('where the slots are stored');
  does(addCommand(storage, 'show', 'the folder, and what is under way'), world, 'folder', async (running) => {
    const place = await moveOf(running).place();
    running.show(place, () => placeText(place));
  });
  const move = addCommand(
    storage,
    'move <folder>',
    'copy the slots to an empty folder, which the next start of the node uses; called again it goes on',
  );
  does(move, world, 'folder', moveSlots);
  const cancel = addCommand(storage, 'cancel', 'delete what was copied, and leave the slots where they are');
  does(cancel, world, 'folder', async (running) => {
    const { move: cancelled } = await moveOf(running).place();
    await moveOf(running).cancel();
    running.show({ cancelled: cancelled ?? null }, () =>
      cancelled
        ? `The slots stay where they are; the copies in ${cancelled.to} are deleted.`
        : 'No move is under way.',
    );
  });
}

/** While the node goes on selling, if it runs. */
async function moveSlots(running: Running, [text = '']: readonly string[]): Promise<void> {
  const { terminal, signal, show, isRunning } = running;
  const to = resolve(text);
  try {
    await moveOf(running).copy(to, {
      signal,
      onProgress: (progress) => terminal.showProgress(progressText(progress)),
    });
  } finally {
    terminal.showProgress('');
  }
  const when = isRunning ? 'Stop the node and start it again' : 'Start the node';
  show(
    { to, isCopied: true },
    () => `All slots are copied to ${to}. ${when}: it uses them there and deletes the old ones.`,
  );
}

/** Of this data folder, whether a node runs in it or not. */
const moveOf = ({ dataDir }: Running): SlotMove =>
  new SlotMove({ dataDir: resolve(dataDir), logger: silentLogger });

function progressText({ doneBytes, totalBytes, remainingSeconds }: MoveProgress): string {
  const left = remainingSeconds === undefined ? '' : `, ${durationText(remainingSeconds)} left`;
  return `${bytesText(BigInt(doneBytes))} of ${bytesText(BigInt(totalBytes))} copied${left}`;
}

function placeText({ folder, move, leaving }: StoragePlace): string {
  return factsText([
    ['folder', folder],
    ...(move
      ? [
          ['moving to', `${move.to}${move.isCopied ? ', at the next start of the node' : ''}`] as [
            string,
            string,
          ],
        ]
      : []),
    ...(leaving === undefined ? [] : [['deleting', leaving] as [string, string]]),
  ]);
}
