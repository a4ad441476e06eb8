import type { Command } from 'commander';
import { plainJson } from '../../shared/plain-json.ts';
import { dataOption, defaultDataDir } from '../cli.ts';
import type { NodeAccess, OpenAccess } from './access.ts';
import type { Terminal } from './terminal.ts';

/** What the program is run with; tests hand in their own. */
export interface CommandWorld {
  readonly terminal: Terminal;
  readonly openAccess: OpenAccess;
  /** The data folder in this process, whether a node runs or not; exports go to `exportTo`. */
  readonly openHere: OpenHere;
  /** Aborts when the person interrupts. Asked for only by commands that end by themselves. */
  readonly interrupted: () => AbortSignal;
  /** The command did what it was asked, and what it found is bad: it ends with the code of a failure. */
  readonly markFailed: () => void;
}

/** What a command that runs has at hand. */
export interface Running extends Pick<NodeAccess, 'client' | 'onEvent' | 'isRunning' | 'closed'> {
  readonly terminal: Terminal;
  readonly dataDir: string;
  readonly signal: AbortSignal;
  readonly isJson: boolean;
  /** The result: as JSON of one line, or as `text` says. */
  readonly show: (value: unknown, text: () => string) => void;
  readonly markFailed: () => void;
  readonly openHere: (options: { readonly exportTo: string }) => Promise<NodeAccess>;
  /** Waits for something that takes its time, and says so where someone looks. */
  readonly working: <T>(what: string, work: Promise<T>) => Promise<T>;
}

export type OpenHere = (options: {
  readonly dataDir: string;
  readonly exportTo: string;
  readonly signal: AbortSignal;
}) => Promise<NodeAccess>;

export type Options = Readonly<Record<string, unknown>>;

/** A command as people write it: `list`, `show <id>`. Takes the data folder and --json like every other. */
export function addCommand(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .addOption(dataOption())
    .option('--json', 'print JSON: one line, amounts as text of digits');
}

/** What `command` does, once the way to the node or the data folder is open. Arguments come as they are written. */
export function does(
  command: Command,
  world: CommandWorld,
  needs: 'node' | 'folder',
  work: (running: Running, args: readonly string[], options: Options) => Promise<void>,
): void {
  command.action(async () => {
    const options = command.opts<{ data?: string; json?: boolean }>();
    const dataDir = options.data ?? defaultDataDir();
    const signal = world.interrupted();
    const access = await world.openAccess({ dataDir, needs, signal });
    try {
      await work(
        runningOf(world, access, { dataDir, signal, isJson: options.json === true }),
        command.args,
        options,
      );
    } finally {
      await access.close();
    }
  });
}

function runningOf(
  { terminal, markFailed, openHere }: CommandWorld,
  { client, onEvent, isRunning, closed }: NodeAccess,
  { dataDir, signal, isJson }: Pick<Running, 'dataDir' | 'signal' | 'isJson'>,
): Running {
  return {
    terminal,
    markFailed,
    openHere: (options) => openHere({ ...options, dataDir, signal }),
    client,
    onEvent,
    isRunning,
    closed,
    dataDir,
    signal,
    isJson,
    show: (value, text) => terminal.print(isJson ? plainJson(value) : text()),
    working: async (what, work) => {
      terminal.showProgress(`${what} …`);
      try {
        return await work;
      } finally {
        terminal.showProgress('');
      }
    },
  };
}
