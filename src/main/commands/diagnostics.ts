import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Diagnostics } from '../../shared/api.ts';
import { writeExport } from '../exportfile.ts';
import { addCommand, does, type CommandWorld } from './command.ts';
import { commandError } from './errors.ts';
import { mustBeFree, newFileError } from './newfile.ts';
import { askYes } from './terminal.ts';

/** What one sends with a question: shown whole first, with what was replaced, and written only then. */
export function addDiagnostics(program: Command, world: CommandWorld): void {
  const diagnostics = addCommand(
    program,
    'diagnostics <file>',
    'what helps to find a fault, with all that is private replaced: prints it, then asks before it writes it; "-" only prints',
  ).option('--yes', 'write it without asking');
  does(
    diagnostics,
    world,
    'folder',
    async ({ client, terminal, show, isJson, signal }, [file = ''], { yes }) => {
      const path = file === '-' ? undefined : resolve(file);
      if (path !== undefined) await mustBeFree(path);
      const made = await client.diagnostics({});
      if (!isJson || path === undefined) terminal.print(made.text.trimEnd());
      for (const line of replacedLines(made)) terminal.say(line);
      if (path === undefined) return;
      if (yes !== true && !(await askYes(terminal, `Write this to ${path}?`, { signal })))
        throw commandError('NOT_CONFIRMED', 'Nothing was written.');
      await writeExport(path, made.text, { mayReplace: false }).catch((error: unknown) => {
        throw newFileError(error, path);
      });
      await client.saveDiagnostics({ id: made.id, to: 'text' });
      const { replaced } = made;
      show({ file: path, replaced }, () => `Written to ${path}`);
    },
  );
}

const replacedLines = ({ replaced }: Diagnostics): string[] => [
  replaced.length === 0 ? 'Nothing in it had to be replaced.' : 'Replaced in it:',
  ...replaced.map(
    ({ kind, values, times }) => `  ${kind}: ${values > 0 ? `${values} different, ` : ''}${times} times`,
  ),
];
