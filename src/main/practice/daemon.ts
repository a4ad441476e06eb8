import { inspect } from 'node:util';
import type { LogFields, Logger, LogLevel } from '../engine/logger.ts';
import { logLevels } from '../engine/logger.ts';
import { describeError } from '../engine/errors.ts';
import { abortScope, isAborted } from '../engine/lib/abort.ts';
import { orderSchema, wireFailure, wireInfo, type Order, type Report } from './messages.ts';
import { PracticeNetwork } from './practicenetwork.ts';

/**
 * The practice network as a process of its own, forked by `launchPractice`. It ends when it is told to, and when its
 * parent is gone, however that came about: the system closes the channel between them. So nothing is left behind.
 */
class Daemon {
  readonly #stopping = abortScope();
  #network: Promise<PracticeNetwork> | undefined;
  #ended: Promise<void> | undefined;

  async obey(message: unknown): Promise<void> {
    const order = orderSchema.parse(message);
    if (order.type === 'start') await this.#start(order);
    else if (order.type === 'stop') await this.end();
    else await this.#call(order);
  }

  /** Stops the network in order, whatever stage it is in, and ends the process. */
  end(exitCode = 0): Promise<void> {
    this.#ended ??= this.#end(exitCode);
    return this.#ended;
  }

  async #end(exitCode: number): Promise<void> {
    this.#stopping.abort();
    const network = await this.#network?.catch(() => undefined);
    await network?.stop();
    process.exit(exitCode);
  }

  async #start(order: Extract<Order, { type: 'start' }>): Promise<void> {
    const { folder, family, exchange, peers, scenario, speed, seed } = order;
    const { signal } = this.#stopping;
    this.#network = PracticeNetwork.start(
      { folder, logger: logger([]) },
      { family, exchange, peers, scenario, speed, seed, signal },
    );
    try {
      const network = await this.#network;
      network.onFailed((error) => this.#fail(error));
      report({ type: 'ready', info: wireInfo(network.info) });
    } catch (error) {
      if (!isAborted(error)) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    report({ type: 'failed', failure: wireFailure(error) });
    void this.end(1);
  }

  async #call(order: Extract<Order, { id: number }>): Promise<void> {
    const { id } = order;
    try {
      const network = await this.#network;
      if (order.type === 'setSpeed') {
        await network?.setSpeed(order.speed);
        report({ type: 'done', id });
      } else {
        const requestId = await network?.postRequest(order.params);
        report({ type: 'done', id, requestId });
      }
    } catch (error) {
      report({ type: 'refused', id, failure: wireFailure(error) });
    }
  }
}

/** Log records go to the parent, which has the log. */
function logger(topics: string[], inherited: LogFields = {}): Logger {
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      report({ type: 'log', level, topics, message, fields: plain({ ...inherited, ...fields }) });
    };
  const { trace, debug, info, notice, warn, error, fatal } = Object.fromEntries(
    logLevels.map((level) => [level, write(level)]),
  ) as Record<LogLevel, Logger[LogLevel]>;
  const child: Logger['child'] = (topic, fields) => logger([...topics, topic], { ...inherited, ...fields });
  return { trace, debug, info, notice, warn, error, fatal, child };
}

/** What any channel can carry; an error as its messages. */
function plain(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const isSimple = value === null || !['object', 'function', 'symbol'].includes(typeof value);
      return [
        name,
        isSimple ? value : value instanceof Error ? describeError(value) : inspect(value, { depth: 3 }),
      ];
    }),
  );
}

function report(message: Report): void {
  // The parent may go at any moment; then `disconnect` ends us, and nobody is there to be told.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function main(): void {
  const daemon = new Daemon();
  const obey = (message: unknown) => {
    daemon.obey(message).catch((error: unknown) => {
      report({ type: 'failed', failure: wireFailure(error) });
      return daemon.end(1);
    });
  };
  process.on('message', obey);
  process.on('disconnect', () => void daemon.end());
  process.on('SIGTERM', () => void daemon.end());
  // Ctrl-C goes to everyone in the terminal's group; the parent decides what it means for us.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  // What the runtime itself has to say when the parent, who read it, is gone must not end us before we have cleared up.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

main();
