import type { RequestId } from '../../../src/main/engine/contracts/ids.ts';
import { describeError, isEngineError } from '../../../src/main/engine/errors.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { checkStep } from './checks.ts';
import { owned, worldly } from './deeds.ts';
import { checkEnd } from './ending.ts';
import { lastAsk, lastTerms } from './lastrequest.ts';
import { Life } from './life.ts';
import { CHAOS, type Action, type Deed, type Plan } from './plan.ts';
import { seedCrypto } from './seededcrypto.ts';
import { tracingLogger, type Trace } from './trace.ts';
import { planValidation } from './validators.ts';
import { demand } from './violation.ts';
import { START, World } from './world.ts';

export interface Result {
  readonly failure: unknown;
  readonly steps: number;
}

/** Plays a plan to its end, or to the first violation. All that happens follows from the plan. */
export async function simulate(plan: Plan, { trace }: { trace?: Trace } = {}): Promise<Result> {
  seedCrypto(plan.seed);
  return new Simulation(plan, trace).play();
}

class Simulation {
  readonly #plan: Plan;
  readonly #trace: Trace | undefined;
  readonly #world: World;
  #life: Life | undefined;
  #asleepUntil = 0;
  #startsAt = Infinity;
  #isPeace = false;
  #failure: unknown;
  #steps = 0;

  constructor(plan: Plan, trace: Trace | undefined) {
    this.#plan = plan;
    this.#trace = trace;
    this.#world = new World(plan.seed, plan.profile, (error) => this.#fail(error));
  }

