import { FaultyRpc } from '../faultyrpc/faultyrpc.ts';
import type { FaultName, FaultRates } from '../faultyrpc/faults.ts';
import { Random } from '../simulation/random.ts';
import type { Line } from './line.ts';

/** A line of one to three faulty servers, reached by HTTP or WebSocket, each with the weaknesses that a seed gives it. */
export async function faultyLine(seed: number, upstream: string): Promise<FaultyLine> {
  const random = new Random(seed).fork();
  const count = random.int(1, 3);
  const servers = [];
  const urls = [];
  for (let i = 0; i < count; i++) {
    const plan = planOf(random);
    const server = await FaultyRpc.start({ upstream, ...plan, announceMs: 10 });
    server.settle();
    servers.push(server);
    urls.push(random.chance(0.35) ? server.wsUrl : server.httpUrl);
  }
  return new FaultyLine(servers, urls);
}

export class FaultyLine implements Line {
  readonly urls: readonly string[];
  readonly #servers: readonly FaultyRpc[];

  constructor(servers: readonly FaultyRpc[], urls: readonly string[]) {
    this.#servers = servers;
    this.urls = urls;
  }

  roughen(): void {
    for (const server of this.#servers) server.resume();
  }

  smooth(): void {
    for (const server of this.#servers) server.settle();
  }

  /** How often each fault was done, on all servers together. */
  tally(): Readonly<Record<string, number>> {
    const sum: Record<string, number> = {};
    for (const server of this.#servers)
      for (const [fault, count] of Object.entries(server.tally())) sum[fault] = (sum[fault] ?? 0) + count;
    return sum;
  }

  account(): readonly string[] {
    return this.#servers.flatMap(({ deeds }, server) =>
      deeds.map(({ method, fault, at }) => `server ${server}, question ${at}: ${fault} of ${method}`),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}

/** A few faults, some of them often: a server has its own ways of being bad. */
function planOf(random: Random) {
  const rates: Partial<Record<FaultName, number>> = {};
  const often = new Set(Array.from({ length: 3 }, () => random.pick(frequent)));
  for (const fault of frequent) rates[fault] = often.has(fault) ? random.next() * 0.12 : 0.01;
  for (const fault of seldom) rates[fault] = random.chance(0.4) ? random.next() * 0.015 : 0;
  const logBlocks = random.chance(0.4) ? random.pick([1, 3, 10]) : undefined;
  const logs = random.chance(0.3) ? random.pick([8, 20]) : undefined;
  return {
    plan: {
      seed: random.int(0, 2 ** 31),
      rates: rates satisfies FaultRates,
      delays: { rate: random.next() * 0.3, longestMs: 15 },
      lagBlocks: random.int(1, 6),
      hugeBytes: 100_000,
    },
    manners: {
      ...(logBlocks !== undefined && { logBlocks }),
      ...(logs !== undefined && { logs }),
    },
  };
}

const frequent = [
  'dropQuestion',
  'dropAnswer',
  'lag',
  'duplicateLogs',
  'reorderLogs',
  'truncateLogs',
  'cut',
  'internalError',
] as const;

/** Those that cost a wait, or make a server untrusted for long. */
const seldom = [
  'tooOften',
  'tooOftenForNow',
  'malformed',
  'wrongId',
  'huge',
  'lyingHead',
  'silence',
] as const;
