import { OnchainClock } from '../../../src/main/engine/clock/onchain-clock.ts';
import type { RequestId } from '../../../src/main/engine/contracts/ids.ts';
import { abortScope } from '../../../src/main/engine/lib/abort.ts';
import { sleep } from '../../../src/main/engine/lib/retry.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { silentLogger, type Logger } from '../../../src/main/engine/logger.ts';
import { EventDecoder } from '../../../src/main/engine/market/events.ts';
import { OnchainMarket } from '../../../src/main/engine/market/onchain-market.ts';
import { keySigner } from '../../../src/main/engine/market/signer.ts';
import { cursorStore } from '../../../src/main/engine/stores/cursor.ts';
import { transactionStore } from '../../../src/main/engine/stores/transactions.ts';
import { demand } from '../simulation/violation.ts';
import { drawOf, Random } from '../simulation/random.ts';
import { Host } from './host.ts';
import { EventLedger, keyOf } from './ledger.ts';
import type { Line } from './line.ts';
import { MortalDatabase } from './mortaldatabase.ts';
import { type ChainWorld, collateral, DURATION, SLOTS, STAKE, type Truth } from './world.ts';

export interface RunReport {
  readonly blocks: number;
  readonly forks: number;
  readonly lives: number;
  readonly told: number;
  readonly takenBack: number;
  readonly fills: number;
  readonly transactions: number;
}

export interface RunModules {
  readonly world: ChainWorld;
  /** The way to the chain in this run. */
  readonly line: Line;
  readonly logger?: Logger;
}

/**
 * One run of chance between a host and his chain, by its seed: requests, a rival, forks, bad servers, crashes. Afterwards
 * the line is good and the chain quiet, and everything must fall into place.
 * @throws Violation naming what did not
 */
export async function play(
  seed: number,
  { world, line, logger = silentLogger }: RunModules,
): Promise<RunReport> {
  await world.rewind();
  const run = new Run(seed, { world, line, logger });
  try {
    await run.play();
    return await run.settle();
  } finally {
    await run.end();
  }
}

class Run {
  readonly #random: Random;
  readonly #modules: Required<RunModules>;
  readonly #ledger = new EventLedger();
  readonly #host: Host;
  readonly #records = new Map<string, string>();
  readonly #requests: RequestId[] = [];
  readonly #counts = { blocks: 0, forks: 0, lives: 0 };
  #firstBlock = 0;
  #market: OnchainMarket | undefined;
  #database = new MortalDatabase(this.#records);

