import type { SlotId } from '../../../src/main/engine/contracts/ids.ts';
import { faultsAtEnd, faultsOf } from './checks.ts';
import type { NodePool } from './nodepool.ts';
import { ProcessEnded, type NodeProcess, type Watcher } from './nodeprocess.ts';
import type { EndPlan, NodeView } from './nodeview.ts';
import type { Stage } from './stage.ts';

/** A story that is told to its end, however often the process in it ends. */
export interface Life {
  readonly name: string;
  /** What is done by the owner of the node and by others on the chain, in order. */
  readonly acts: readonly Act[];
  /** Others may act in the middle of a download. */
  readonly onProgress?: (stage: Stage, progress: { slotId: SlotId; doneBytes: bigint }) => void;
  /** Called when time is moved by the driver. */
  readonly onTime?: (stage: Stage) => void;
  /** What the node may log as an error. */
  readonly mayComplain?: RegExp;
}

export interface Act {
  readonly name: string;
  /** Done once this holds, and as often as a process ends in the midst of it. */
  readonly when: (view: NodeView, stage: Stage) => boolean;
  readonly do: (cast: Cast) => Promise<void>;
  /** Seconds after the beginning: time goes on to there at least. */
  readonly at?: number;
}

export interface Cast {
  readonly stage: Stage;
  readonly view: NodeView;
  readonly node: Pick<NodeProcess, 'createOffer' | 'patchOffer' | 'deleteOffer'>;
  /** Stops the node in order, and starts it anew after `whileDown`. */
  readonly restart: (whileDown: () => Promise<void> | void) => Promise<void>;
}

/** How processes end before their time. */
export interface Fate {
  /** The end of the next process by its own hand. */
  readonly plan?: (told: Told) => EndPlan | undefined;
  /** Its end by ours: what to watch, and what to call off once it has ended. */
  readonly hunt?: (told: Told, node: NodeProcess) => { watcher?: Watcher; callOff?: () => void };
  /** Seconds that pass while it is dead. */
  readonly downtime?: (told: Told) => number;
}

export interface Told {
  /** The durable writes and transactions of the processes that were stopped in order. */
  readonly writes: readonly string[];
  /** How many processes ended before their time, … */
  readonly ends: number;
  /** … and how many of them were killed. */
  readonly kills: number;
  /** How its sales ended, oldest first; known at the end. */
  readonly outcomes: readonly string[];
}

export interface LifeModules {
  readonly pool: NodePool;
  readonly stage: Stage;
}

/**
 * Tells a life to its end and checks what must hold whenever nothing is left to do, after every restart, and at the end.
 * Time moves by itself to what is waited for next, so a life of ten minutes takes a fraction of a second.
 * @throws an error that names the life, what was done, and every fault
 */
export async function tell(life: Life, modules: LifeModules, fate: Fate = {}): Promise<Told> {
  return await new Teller(life, modules, fate).run();
}

class Teller {
  readonly #life: Life;
  readonly #pool: NodePool;
  readonly #stage: Stage;
  readonly #fate: Fate;
  readonly #acts: Act[];
  readonly #trace: string[] = [];
  readonly #writes: string[] = [];
  #node: NodeProcess | undefined;
  #callOff = () => {};
  #ends = 0;
  #kills = 0;
  #outcomes: string[] = [];

  constructor(life: Life, { pool, stage }: LifeModules, fate: Fate) {
    this.#life = life;
    this.#pool = pool;
    this.#stage = stage;
    this.#fate = fate;
    this.#acts = [...life.acts];
  }

