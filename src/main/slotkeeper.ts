import { openAccess, openHere } from './commands/access.ts';
import { runProgram } from './commands/program.ts';
import { processTerminal } from './commands/terminal.ts';
import { exitCodes } from './failure.ts';
import { version } from '../../package.json' with { type: 'json' };

/** The command for the terminal. */
const world = { terminal: processTerminal(), openAccess, openHere, interrupted };

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

/** Aborts at the first SIGINT or SIGTERM; a second one ends at once. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCodes.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}
