import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Answer } from '../../../src/main/engine/market/servers/jsonrpc.ts';
import { Announcer } from './announcer.ts';
import { Dice, type Fate, type FaultName, type FaultPlan } from './faults.ts';
import { answerAsOf } from './laggingworld.ts';
import { HttpLine, SocketLine, type Line } from './lines.ts';
import { mannerly, refusedRange, type Manners } from './manners.ts';
import { spoiled } from './spoiling.ts';
import { httpUpstream, type Upstream } from './upstream.ts';

export interface FaultyRpcOptions {
  /** The honest server: its address, or what answers for it in this process. */
  readonly upstream: string | Upstream;
  readonly plan: FaultPlan;
  readonly manners?: Manners;
  /** How often the chain is asked for its head, to announce it to those who subscribed. */
  readonly announceMs?: number;
}

/** One thing that was done to a question. */
export interface Deed {
  readonly method: string;
  readonly fault: FaultName;
  /** How many questions had been asked before. */
  readonly at: number;
}

/**
 * A server between a node and its chain, HTTP and WebSocket on one port, that does to questions and answers what a seed
 * says: drops, delays, refuses, lags, lies, spoils. What it did stands in `deeds`. Its manners it keeps when settled.
 */
export class FaultyRpc {
  readonly deeds: Deed[] = [];
  /** By method, also of those that met no fault. */
  readonly asked = new Map<string, number>();
  /** While set, nobody gets through. */
  isDown = false;
  manners: Manners;
  readonly #dice: Dice;
  readonly #plan: FaultPlan;
  readonly #upstream: Upstream;
  readonly #closeUpstream: () => void;
  readonly #server: Server;
  readonly #websockets: WebSocketServer;
  readonly #announcer: Announcer;
  readonly #delays = new Set<() => void>();
  #isSettled = false;
  #questions = 0;

  static async start(options: FaultyRpcOptions): Promise<FaultyRpc> {
    const rpc = new FaultyRpc(options);
    rpc.#server.listen(0, '127.0.0.1');
    await once(rpc.#server, 'listening');
    return rpc;
  }

  private constructor({ upstream, plan, manners = {}, announceMs = 20 }: FaultyRpcOptions) {
    const honest = typeof upstream === 'string' ? httpUpstream(upstream) : { ask: upstream, close: () => {} };
    this.#upstream = honest.ask;
    this.#closeUpstream = honest.close;
    this.#plan = plan;
    this.#dice = new Dice(plan);
    this.manners = manners;
    this.#announcer = new Announcer(this.#upstream, announceMs);
    this.#server = createServer((request, response) => void this.#takeHttp(request, response));
    this.#websockets = new WebSocketServer({ server: this.#server });
    this.#websockets.on('connection', (socket) => this.#takeSocket(socket));
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get wsUrl(): string {
    return this.httpUrl.replace('http', 'ws');
  }

  /** From now on it is an honest server. */
  settle(): void {
    this.#isSettled = true;
    this.isDown = false;
    for (const end of this.#delays) end();
  }

  /** From now on it is faulty again. */
  resume(): void {
    this.#isSettled = false;
  }

  /** Whether subscriptions have fallen silent, without a word. */
  set isSilent(isSilent: boolean) {
    this.#announcer.isSilent = isSilent;
  }

  /** How often each fault was done. */
  tally(): Readonly<Partial<Record<FaultName, number>>> {
    const tally: Partial<Record<FaultName, number>> = {};
    for (const { fault } of this.deeds) tally[fault] = (tally[fault] ?? 0) + 1;
    return tally;
  }

  /** All connections break; subscriptions are forgotten. */
  breakConnections(): void {
    for (const socket of this.#websockets.clients) socket.terminate();
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.settle();
    this.#announcer.stop();
    this.#websockets.close();
    this.#server.close();
    this.breakConnections();
    await once(this.#server, 'close');
    this.#closeUpstream();
  }

  async #takeHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request).catch(() => undefined);
    if (body !== undefined) await this.#take(body, new HttpLine(response));
  }

  #takeSocket(socket: WebSocket): void {
    if (this.isDown) return socket.terminate();
    socket.on('message', (data: Buffer) => void this.#take(data.toString(), new SocketLine(socket)));
  }

  async #take(body: string, line: Line): Promise<void> {
    const asked: unknown = JSON.parse(body);
    if (this.isDown) return line.drop();
    if (Array.isArray(asked)) return line.answer(null, { error: { code: -32_600, message: 'no batches' } });
    const { id, method, params } = asked as { id: number; method: string; params: readonly unknown[] };
    this.asked.set(method, (this.asked.get(method) ?? 0) + 1);
    const fate = this.#fateOf(method);
    try {
      await this.#serve({ id, method, params, fate, line });
    } catch {
      // The chain behind is gone, or whoever asked is.
      line.drop();
    }
  }

  async #serve({ id, method, params, fate, line }: Served): Promise<void> {
    if (fate.delayMs > 0) await this.#wait(fate.delayMs);
    switch (fate.fault) {
      case 'dropQuestion':
        return line.drop();
      case 'tooOften':
        return line.refuseAsTooOften(id);
      case 'tooOftenForNow':
        return line.refuseAsTooOften(id, 0);
      case 'internalError':
        return line.answer(id, { error: { code: -32_603, message: 'Internal error' } });
      case 'silence':
        await this.#upstream(method, params);
        return;
      case 'huge':
        return line.answer(id, { result: `0x${'0'.repeat(this.#plan.hugeBytes ?? 40 * 2 ** 20)}` });
      default:
    }
    const answer = await this.#answer(method, params, fate, line);
    switch (fate.fault) {
      case 'dropAnswer':
        return line.drop();
      case 'cut':
        return line.cut(id, answer);
      case 'malformed':
        return line.send(JSON.stringify({ jsonrpc: '2.0', id, ...answer }).slice(0, -2));
      case 'wrongId':
        return line.answer(id + 1_000_000, answer);
      default:
        return line.answer(id, spoiled(answer, fate));
    }
  }

  async #answer(
    method: string,
    params: readonly unknown[],
    { fault, draw }: Fate,
    line: Line,
  ): Promise<Answer> {
    if (method === 'eth_subscribe') return this.#announcer.subscribe(line.socket, params);
    const refused = method === 'eth_getLogs' && refusedRange(this.manners, params, draw('refusal'));
    if (refused) return refused;
    const lag = fault === 'lag' ? 1 + Math.floor(draw('lag') * (this.#plan.lagBlocks ?? 5)) : 0;
    const answer = lag > 0 ? answerAsOf(this.#upstream, lag, method, params) : this.#upstream(method, params);
    return method === 'eth_getLogs' ? mannerly(await answer, this.manners, draw('refusal')) : answer;
  }

  /** The dice roll on while it is settled, so that what follows does not depend on how long that was. */
  #fateOf(method: string): Fate {
    const fate = this.#dice.roll(method);
    const at = this.#questions++;
    if (this.#isSettled) return { ...fate, fault: undefined, delayMs: 0 };
    if (fate.fault) this.deeds.push({ method, fault: fate.fault, at });
    return fate;
  }

  /** Ends early when it is settled. */
  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#delays.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#delays.add(end);
    });
  }
}

interface Served {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
  readonly fate: Fate;
  readonly line: Line;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
