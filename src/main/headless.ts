import { readCommandLine, usage } from './cli.ts';
import { exitCodeOf, tellFailure } from './failure.ts';
import { serveHeadless } from './serve.ts';
import { version } from '../../package.json' with { type: 'json' };

/** The node under plain Node, serving its window to a browser on this computer. Ends with the codes of `failure.ts`. */
async function main(): Promise<void> {
  const command = readCommandLine(process.argv.slice(2));
  if (command.help) return print(usage());
  if (command.version) return print(`${version}\n`);
  await serveHeadless(command, { outFolder: import.meta.dirname });
}

function print(text: string): void {
  process.stdout.write(text);
}

main().catch((error: unknown) => {
  tellFailure(error);
  process.exitCode = exitCodeOf(error);
});
