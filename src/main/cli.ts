import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { exchanges, type ExchangeName } from '../shared/settings.ts';
import { UsageError } from './commands/errors.ts';
import { choiceOf, numberOf, wholeOf } from './commands/values.ts';

export { UsageError };

/** What the command line of a node asks for. */
export interface CommandLine {
  dataDir: string;
  /** Whether the data folder was named, or is the one this system keeps for us. */
  isDataNamed: boolean;
  port: number;
  /** Overrides of the settings, by their names. */
  family?: 'direct' | 'vault';
  transport?: 'http' | 'ws';
  exchange?: ExchangeName;
  speed?: number;
  peers?: 'told' | 'dht';
  scenario?: 'demo' | 'tour' | 'none';
  seed?: number;
  quotaBytes?: number;
  workers?: number;
  logLevel?: string;
  listenPort?: number;
  discoveryPort?: number;
  mapPorts?: boolean;
  announceAddress?: string;
  demo: boolean;
  exitAfterPayout: boolean;
  json: boolean;
  help: boolean;
  version: boolean;
}

/** What there is to say on the command line of the headless shell. */
export const usage = (): string => headlessCommand().helpInformation();

/** Reads the command line. @throws UsageError for an unknown flag, a missing or a senseless value */
export function readCommandLine(args: readonly string[]): CommandLine {
  const command = headlessCommand();
  withUsageErrors(() => command.parse(args, { from: 'user' }));
  return commandLineOf(command.opts());
}

/** The flags of a node, on a command of whatever name. */
export function addNodeOptions(command: Command): Command {
  const practice = 'practice network:';
  return command
    .addOption(dataOption())
    .option('--port <n>', 'the window’s port on 127.0.0.1 (default: any free one)', (text) =>
      wholeOf('--port', text, { max: 65_535 }),
    )
    .option(
      '--quota <bytes>',
      'bytes the node may use on this disk (default: what is free, 20 GB at most)',
      (text) => wholeOf('--quota', text, { max: Number.MAX_SAFE_INTEGER }),
    )
    .option('--workers <n>', 'slots prepared at the same time', (text) =>
      wholeOf('--workers', text, { max: 32 }),
    )
    .option('--log-level <filter>', 'e.g. info, debug, or "info;debug:sales,market"')
    .option('--listen-port <n>', 'TCP port where other peers fetch what is held (default: 8070)', (text) =>
      portNumber('--listen-port', text),
    )
    .option('--discovery-port <n>', 'UDP port where peers find each other (default: 8090)', (text) =>
      portNumber('--discovery-port', text),
    )
    .option(
      '--map-ports <yes|no>',
      'ask the router to let other peers in (default: yes, but not in practice)',
      (text) => choiceOf('--map-ports', text, ['yes', 'no'] as const) === 'yes',
    )
    .option('--announce-address <ip>', 'the IPv4 address at which others reach these ports')
    .option('--family <name>', `${practice} direct or vault, the two kinds of contracts`, (text) =>
      choiceOf('--family', text, ['direct', 'vault'] as const),
    )
    .option('--transport <name>', `${practice} http or ws, how its chain is reached`, (text) =>
      choiceOf('--transport', text, ['http', 'ws'] as const),
    )
    .option('--exchange <name>', `${practice} tcp or libp2p, how blocks come from its client`, (text) =>
      choiceOf('--exchange', text, exchanges),
    )
    .option(
      '--peers <name>',
      `${practice} told or dht, how the node knows its client (dht with libp2p)`,
      (text) => choiceOf('--peers', text, ['told', 'dht'] as const),
    )
    .option('--speed <n>', `${practice} how many times faster than real time (0 pauses it)`, (text) =>
      numberOf('--speed', text, { max: 120 }),
    )
    .option('--scenario <name>', `${practice} demo, tour or none`, (text) =>
      choiceOf('--scenario', text, ['demo', 'tour', 'none'] as const),
    )
    .option('--seed <n>', `${practice} decides what its client and the rival do`, (text) =>
      wholeOf('--seed', text, { max: Number.MAX_SAFE_INTEGER }),
    )
    .option('--demo', 'tell the story of the first sales in a data folder of its own')
    .option('--exit-after-payout', 'with --demo: end after the first payouts')
    .option('--json', 'with --demo: a machine-readable summary at the end, nothing else on stdout');
}

/** The data folder, as every command takes it. */
export const dataOption = (): Option =>
  new Option('--data <dir>', `the data folder (default: ${defaultDataDir()})`);

/** What the flags of `addNodeOptions` mean together. @throws UsageError for flags that do not belong together */
export function commandLineOf(values: Record<string, unknown>): CommandLine {
  const { data, port, quota, demo, exitAfterPayout, json, help, version, ...overrides } = values as NodeFlags;
  if (!demo && (exitAfterPayout || json)) {
    throw new UsageError('--exit-after-payout and --json belong to --demo.');
  }
  return {
    ...overrides,
    ...(quota !== undefined && { quotaBytes: quota }),
    dataDir: data ?? defaultDataDir(),
    isDataNamed: data !== undefined,
    port: port ?? 0,
    demo: demo === true,
    exitAfterPayout: exitAfterPayout === true,
    json: json === true,
    help: help === true,
    version: version === true,
  };
}

/** Runs `parse`, and says in our words what the parser refuses. @throws UsageError */
export function withUsageErrors<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof CommanderError ? usageError(error) : error;
  }
}

/** What the parser found wrong, with what it thinks was meant. */
export function usageError({ message }: CommanderError): UsageError {
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const said = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`;
  const guesses = rest.map((line) => line.trim().replace(/^\((.*)\)$/, '$1'));
  return new UsageError([said, ...guesses].filter((line) => line !== '').join(' '));
}

/** The folder where this system keeps an application's data. */
export function defaultDataDir(): string {
  const home = homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'Slotkeeper');
  if (process.platform === 'win32')
    return join(process.env.APPDATA ?? join(home, 'AppData', 'Roaming'), 'Slotkeeper');
  return join(process.env.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'slotkeeper');
}

type NodeFlags = Partial<Omit<CommandLine, 'dataDir' | 'isDataNamed' | 'quotaBytes'>> & {
  data?: string;
  quota?: number;
};

function headlessCommand(): Command {
  const description =
    'Slotkeeper, headless: sells disk space and serves its window to a browser on this computer.';
  return addNodeOptions(new Command('headless'))
    .description(description)
    .usage('[options]')
    .helpOption(false)
    .allowExcessArguments(false)
    .option('-h, --help', 'show this')
    .option('--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

const portNumber = (flag: string, text: string): number => wholeOf(flag, text, { min: 1, max: 65_535 });
