import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { defaultDataDir } from '../../../src/main/cli.ts';
import { buildProgram } from '../../../src/main/commands/program.ts';
import { FakeTerminal } from '../../support/commanddesk.ts';

const path = resolve(import.meta.dirname, '../../../docs/commands.md');

it('docs/commands.md is the help of the program (write it anew with WRITE_DOCS=1)', async () => {
  const text = document(aProgram());
  if (process.env.WRITE_DOCS) await writeFile(path, text);
  expect(await readFile(path, 'utf8')).toBe(text);
});

it('every command is described, and none takes a secret as an argument', () => {
  for (const command of commandsOf(aProgram())) {
    expect(command.description(), command.name()).not.toBe('');
    for (const { flags, description } of command.options) {
      expect(description, flags).not.toBe('');
      if (/passphrase|mnemonic|private-key/.test(flags)) expect(flags).toContain('<file>');
    }
  }
});

function aProgram(): Command {
  const never = () => expect.fail('Nothing is run here');
  const world = {
    terminal: new FakeTerminal(),
    openAccess: never,
    openHere: never,
    interrupted: never,
    markFailed: never,
  };
  return buildProgram(world, { version: '0.0.0', serve: never });
}

/** All of it as one page, the same on every computer. */
function document(program: Command): string {
  const sections = commandsOf(program).filter(({ commands }) => commands.length === 0);
  return [
    '# The commands',
    '',
    'Everything the window has, for whoever sits at a terminal: `npm run slotkeeper -- <command>`, or `slotkeeper <command>` where it is installed.',
    '',
    'A command speaks to the node that runs on the data folder, over the same typed contract as the window. Where none runs, networks, settings, the storage',
    'folder, the logs that were written and the wallet, but for its locking and unlocking, are looked after in the folder itself; all else says that the node',
    'is not running. `--json` prints one line of JSON for each result: amounts are text of decimal digits in the smallest unit, sizes are bytes, times are Unix',
    'seconds. Errors go to standard error, with a code and what to do.',
    '',
    'Written by `node scripts/draw-commands.mjs` from the help of the program; a test compares.',
    '',
    ...helpOf(program),
    ...sections.flatMap((command) => [`## ${nameOf(command)}`, '', ...helpOf(command)]),
  ].join('\n');
}

function helpOf(command: Command): string[] {
  let text = '';
  command.configureOutput({
    writeOut: (part) => void (text += part),
    getOutHelpWidth: () => 110,
    getOutHasColors: () => false,
  });
  // Before lines are broken, which a long name of a folder would change.
  for (const option of command.options) {
    option.description = option.description.replace(defaultDataDir(), 'where this system keeps such data');
  }
  command.outputHelp();
  return ['```text', text.trimEnd(), '```', ''];
}

/** Each before those below it. */
const commandsOf = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsOf)];

const nameOf = (command: Command): string =>
  command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
