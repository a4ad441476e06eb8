import type { Command } from 'commander';
import { addCommand, does, type CommandWorld } from './command.ts';
import { visibleText } from './format.ts';
import { rowsOf } from './rows.ts';

export function addRestart(program: Command, world: CommandWorld): void {
  const restart = addCommand(
    program,
    'restart',
    'stop the node in order and start it anew with the settings as they are now; the program goes on',
  ).option('--force', 'also when that leaves a network on which slots have to be proven');
  does(restart, world, 'node', async ({ client, show, working }, _args, { force }) => {
    const { node } = await rowsOf(client);
    const taken = node.settingsWaiting ?? [];
    await working('Stopping the node', client.restartNode({ force: force === true }));
    const what = taken.length === 0 ? '' : ` It takes up ${visibleText(taken.join(', '))}.`;
    show({ restarted: true, taken }, () => `The node starts anew.${what}`);
  });
}
