import { openAccess, openHere } from './commands/access.ts';
import { runProgram } from './commands/program.ts';
import { processTerminal } from './commands/terminal.ts';
import { exitCodes, stopOnSignals } from './failure.ts';
import { version } from '../../package.json' with { type: 'json' };

/** The command for the terminal. */
const world = {
  terminal: processTerminal(),
  openAccess,
  openHere,
  interrupted: () => stopOnSignals().signal,
};

// Whoever read what we print has read enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.ok);
});

process.exitCode = await runProgram(process.argv.slice(2), world, {
  version,
  serve: async (line) => {
    const { serveHeadless } = await import('./serve.ts');
    await serveHeadless(line, { outFolder: import.meta.dirname });
  },
});