  constructor(seed: number, modules: Required<RunModules>) {
    this.#random = new Random(seed);
    this.#modules = modules;
    this.#host = new Host(
      (requestId, slotIndex) => drawOf(seed, requestId, slotIndex) < 0.6,
      (requestId) => this.#ledger.isToldOf(requestId),
    );
  }

  async play(): Promise<void> {
    const { world, line } = this.#modules;
    this.#firstBlock = (await world.chain.provider.getBlockNumber()) + 1;
    await this.#live();
    line.roughen();
    const rounds = this.#random.int(12, 24);
    for (let round = 0; round < rounds; round++) {
      await this.#deed();
      await sleep(this.#random.int(0, 12), never);
    }
  }

  async settle(): Promise<RunReport> {
    const { world, line } = this.#modules;
    line.smooth();
    await this.#mine();
    await this.#until('the host knows where he stands', () => this.#isAtRest(), { lookAgain: true });
    await this.#bury();
    const ours = await this.#judge();
    await this.#collect(ours);
    const transactions = await world.truth.transactions(this.#firstBlock);
    return {
      ...this.#counts,
      told: this.#ledger.told,
      takenBack: this.#ledger.takenBack,
      fills: ours,
      transactions: transactions.length,
    };
  }

  async end(): Promise<void> {
    await this.#host.end();
    await this.#market?.stop();
  }

  async #live(): Promise<void> {
    const { world, line, logger } = this.#modules;
    const database = new MortalDatabase(this.#records, (keys) => {
      if (keys.some((key) => key.includes('/cursor/'))) this.#ledger.written();
    });
    const { deployment } = world;
    this.#ledger.beginLife();
    for (;;) {
      try {
        const market = await OnchainMarket.connect(
          {
            rpcUrls: line.urls,
            deployment,
            signer: keySigner(new Secret(world.account.key)),
            clock: new OnchainClock(),
            cursors: cursorStore({ database, logger }, deployment),
            transactions: (account) =>
              transactionStore({ database, logger }, { chainId: deployment.chainId, account }),
            logger,
          },
          {
            pollMs: 5,
            signal: never,
            sending: {
              pollMs: 5,
              stuckMs: 150,
              repeatMs: 60,
              foreignMs: 400,
              settledDepth: 14,
              limitMs: 20_000,
              graceMs: 20,
            },
            servers: {
              answerMs: 250,
              answerBytes: 2 ** 20,
              lookMs: 1000,
              nowMs: () => performance.now() * HASTE,
              sleep: (ms, signal) => sleep(ms / HASTE, signal),
            },
          },
        );
        this.#market = market;
        market.subscribe((event) => {
          this.#ledger.hear(event);
          this.#host.hear(event);
        });
        await market.start();
        this.#database = database;
        this.#host.begin(market);
        this.#counts.lives++;
        return;
      } catch {
        // A bad line keeps a node from starting; whoever runs it starts it again.
        await this.#market?.stop();
        this.#market = undefined;
        await sleep(5, never);
      }
    }
  }

  async #deed(): Promise<void> {
    const { world, line } = this.#modules;
    const random = this.#random;
    switch (
      random.weighted({ mine: 9, post: 4, contest: 2, fork: 3, period: 1, crash: 1, stop: 0.6, weather: 1.5 })
    ) {
      case 'mine':
        return this.#mine(random.int(1, 3));
      case 'post':
        return void this.#requests.push(await world.post());
      case 'contest':
        if (this.#requests.length > 0)
          await world.contest(random.pick(this.#requests), random.int(0, SLOTS - 1));
        return;
      case 'fork':
        return this.#fork();
      case 'period':
        return this.#nextPeriod();
      case 'crash':
        this.#database.die();
        return this.#again();
      case 'stop':
        return this.#again();
      case 'weather':
        return random.chance(0.5) ? line.smooth() : line.roughen();
    }
  }

  async #mine(blocks = 1): Promise<void> {
    for (let i = 0; i < blocks; i++) {
      await this.#modules.world.forking.mine(this.#random.int(1, 12));
      this.#counts.blocks++;
    }
  }

  /** Not behind the beginning: what was before it nobody was told of. */
  async #fork(): Promise<void> {
    const { world } = this.#modules;
    const depth = Math.min(
      this.#random.int(1, 10),
      (await world.chain.provider.getBlockNumber()) - this.#firstBlock + 1,
    );
    if (depth < 1) return;
    const kept = this.#random.pick([0, 0.5, 0.9, 1]);
    await world.forking.fork({ depth, kept, isPoolHonest: this.#random.chance(0.5) }, this.#random);
    this.#counts.forks++;
  }

  async #nextPeriod(): Promise<void> {
    const { world } = this.#modules;
    const now = await world.chain.now();
    const next = (Math.floor(now / PERIOD) + 1) * PERIOD;
    await world.forking.mine(next - now + 1);
    for (const pursuit of this.#host.pursuits.values())
      if (pursuit.state === 'ours') this.#host.prove(pursuit, next + PERIOD - 1);
  }

  async #again(): Promise<void> {
    await this.#host.end();
    await this.#market?.stop();
    this.#market = undefined;
    await this.#live();
  }

  #isAtRest(): boolean {
    return (
      !this.#host.isBusy && this.#stored().every(({ state }) => state !== 'stored' && state !== 'pending')
    );
  }

  #stored(): { state: string; isSettled: boolean }[] {
    return [...this.#records]
      .filter(([key]) => key.startsWith('/meta/market/transactions/'))
      .map(([, text]) => JSON.parse(text) as { state: string; isSettled: boolean });
  }

  /** Mines on until it holds, or for so long that something must be stuck. */
  async #until(
    what: string,
    holds: () => boolean | Promise<boolean>,
    { lookAgain = false } = {},
  ): Promise<void> {
    for (let block = 0; block < PATIENCE_BLOCKS; block++) {
      await this.#mine();
      await this.#market?.poke();
      if (lookAgain && block === 0) this.#host.lookAgain();
      await sleep(4, never);
      if (await holds()) return;
    }
    const failures = this.#host.failures.map(String);
    demand(false, `never came to rest: ${what}`, () => ({
      failures,
      doing: [...this.#host.doing],
      transactions: this.#stored().filter(({ isSettled }) => !isSettled),
      pursuits: [...this.#host.pursuits.values()],
      line: this.#modules.line.account().slice(-40),
    }));
  }

  /** Until no fork of a real chain reaches what was done. */
  async #bury(): Promise<void> {
    await this.#until('every transaction is settled', () =>
      this.#stored().every(({ isSettled }) => isSettled),
    );
  }

  /** Answers with how many slots are ours. */
  async #judge(): Promise<number> {
    const { world } = this.#modules;
    const { truth } = world;
    await this.#market?.poke();
    demand(this.#ledger.fault === undefined, String(this.#ledger.fault?.message));
    demand(this.#host.failures.length === 0, 'the host failed', () => ({
      failures: this.#host.failures.map(String),
    }));
    await this.#judgeEvents(truth);
    let ours = 0;
    for (const pursuit of this.#host.pursuits.values()) {
      const isOurs = (await truth.host(pursuit.requestId, pursuit.slotIndex)) === world.account.address;
      demand(isOurs === (pursuit.state === 'ours'), 'believes other than is so of a slot', () => ({
        ...pursuit,
        isOurs,
      }));
      if (isOurs) ours++;
    }
    const { latest, pending } = await truth.nonces();
    demand(latest === pending, 'a transaction is left over', () => ({ latest, pending }));
    const transactions = await truth.transactions(this.#firstBlock);
    const fills = transactions.filter(({ name, succeeded }) => name === 'fillSlot' && succeeded);
    const slots = new Set(fills.map(({ data }) => slotOf(data)));
    demand(slots.size === fills.length, 'a slot was filled twice', () => ({
      fills: fills.length,
      slots: slots.size,
    }));
    demand(fills.length === ours, 'fills that nobody knows of', () => ({ fills: fills.length, ours }));
    const tokens = await truth.tokens();
    demand(tokens === STAKE - BigInt(ours) * collateral, 'collateral went elsewhere', () => ({
      tokens,
      ours,
    }));
    return ours;
  }

  async #judgeEvents(truth: Truth): Promise<void> {
    const { deployment } = this.#modules.world;
    const decoder = new EventDecoder(deployment.abi);
    const logs = await truth.logs(this.#firstBlock);
    const standing = new Set(
      logs.flatMap((log) => {
        const event = decoder.decode({
          ...log,
          blockHash: '0x',
          blockNumber: Number(log.blockNumber),
          logIndex: Number(log.logIndex),
        });
        return event ? [keyOf(event)] : [];
      }),
    );
    const told = this.#ledger.keys;
    const missed = [...standing].filter((key) => !told.has(key));
    const invented = [...told].filter((key) => !standing.has(key));
    const position = [...this.#records].filter(([key]) => key.includes('/cursor/'));
    demand(missed.length === 0, 'events were missed', () => ({
      missed,
      blocks: logs
        .filter(({ transactionHash }) => missed.some((key) => key.startsWith(transactionHash)))
        .map(({ blockNumber }) => Number(blockNumber)),
      first: this.#firstBlock,
      position,
    }));
    demand(invented.length === 0, 'events were not taken back', () => ({ invented }));
  }

  /** The requests end, and every slot of ours is paid, once. */
  async #collect(ours: number): Promise<void> {
    const { world } = this.#modules;
    await world.forking.mine(DURATION + 1);
    await this.#market?.poke();
    for (const pursuit of this.#host.pursuits.values())
      if (pursuit.state === 'ours') this.#host.collect(pursuit);
    await this.#until('every slot is paid', () => this.#isAtRest());
    const transactions = await world.truth.transactions(this.#firstBlock);
    const payouts = transactions.filter(({ name, succeeded }) => name === 'freeSlot' && succeeded).length;
    demand(payouts === ours, 'slots paid other than once', () => ({ payouts, ours }));
    const tokens = await world.truth.tokens();
    demand(ours === 0 || tokens > STAKE, 'paid less than was put in', () => ({ tokens, ours }));
  }
}

/** The words of the call that name the slot. */
const slotOf = (data: string): string => data.slice(10, 10 + 128);

/** The waits of the servers' makers are for servers far away. */
const HASTE = 50;
const PERIOD = 900;
const PATIENCE_BLOCKS = 600;
const never = abortScope().signal;
