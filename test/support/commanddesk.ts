import { openHere } from '../../src/main/commands/access.ts';
import { openAccess, type AccessOptions, type NodeAccess } from '../../src/main/commands/access.ts';
import { runProgram, type ProgramOptions } from '../../src/main/commands/program.ts';
import type { Terminal } from '../../src/main/commands/terminal.ts';
import { UsageError, type CommandLine } from '../../src/main/cli.ts';
import { Emitter } from '../../src/main/engine/lib/emitter.ts';
import { Secret } from '../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../src/main/engine/logger.ts';
import type { EventOf } from '../../src/main/ipc/events.ts';
import { createLocalBridge } from '../../src/main/ipc/local-bridge.ts';
import { createRouter } from '../../src/main/ipc/router.ts';
import { api, type Api } from '../../src/shared/api.ts';
import { createClient, createEvents } from '../../src/shared/client.ts';
import type { Handlers } from '../../src/shared/contract.ts';
import { tableNames, type TableName, type Tables } from '../../src/shared/rows.ts';
import { tempFolder } from './tempfolder.ts';

/** A terminal whose lines are kept, and at which a test types. */
export class FakeTerminal implements Terminal {
  canAsk = false;
  readonly printed: string[] = [];
  readonly said: string[] = [];
  readonly asked: string[] = [];
  /** Typed one after the other, secrets and others alike; a function is given all that was said so far. */
  readonly answers: (string | ((said: string) => string))[] = [];
  input = '';
  onPrint: () => void = () => {};

  print(line: string): void {
    this.printed.push(line);
    this.onPrint();
  }

  say(line: string): void {
    this.said.push(line);
  }

  showProgress(): void {}

  clear(): void {
    this.said.push('<cleared>');
  }

  async ask(question: string): Promise<string> {
    if (!this.canAsk) throw new UsageError(`Nobody can be asked here: "${question}"`);
    this.asked.push(question);
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error(`Nobody answers "${question}" in this test`);
    return typeof answer === 'string' ? answer : answer(this.said.join('\n'));
  }

  async askSecret(question: string): Promise<Secret> {
    return new Secret(await this.ask(question));
  }

  async readInput(): Promise<string> {
    return this.input;
  }
}

type Answers = { readonly [K in keyof Handlers<Api>]?: Handlers<Api>[K] };

/** A node that runs, as far as commands ask: rows, answers to calls, and all calls kept. */
export class FakeRunningNode {
  readonly calls: { readonly name: string; readonly input: unknown }[] = [];
  readonly events = new Emitter<EventOf<Api>>();
  rows: { readonly [T in TableName]?: readonly Tables[T][] };
  readonly closed: Promise<void>;
  end: () => void = () => {};
  readonly #answers: Answers;

  constructor(rows: FakeRunningNode['rows'] = {}, answers: Answers = {}) {
    this.rows = rows;
    this.#answers = answers;
    this.closed = new Promise((resolve) => (this.end = resolve));
  }

  open(): NodeAccess {
    const handlers = new Proxy({} as Handlers<Api>, {
      get: (_, name: keyof Handlers<Api>) => (input: never) => this.#answer(name, input),
    });
    const { events, closed } = this;
    const router = createRouter(api, handlers, { logger: silentLogger });
    const bridge = createLocalBridge({ router, events });
    const [client, onEvent] = [createClient<Api>(bridge), createEvents<Api>(bridge)];
    return { client, onEvent, isRunning: true, closed, close: async () => {} };
  }

  #answer(name: keyof Handlers<Api>, input: never): unknown {
    if (name === 'snapshot') {
      const tables = Object.fromEntries(tableNames.map((table) => [table, this.rows[table] ?? []]));
      return { revision: 1, tables };
    }
    this.calls.push({ name, input });
    return (this.#answers[name] as ((input: never) => unknown) | undefined)?.(input) ?? null;
  }
}

/** The program at a terminal of a test, over a data folder of its own; with a node that runs, or without. */
export async function aCommandDesk({ node }: { node?: FakeRunningNode } = {}) {
  const dataDir = await tempFolder();
  const controller = new AbortController();
  const served: CommandLine[] = [];
  const options: ProgramOptions = { version: '1.2.3', serve: async (line) => void served.push(line) };
  const terminal = new FakeTerminal();
  const access = async (asked: AccessOptions) => node?.open() ?? openAccess(asked);
  const world = { terminal, openAccess: access, openHere, interrupted: () => controller.signal };
  /** What a command printed and said, and how it ended; of one that hangs on lines this is what it did until then. */
  const run = async (...args: string[]) => {
    const [printedBefore, saidBefore] = [terminal.printed.length, terminal.said.length];
    const isOfNode = args.length > 0 && !args[0]?.startsWith('-') && args[0] !== 'help';
    const whole = isOfNode ? [...args, '--data', dataDir] : args;
    const code = await runProgram(whole, world, options);
    const out = terminal.printed.slice(printedBefore).join('\n');
    const err = terminal.said.slice(saidBefore).join('\n');
    return { code, out, err, json: () => JSON.parse(out) as unknown };
  };
  return { dataDir, terminal, run, served, interrupt: () => controller.abort() };
}
