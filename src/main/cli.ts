import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EngineError } from './engine/errors.ts';

/** What the command line of the headless shell asks for. */
export interface CommandLine {
  dataDir: string;
  port: number;
  /** Overrides of the settings, by their names. */
  speed?: number;
  scenario?: 'demo' | 'tour' | 'none';
  seed?: number;
  quotaBytes?: number;
  workers?: number;
  logLevel?: string;
  demo: boolean;
  exitAfterPayout: boolean;
  json: boolean;
  help: boolean;
  version: boolean;
}

export class UsageError extends EngineError<'USAGE'> {
  constructor(message: string) {
    super('USAGE', {}, { message: `${message} Run with --help to see what there is.` });
  }
}

export const usage = `Slotkeeper, headless: sells disk space and serves its window to a browser on this computer.

  --data DIR            the data folder (default: ${defaultDataDir()})
  --port N              the window's port on 127.0.0.1 (default: any free one)
  --quota BYTES         bytes the node may use on this disk (default: what is free, 20 GB at most)
  --workers N           slots prepared at the same time
  --log-level FILTER    e.g. info, debug, or "info;debug:sales,market"
  --speed N             practice network: how many times faster than real time (0 pauses it)
  --scenario NAME       practice network: demo, tour or none
  --seed N              practice network: decides what its client and the rival do
  --demo                tell the story of the first sales in a data folder of its own
  --exit-after-payout   with --demo: end after the first payouts
  --json                with --demo: print a machine-readable summary at the end, nothing else on stdout
  --help, --version`;

/** Reads the command line. @throws UsageError for an unknown flag, a missing or a senseless value */
export function readCommandLine(args: readonly string[]): CommandLine {
  const values = parse(args);
  const demo = values.demo === true;
  if (!demo && (values['exit-after-payout'] || values.json)) {
    throw new UsageError('--exit-after-payout and --json belong to --demo.');
  }
  return {
    dataDir: values.data ?? defaultDataDir(),
    port: wholeNumber('--port', values.port ?? '0', 65_535),
    ...optional('speed', values.speed, (text) => number('--speed', text, 120)),
    ...optional('scenario', values.scenario, (text) =>
      oneOf('--scenario', text, ['demo', 'tour', 'none'] as const),
    ),
    ...optional('seed', values.seed, (text) => wholeNumber('--seed', text, Number.MAX_SAFE_INTEGER)),
    ...optional('quotaBytes', values.quota, (text) => wholeNumber('--quota', text, Number.MAX_SAFE_INTEGER)),
    ...optional('workers', values.workers, (text) => wholeNumber('--workers', text, 32)),
    ...optional('logLevel', values['log-level'], (text) => text),
    demo,
    exitAfterPayout: values['exit-after-payout'] === true,
    json: values.json === true,
    help: values.help === true,
    version: values.version === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        quota: { type: 'string' },
        workers: { type: 'string' },
        'log-level': { type: 'string' },
        speed: { type: 'string' },
        scenario: { type: 'string' },
        seed: { type: 'string' },
        demo: { type: 'boolean' },
        'exit-after-payout': { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? `${error.message.split('. ')[0]}.` : String(error));
  }
}

/** The folder where this system keeps an application's data. */
function defaultDataDir(): string {
  const home = homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'Slotkeeper');
  if (process.platform === 'win32')
    return join(process.env.APPDATA ?? join(home, 'AppData', 'Roaming'), 'Slotkeeper');
  return join(process.env.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'slotkeeper');
}

function optional<K extends string, V>(
  key: K,
  text: string | undefined,
  read: (text: string) => V,
): { [P in K]?: V } {
  return text === undefined ? {} : ({ [key]: read(text) } as { [P in K]?: V });
}

function number(flag: string, text: string, max: number): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && value <= max))
    throw new UsageError(`${flag} wants a number from 0 to ${max}, not "${text}".`);
  return value;
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = number(flag, text, max);
  if (!Number.isSafeInteger(value)) throw new UsageError(`${flag} wants a whole number, not "${text}".`);
  return value;
}

function oneOf<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((name) => name === text);
  if (choice === undefined)
    throw new UsageError(`${flag} wants one of ${choices.join(', ')}, not "${text}".`);
  return choice;
}