  async run(): Promise<Told> {
    try {
      for (let turns = 0; !(await this.#survive()); turns++) {
        if (turns > MAX_TURNS) throw new Error('It does not come to its end');
      }
      return this.#told;
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`${this.#life.name}: ${message}\n  ${this.#trace.join('\n  ')}`);
    } finally {
      this.#callOff();
      if (this.#node) await this.#pool.discard(this.#node);
    }
  }

  get #told(): Told {
    return { writes: this.#writes, ends: this.#ends, kills: this.#kills, outcomes: this.#outcomes };
  }

  /** One turn; whether it was the last. A process that was to end is followed by the next. */
  async #survive(): Promise<boolean> {
    try {
      const node = (this.#node ??= await this.#open());
      return await this.#turn(node);
    } catch (error) {
      if (!(error instanceof ProcessEnded) || !this.#wasMeant(error)) throw error;
      this.#callOff();
      this.#node = undefined;
      this.#ends++;
      if (error.signal !== null) this.#kills++;
      const downtime = this.#fate.downtime?.(this.#told) ?? 0;
      this.#note(`the process ended; ${downtime} s later`);
      this.#moveTo(this.#stage.clock.now() + downtime);
      return false;
    }
  }

  #wasMeant({ code, signal }: ProcessEnded): boolean {
    return signal === 'SIGKILL' || (code === 0 && signal === null);
  }

  async #open(): Promise<NodeProcess> {
    const { market, clock, folder, contents } = this.#stage;
    const node = await this.#pool.take();
    this.#node = node;
    const plan = this.#fate.plan?.(this.#told);
    const hunt = this.#fate.hunt?.(this.#told, node);
    this.#callOff = hunt?.callOff ?? (() => {});
    const { onProgress } = this.#life;
    node.attach(market, {
      ...hunt?.watcher,
      onProgress: (progress) => onProgress?.(this.#stage, progress),
    });
    this.#note(`a process opens${plan ? `, to end ${plan.how} write ${plan.at}` : ''}`);
    await node.open({
      folder,
      datasets: contents.map(({ path }) => path),
      quotaMax: 64n * 1_048_576n,
      workers: 3,
      now: clock.now(),
      signer: market.signer,
      config: market.config,
      ...(plan && { plan }),
    });
    return node;
  }

  async #turn(node: NodeProcess): Promise<boolean> {
    const { clock, endsAt } = this.#stage;
    const view = await node.settle(clock.now());
    this.#note(`at ${view.now - this.#stage.bornAt}: ${summary(view)}`);
    this.#demand(faultsOf(view, this.#stage).filter((fault) => !this.#life.mayComplain?.test(fault)));
    const act = this.#acts[0];
    if (act?.when(view, this.#stage)) {
      this.#note(`act: ${act.name}`);
      await act.do({ stage: this.#stage, view, node, restart: (whileDown) => this.#restart(whileDown) });
      this.#acts.shift();
      return false;
    }
    if (!act && view.sales.length === 0 && clock.now() > endsAt) {
      await this.#end(node, view);
      return true;
    }
    const times = [
      view.nextWaiter,
      act?.at === undefined ? undefined : this.#stage.bornAt + act.at,
      view.sales.length === 0 ? endsAt + 1 : undefined,
    ];
    const next = times.filter((time) => time !== undefined && time > clock.now());
    if (next.length === 0)
      throw new Error(`It waits for nothing${act ? `, and ${act.name} is not due` : ''}`);
    this.#moveTo(Math.min(...next.map(Number)));
    return false;
  }

  async #end(node: NodeProcess, view: NodeView): Promise<void> {
    const remains = await node.remains();
    this.#demand(faultsAtEnd(view, remains, this.#stage));
    this.#outcomes = remains.history.map(({ outcome }) => outcome?.code ?? 'none').toReversed();
    await this.#stop(node);
  }

  async #restart(whileDown: () => Promise<void> | void): Promise<void> {
    if (this.#node) await this.#stop(this.#node);
    await whileDown();
    this.#life.onTime?.(this.#stage);
  }

  async #stop(node: NodeProcess): Promise<void> {
    this.#writes.push(...(await node.stop()));
    this.#callOff();
    this.#node = undefined;
    this.#pool.giveBack(node);
  }

  #moveTo(time: number): void {
    this.#stage.clock.set(time);
    this.#life.onTime?.(this.#stage);
  }

  #demand(faults: readonly string[]): void {
    if (faults.length > 0) throw new Error(`\n  ${faults.join('\n  ')}\n  after:`);
  }

  #note(line: string): void {
    this.#trace.push(line);
  }
}

const MAX_TURNS = 5_000;

function summary({ sales, reservations, quota, queued }: NodeView): string {
  const states = sales.map(({ state, slotIndex }) => `${slotIndex} ${state}`).join();
  const phases = reservations.map(({ phase }) => phase).join();
  return `sales [${states}], reservations [${phases}], used ${quota.used}, reserved ${quota.reserved}, queued ${queued}`;
}
