import { abortScope, throwIfAborted } from '../../lib/abort.ts';
import { Emitter } from '../../lib/emitter.ts';
import { sleep } from '../../lib/retry.ts';
import { Tasks } from '../../lib/tasks.ts';
import { describeError, isEngineError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { MarketErrorCode } from '../errors.ts';
import type { Head } from '../log-reader.ts';
import type { SendRpcOptions, ServerRpc, Servers } from '../rpc.ts';
import { lagsOf, suspectAmong } from './heads.ts';
import { serverStates, type ServerStatus } from './health.ts';
import { isOnlyThisServers } from './meaning.ts';
import { isServerFault, type Server } from './server.ts';

export interface ServerPoolOptions {
  /** Between two comparisons of the servers. */
  lookMs?: number;
  /** How long a call waits at most for servers that asked to be left alone. */
  patienceMs?: number;
  /** How long a call goes from one server to the next. */
  giveUpMs?: number;
  nowMs?: () => number;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Several servers of one chain as one. The first in the list that serves well is asked; where it fails, the next one is,
 * until the first has done well for a while. So that standing by means being ready, all are compared from time to time: who
 * lags, who announces what it has not, who serves another chain.
 */
export class ServerPool implements Servers {
  /** What is known of the servers, whenever a state changes. */
  readonly changes: Emitter<readonly ServerStatus[]>;
  readonly #servers: readonly Server[];
  readonly #logger: Logger;
  readonly #options: Required<ServerPoolOptions>;
  readonly #tasks: Tasks;
  readonly #lifetime = abortScope();
  readonly #announced = new Set<() => void>();
  #told = '';
  #inUse: string | undefined;

  /** The servers in the order of preference. */
  constructor(
    { servers, logger }: { servers: readonly [Server, ...Server[]]; logger: Logger },
    options: ServerPoolOptions = {},
  ) {
    const onError = (error: unknown) => logger.error('A listener of the servers failed', { error });
    this.changes = new Emitter(onError);
    this.#tasks = new Tasks((error) => logger.error('Comparing the servers ended by a fault', { error }));
    this.#servers = servers;
    this.#logger = logger;
    this.#options = {
      lookMs: 15_000,
      patienceMs: 10_000,
      giveUpMs: 30_000,
      nowMs: () => performance.now(),
      sleep,
      ...options,
    };
  }

  get status(): readonly ServerStatus[] {
    const inUse = this.#best();
    return this.#servers.map((server) => ({
      server: server.server,
      isInUse: server === inUse && server.health.state !== 'excluded',
      ...server.health.status(),
    }));
  }

  async send(method: string, params: readonly unknown[], options: SendRpcOptions = {}): Promise<unknown> {
    throwIfAborted(options.signal);
    try {
      return await this.#patiently(method, params, options);
    } finally {
      this.#tell();
    }
  }

  pinned(): ServerRpc {
    const server = this.#best();
    return {
      server: server.server,
      send: async (method, params, options) => {
        try {
          return await server.send(method, params, options);
        } finally {
          this.#tell();
        }
      },
      fault: (reason) => {
        server.fault(reason);
        this.#tell();
      },
    };
  }

  onHead(listener: () => void): () => void {
    const unsubscribes = this.#servers.map((server) =>
      server.onHead(() => {
        if (!isOutOfPlay(server)) listener();
      }),
    );
    const unsubscribe = () => {
      for (const each of unsubscribes) each();
      this.#announced.delete(unsubscribe);
    };
    this.#announced.add(unsubscribe);
    return unsubscribe;
  }

  /** Compares the servers from now on; of a single one there is nothing to compare. */
  start(): void {
    if (this.#servers.length > 1) this.#tasks.track('look', this.#watch(this.#lifetime.signal));
  }

  /** Compares the servers once. */
  async look({ signal }: { signal: AbortSignal }): Promise<void> {
    const heads = new Map<Server, Head>();
    await Promise.all(
      this.#servers.map(async (server) => {
        if (server.health.isThrottled) return;
        try {
          const head = await server.head({ signal });
          if (head) heads.set(server, head);
          else this.#distrust(server, 'it announces a block that it does not have');
        } catch (error) {
          throwIfAborted(signal);
          this.#logger.debug('A server cannot be compared', {
            server: server.server,
            reason: describeError(error),
          });
        }
      }),
    );
    await this.#dropLiar(heads, signal);
    for (const [server, lag] of lagsOf(heads)) server.health.looked(lag);
    this.#tell();
  }

  /** Calls under way reject; nothing runs afterwards. */
  close(): void {
    this.#lifetime[Symbol.dispose]();
    for (const unsubscribe of this.#announced) unsubscribe();
    for (const server of this.#servers) server.close();
  }

  /** Where all servers asked to be left alone for a moment, that moment is waited for. */
  async #patiently(method: string, params: readonly unknown[], options: SendRpcOptions): Promise<unknown> {
    await this.#waitForThrottled(options.signal);
    try {
      return await this.#askInTurn(method, params, options);
    } catch (error) {
      if (!isServerFault(error) || !(await this.#waitForThrottled(options.signal))) throw error;
      return this.#askInTurn(method, params, options);
    }
  }

  async #askInTurn(method: string, params: readonly unknown[], options: SendRpcOptions): Promise<unknown> {
    const { nowMs, giveUpMs } = this.#options;
    const startedMs = nowMs();
    const tried = new Set<Server>();
    let failure: unknown;
    do {
      const server = this.#best(tried);
      tried.add(server);
      try {
        return await server.send(method, params, options);
      } catch (error) {
        if (!isWorthAnother(error, method)) throw error;
        failure = moreTelling(failure, error);
        this.#tell();
      }
    } while (tried.size < this.#servers.length && nowMs() - startedMs < giveUpMs);
    throw failure;
  }

  /** Whether there was a wait. */
  async #waitForThrottled(signal: AbortSignal | undefined): Promise<boolean> {
    const usable = this.#servers.filter((server) => server.health.state !== 'excluded');
    if (usable.length === 0 || !usable.every((server) => server.health.isThrottled)) return false;
    const waitMs = Math.min(...usable.map((server) => server.health.restMs));
    if (waitMs > this.#options.patienceMs) return false;
    using wait = abortScope(signal);
    // A timer may be a little early.
    await this.#options.sleep(waitMs + 1, wait.signal);
    return true;
  }

  /** The best of those not tried yet; of equals the first in the list. */
  #best(tried: ReadonlySet<Server> = new Set()): Server {
    const left = this.#servers.filter((server) => !tried.has(server));
    return (left.length > 0 ? left : this.#servers).reduce((a, b) => (isBetter(b, a) ? b : a));
  }

  /** A head far ahead of all others is believed only of a server whose chain holds the others' blocks. */
  async #dropLiar(heads: Map<Server, Head>, signal: AbortSignal): Promise<void> {
    const found = suspectAmong(heads);
    if (!found) return;
    const { suspect, next, isOutvoted } = found;
    if (!isOutvoted && (await isInChainOf(suspect, next, signal))) return;
    heads.delete(suspect);
    this.#distrust(suspect, 'its head is far ahead of all others');
  }

  #distrust(server: Server, reason: string): void {
    if (server.health.state !== 'distrusted')
      this.#logger.warn('A server is not trusted', { server: server.server, reason });
    server.health.distrust(reason);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.look({ signal });
      await this.#options.sleep(this.#options.lookMs, signal);
    }
  }

  #tell(): void {
    const status = this.status;
    const now = JSON.stringify(status.map(({ server, state, isInUse }) => [server, state, isInUse]));
    if (now === this.#told) return;
    this.#logChange(status);
    this.#told = now;
    this.changes.emit(status);
  }

  #logChange(status: readonly ServerStatus[]): void {
    const inUse = status.find(({ isInUse }) => isInUse)?.server;
    const before = this.#inUse;
    this.#inUse = inUse;
    if (before === undefined || inUse === undefined || inUse === before) return;
    const reason = status.find(({ server }) => server === before)?.reason;
    this.#logger.notice('Another server of the chain is used now', { server: inUse, before, reason });
  }
}

