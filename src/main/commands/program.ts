import { Command, CommanderError } from 'commander';
import { errorTexts } from '../../shared/errors.ts';
import { plainJson } from '../../shared/plain-json.ts';
import { addNodeOptions, commandLineOf, usageError, type CommandLine } from '../cli.ts';
import { describeError } from '../engine/errors.ts';
import { codeOf, exitCodeOf, exitCodes } from '../failure.ts';
import { visibleText } from './format.ts';
import type { CommandWorld } from './command.ts';
import { addDiagnostics } from './diagnostics.ts';
import { addEarnings } from './earnings.ts';
import { addInsight } from './insight.ts';
import { addLogs } from './logs.ts';
import { addNetwork } from './network.ts';
import { addOffers } from './offers.ts';
import { addRestart } from './restart.ts';
import { addSales } from './sales.ts';
import { addSettings } from './settings.ts';
import { addStorage } from './storage.ts';
import { addStatus } from './status.ts';
import { addOpenAccess } from './openaccess.ts';
import type { Terminal } from './terminal.ts';
import { addWallet } from './wallet.ts';

export interface ProgramOptions {
  readonly version: string;
  /** Runs a node until it is stopped. */
  readonly serve: (line: CommandLine) => Promise<void>;
}

/** Does what the arguments say; answers with the code to end with. Never rejects. */
export async function runProgram(
  args: readonly string[],
  world: Omit<CommandWorld, 'markFailed'>,
  options: ProgramOptions,
): Promise<number> {
  let code: number = exitCodes.ok;
  const markFailed = () => (code = exitCodes.failed);
  try {
    await buildProgram({ ...world, markFailed }, options).parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    // The help that is shown for want of a command has said all there is to say.
    if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage;
    const meant = error instanceof CommanderError ? usageError(error) : error;
    const exitCode = exitCodeOf(meant);
    if (exitCode !== exitCodes.interrupted) tell(world.terminal, meant, args.includes('--json'));
    return exitCode;
  }
}

/** All commands there are. */
export function buildProgram(world: CommandWorld, { version, serve }: ProgramOptions): Command {
  const { terminal } = world;
  const program = new Command('slotkeeper')
    .description('Sells spare disk space: runs a node, and looks after one that runs.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'show this')
    .helpCommand('help [command]', 'show the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.replace(/\n$/, '')),
      writeErr: (text) => terminal.say(text.replace(/\n$/, '')),
      // Said once, by whoever catches it.
      outputError: () => {},
    })
    .addHelpText('after', () => `\n${exitText}`);
  const run = addNodeOptions(program.command('run').alias('start'))
    .description('run a node until it is stopped, and serve its window to this computer')
    .allowExcessArguments(false);
  run.action(async () => serve(commandLineOf(run.opts())));
  for (const add of [
    addStatus,
    addRestart,
    addOffers,
    addSales,
    addInsight,
    addEarnings,
    addWallet,
    addNetwork,
    addLogs,
    addDiagnostics,
    addSettings,
    addStorage,
    addOpenAccess,
  ]) {
    add(program, world);
  }
  return program;
}

const exitText = `Ends with ${exitCodes.ok} when all is well, ${exitCodes.failed} when it failed, ${exitCodes.usage} when it was not understood, ${exitCodes.nodeNotRunning} when the
node is not running, ${exitCodes.interrupted} when it was interrupted.`;

/** The code, what happened, and what to do; as one line of JSON for machines. */
function tell(terminal: Terminal, error: unknown, isJson: boolean): void {
  const code = codeOf(error);
  const message = describeError(error);
  if (isJson) return terminal.say(plainJson({ error: { code: code ?? 'INTERNAL', message } }));
  const known = code !== undefined && Object.hasOwn(errorTexts, code);
  const advice = known && code !== 'NODE_NOT_RUNNING' ? errorTexts[code as keyof typeof errorTexts] : '';
  terminal.say(`${code === undefined ? 'Failed' : code}: ${visibleText(message)}`);
  if (advice !== '' && advice !== message) terminal.say(advice);
}