  async play(): Promise<Result> {
    const { market, timeline } = this.#world;
    market.chain.subscribe(({ blockNumber: _b, logIndex: _l, transactionHash: _t, ...event }) =>
      this.#note(() => `chain: ${event.name} ${short(event)}`),
    );
    for (const action of this.#plan.actions) timeline.add(START + action.at, this, () => this.#act(action));
    timeline.add(START + CHAOS + 1, this, () => this.#makePeace());
    const note = (text: () => string) => this.#note(text);
    planValidation(this.#world, { owner: this, lifeNow: () => this.#life, note });
    this.#start();
    try {
      await this.#playToItsEnd();
      // What could not be noted when a sale ended is made up for by the next start.
      this.#startsAt = this.#world.now;
      await this.#stop();
      await this.#playToItsEnd();
      await this.#checkEnd();
      await this.#stop();
    } catch (error) {
      this.#failure ??= error;
    }
    this.#life?.kill();
    if (this.#failure !== undefined) this.#note(() => `FAILED: ${describeError(this.#failure)}`);
    return { failure: this.#failure, steps: this.#steps };
  }

  async #playToItsEnd(): Promise<void> {
    while (this.#failure === undefined && (await this.#step()));
  }

  /** One thing happens, then everything that follows from it at once. False when all is over. */
  async #step(): Promise<boolean> {
    this.#steps++;
    await allRun();
    if (this.#failure !== undefined) return false;
    checkStep(this.#world, this.#life);
    if (this.#isOver()) return false;
    const { clock, timeline, now } = this.#world;
    const due = timeline.takeDue(now, this.#sleeper);
    if (due) {
      due();
      return true;
    }
    const next = Math.min(timeline.next(this.#sleeper) ?? Infinity, this.#nextWaiter);
    demand(next < Infinity, 'Nothing will ever happen again');
    clock.set(Math.max(next, now));
    if (!this.#sleeper) this.#life?.lease.clock.release();
    return true;
  }

  get #sleeper(): object | undefined {
    return this.#world.now < this.#asleepUntil ? this.#life?.lease : undefined;
  }

  get #nextWaiter(): number {
    const next = this.#life?.lease.clock.nextWaiter ?? Infinity;
    return this.#sleeper ? Math.max(next, this.#asleepUntil) : next;
  }

  #isOver(): boolean {
    const { now, books } = this.#world;
    if (!this.#isPeace) return false;
    const lastOver = this.#world.lastOver();
    if (now <= lastOver) return false;
    demand(now < Math.max(lastOver, START + CHAOS) + PATIENCE, 'It does not come to an end', () => ({
      state: this.#life?.state,
      sales: this.#life?.engine?.sales.list().map(({ slotId, state }) => ({ slotId, state })),
      reservations: [...books.reservations.values()],
    }));
    const engine = this.#life?.engine;
    return (
      this.#life?.state === 'running' &&
      engine?.sales.list().length === 0 &&
      !this.#life.lease.isBusy &&
      !this.#world.timeline.has(this.#world.mempool)
    );
  }

  async #checkEnd(): Promise<void> {
    const engine = this.#life?.engine;
    if (this.#failure === undefined && engine) await checkEnd(this.#world, engine);
  }

  async #stop(): Promise<void> {
    this.#life?.stop();
    while (this.#failure === undefined && this.#life?.state === 'stopping') {
      await allRun();
      const next = this.#world.timeline.takeDue(Infinity);
      demand(next !== undefined || this.#life.state !== 'stopping', 'The node does not stop');
      next?.();
    }
  }

  #act(action: Action): void {
    this.#note(() => `do: ${short(action)}`);
    // Nobody asks anything of a computer that sleeps, but its power may fail.
    const isDeaf = this.#life?.state === 'over' || (this.#sleeper && action.kind !== 'kill');
    this.#do(action, isDeaf ? undefined : this.#life);
  }

  #do(deed: Deed, life: Life | undefined): void {
    const { faults, now } = this.#world;
    switch (deed.kind) {
      case 'post':
        return worldly.post(this.#world, deed);
      case 'rivalFills':
        return worldly.rivalFills(this.#world, deed);
      case 'rivalsReserve':
        return worldly.rivalsReserve(this.#world, deed);
      case 'withdraw':
        return worldly.withdraw(this.#world, deed);
      case 'damage':
        return worldly.damage(this.#world, deed);
      case 'purse':
        return worldly.purse(this.#world, deed);
      case 'createOffer':
        return this.#ask(life && owned.createOffer(life, deed));
      case 'patchOffer':
        return this.#ask(life && owned.patchOffer(life, deed));
      case 'switchOffer':
        return this.#ask(life && owned.switchOffer(life, deed));
      case 'deleteOffer':
        return this.#ask(life && owned.deleteOffer(life, deed));
      case 'workers':
        return this.#ask(life && owned.workers(life, deed));
      case 'spell':
        return faults.begin(deed.spell, deed.seconds);
      case 'sleep':
        faults.unfair(deed.seconds);
        this.#asleepUntil = Math.max(this.#asleepUntil, now + deed.seconds);
        return;
      case 'kill':
        if (life) this.#startsAt = now + 5 + deed.downFor;
        life?.lease.dieAfter(deed.afterCalls);
        this.#world.timeline.add(now + 5, this, () => life?.kill());
        return;
      case 'stop':
        if (life?.state === 'running') this.#startsAt = now + deed.downFor;
        life?.stop();
    }
  }

  /** The node may be up, or down, or just starting when the request is posted: it has to hear of it all the same. */
  #postAround(): void {
    const { now, timeline, profile } = this.#world;
    const post = () => this.#act({ at: 0, kind: 'post', ask: lastAsk, expiry: 900n, nonce: 1n });
    const when = profile.proofSeed % 4;
    if (when === 0) return post();
    this.#startsAt = now + 20;
    this.#life?.stop();
    timeline.add(now + 17 + when, this, post);
  }

  /** What the owner asks may be refused; any other error is one of the engine. */
  #ask(asked: Promise<unknown> | undefined | void | string): void {
    if (!(asked instanceof Promise)) return;
    this.#life?.ask(asked);
    asked.catch((error: unknown) => {
      if (!isEngineError(error)) this.#fail(error);
    });
  }

  #start(): void {
    this.#startsAt = Infinity;
    this.#asleepUntil = 0;
    this.#note(() => 'the node starts');
    const life = new Life(this.#world, {
      logger: this.#trace ? tracingLogger((line) => this.#note(() => line)) : silentLogger,
      onSaleEvent: (event) => {
        if (event.type === 'entered')
          this.#note(() => `sale ${event.sale.slotId.slice(2, 8)}: ${event.from} -> ${event.sale.state}`);
        else if (event.type === 'ended')
          this.#note(() => `sale ${event.sale.slotId.slice(2, 8)} ended: ${event.sale.outcome?.text}`);
      },
      onOver: () => {
        this.#note(() => 'the node is gone');
        const at = Math.max(
          this.#world.now,
          this.#startsAt === Infinity ? this.#world.now + 30 : this.#startsAt,
        );
        this.#world.timeline.add(at, this, () => this.#startUnlessUp());
      },
      onFailure: (error) => this.#fail(error),
    });
    this.#life = life;
  }

  #startUnlessUp(): void {
    if (this.#life?.state === 'over') this.#start();
  }

  /** The spells end, the computer wakes; and a last request is posted that no node in order would let pass. */
  #makePeace(): void {
    this.#note(() => 'from now on it is left in peace');
    this.#isPeace = true;
    this.#asleepUntil = 0;
    this.#world.faults.endAll();
    this.#startUnlessUp();
    this.#world.timeline.add(this.#world.now + 60, this, () => this.#postLast());
  }

  #postLast(): void {
    worldly.purse(this.#world, { kind: 'purse', tokens: 10n ** 24n });
    const life = this.#life;
    if (life?.state !== 'running') return;
    const offered = owned.createOffer(life, { kind: 'createOffer', terms: lastTerms });
    const posted = offered?.then(() => {
      this.#world.mustBeSold = this.#world.requests.length;
      this.#postAround();
    });
    this.#ask(posted);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  #note(text: () => string): void {
    this.#trace?.push(`${String(this.#world.now - START).padStart(5)}  ${text().slice(0, 240)}`);
  }
}

/** How long sales may take to end after their request is over. Seconds. */
const PATIENCE = 3600;

/** Lets all run that waits for nothing but its turn: a new turn of the event loop begins when no promise is left to go on. */
const allRun = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const short = (facts: object): string =>
  JSON.stringify(facts, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : isId(value) ? value.slice(2, 8) : value,
  );

const isId = (value: unknown): value is RequestId =>
  typeof value === 'string' && /^0x[0-9a-f]{40,64}$/.test(value);