function isBetter(a: Server, b: Server): boolean {
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA !== rankB) return rankA < rankB;
  return a.health.restMs < b.health.restMs;
}

const rankOf = ({ health: { state } }: Server) => serverStates.indexOf(state);

const isOutOfPlay = ({ health: { state } }: Server) => state === 'excluded' || state === 'distrusted';

async function isInChainOf(server: Server, { number, hash }: Head, signal: AbortSignal): Promise<boolean> {
  try {
    return (await server.block(number, { signal }))?.hash === hash;
  } catch {
    throwIfAborted(signal);
    return false;
  }
}

const isWorthAnother = (error: unknown, method: string) =>
  isServerFault(error) || isEngineError(error, 'WRONG_CHAIN') || isOnlyThisServers(error, method);

/** Of the failures of several servers the one that says most of the question. */
function moreTelling(before: unknown, error: unknown): unknown {
  return before !== undefined && tellingRank(before) <= tellingRank(error) ? before : error;
}

function tellingRank(error: unknown): number {
  return isEngineError<MarketErrorCode>(error) ? TELLING.indexOf(error.code) : -1;
}

const TELLING: readonly MarketErrorCode[] = ['RPC_REFUSED', 'CHAIN_UNREACHABLE', 'WRONG_CHAIN'];
