import { toQuantity } from 'ethers';
import { abortError } from '../../src/main/engine/lib/abort.ts';
import { silentLogger, type Logger } from '../../src/main/engine/logger.ts';
import { RevertDecoder } from '../../src/main/engine/market/reverts.ts';
import type { Answer } from '../../src/main/engine/market/servers/jsonrpc.ts';
import { ServerPool, type ServerPoolOptions } from '../../src/main/engine/market/servers/pool.ts';
import { Server } from '../../src/main/engine/market/servers/server.ts';
import { serverAddress } from '../../src/main/engine/market/servers/serveraddress.ts';
import {
  unanswered,
  type AskOptions,
  type Transport,
} from '../../src/main/engine/market/servers/transport.ts';

/** A server whose chain and manners are set by hand. What a method answers next can be laid down; it may throw. */
export class ScriptedServer implements Transport {
  chainId = 1;
  head = 100;
  /** Blocks after this one are announced and not there. */
  lastBlock = Infinity;
  /** Which chain its blocks are of. */
  fork = 'a';
  isDown = false;
  /** While set, questions wait until it is called. */
  holds = false;
  readonly asked: string[] = [];
  readonly held: (() => void)[] = [];
  /** How many were under way at once, at most. */
  mostAtOnce = 0;
  isClosed = false;
  readonly #planned = new Map<string, (() => unknown)[]>();
  readonly #listeners = new Set<() => void>();
  #atOnce = 0;

  next(method: string, ...answers: (() => unknown)[]): void {
    this.#planned.set(method, [...(this.#planned.get(method) ?? []), ...answers]);
  }

  announce(): void {
    for (const listener of this.#listeners) listener();
  }

  count(method: string): number {
    return this.asked.filter((asked) => asked === method).length;
  }

  async ask(method: string, params: readonly unknown[], { signal }: AskOptions = {}): Promise<Answer> {
    this.asked.push(method);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    try {
      if (this.holds) await this.#hold(signal);
      if (this.isDown) throw unanswered({ reason: 'connect ECONNREFUSED' });
      const planned = this.#planned.get(method)?.shift();
      if (!planned) return { result: this.#answer(method, params) };
      const answer = planned();
      return isRefusal(answer) ? answer : { result: answer };
    } finally {
      this.#atOnce--;
    }
  }

  onHead(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.isClosed = true;
  }

  async #hold(signal: AbortSignal | undefined): Promise<void> {
    let onAbort = () => {};
    await new Promise<void>((resolve, reject) => {
      this.held.push(resolve);
      onAbort = () => reject(abortError(signal));
      signal?.addEventListener('abort', onAbort, { once: true });
    }).finally(() => signal?.removeEventListener('abort', onAbort));
  }

  #answer(method: string, [first]: readonly unknown[]): unknown {
    switch (method) {
      case 'eth_chainId':
        return toQuantity(this.chainId);
      case 'eth_blockNumber':
        return toQuantity(this.head);
      case 'eth_getBlockByNumber':
        return this.#block(first === 'latest' ? this.head : Number(first));
      default:
        return `${method} of ${this.fork}`;
    }
  }

  #block(number: number): object | null {
    if (number > Math.min(this.head, this.lastBlock)) return null;
    const hash = `0x${Buffer.from(this.fork).toString('hex')}${number.toString(16).padStart(8, '0')}`;
    return { number: toQuantity(number), hash, timestamp: toQuantity(1_700_000_000 + number * 12) };
  }
}

export const refusalAnswer = (message: string, code = -32_000) => ({ error: { code, message } });
export const tooOften = (retryAfterMs?: number) => () => {
  throw unanswered({ reason: 'HTTP 429', isThrottled: true, retryAfterMs });
};
export const broken = () => {
  throw unanswered({ reason: 'read ECONNRESET' });
};

/** Servers with scripted manners behind one pool; time moves only by hand or by waiting. */
export class ScriptedPool {
  readonly servers: readonly ScriptedServer[];
  readonly pool: ServerPool;
  /** The waits of the pool. */
  readonly waits: number[] = [];
  nowMs = 0;
  readonly #losses: (() => void)[] = [];

  constructor(count: number, options: ServerPoolOptions & { logger?: Logger } = {}) {
    const { logger = silentLogger, ...rest } = options;
    const nowMs = () => this.nowMs;
    this.servers = Array.from({ length: count }, () => new ScriptedServer());
    const servers = this.servers.map((transport, index) => {
      const open = (onLost: () => void) => {
        this.#losses[index] = onLost;
        return transport;
      };
      const address = serverAddress(`http://server${index}`);
      return new Server({ address, open, chainId: 1, reverts: new RevertDecoder([]), logger, nowMs });
    });
    const [first, ...others] = servers;
    if (!first) throw new Error('A pool has at least one server');
    const sleep = async (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      this.waits.push(ms);
      this.nowMs += ms;
    };
    this.pool = new ServerPool({ servers: [first, ...others], logger }, { nowMs, sleep, ...rest });
  }

  server(index: number): ScriptedServer {
    const server = this.servers[index];
    if (!server) throw new Error(`There is no server ${index}`);
    return server;
  }

  /** The connection to it is lost, as that of a WebSocket. */
  lose(index: number): void {
    this.#losses[index]?.();
  }

  /** Which server answers now; the others are not troubled. */
  async whoAnswers(): Promise<string> {
    await this.pool.send('eth_gasPrice', []);
    return this.pool.status.find(({ isInUse }) => isInUse)?.server ?? 'none';
  }

  async look(times = 1): Promise<void> {
    for (let i = 0; i < times; i++) await this.pool.look({ signal: new AbortController().signal });
  }
}

function isRefusal(answer: unknown): answer is Answer {
  return typeof answer === 'object' && answer !== null && 'error' in answer;
}
