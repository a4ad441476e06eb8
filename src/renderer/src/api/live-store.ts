import { afterMs, type After } from '../../../shared/after.ts';
import type { Api } from '../../../shared/api.ts';
import type { Bridge, Client } from '../../../shared/contract.ts';
import {
  applyLive,
  emptyLiveState,
  liveStateOf,
  type LiveChanges,
  type LiveState,
} from '../../../shared/live.ts';
import type { TableName, Tables } from '../../../shared/rows.ts';
import type { OnEvent } from '../../../shared/client.ts';
import { Folds, type Fold } from './folds.ts';

/** Something that changes, in the shape `useSyncExternalStore` takes. Both functions may be passed on their own. */
export interface Watched<T> {
  readonly subscribe: (listener: () => void) => () => void;
  /** The same object until it changes. */
  readonly getSnapshot: () => T;
}

/**
 * `connecting` until the first rows are here; `stale` while the rows shown may be older than what the node has.
 * `sinceMs` is wall time in milliseconds.
 */
export interface LiveStatus {
  readonly name: 'connecting' | 'live' | 'stale';
  readonly sinceMs: number;
}

export interface LiveStoreModules {
  readonly client: Pick<Client<Api>, 'snapshot'>;
  readonly onEvent: OnEvent<Api>;
  readonly onConnection?: Bridge['onConnection'];
}

export interface LiveStoreOptions {
  after?: After;
  nowMs?: () => number;
}

/**
 * The node's rows in the window. A reload, a lost message, a sleeping laptop and a restarted node are one case: a
 * snapshot is asked for, and what changes meanwhile is kept and applied after it.
 */
export class LiveStore {
  readonly state: Watched<LiveState>;
  readonly status: Watched<LiveStatus>;

  readonly #modules: LiveStoreModules;
  readonly #after: After;
  readonly #nowMs: () => number;
  readonly #listeners = new Set<() => void>();
  readonly #tables = new Map<TableName, Watched<unknown>>();
  readonly #stops: (() => void)[] = [];
  readonly #folds = new Folds();
  readonly #watchedFolds = new WeakMap<object, Watched<unknown>>();
  #state = emptyLiveState;
  #status: LiveStatus;
  /** Changes that arrived while a snapshot is on its way; undefined when none is. */
  #buffer: LiveChanges[] | undefined;
  /** Tells answers to the newest question from those to older ones. */
  #question = 0;
  #cancelRetry: () => void = () => {};

  constructor(modules: LiveStoreModules, { after = afterMs, nowMs = Date.now }: LiveStoreOptions = {}) {
    this.#modules = modules;
    this.#after = after;
    this.#nowMs = nowMs;
    this.#status = { name: 'connecting', sinceMs: nowMs() };
    this.state = this.#watch(() => this.#state);
    this.status = this.#watch(() => this.#status);
  }

  /** The rows of one table by id. */
  table<T extends TableName>(name: T): Watched<ReadonlyMap<string, Tables[T]>> {
    const known = this.#tables.get(name);
    const watched = known ?? this.#watch(() => this.#state.tables[name]);
    if (!known) this.#tables.set(name, watched);
    return watched as Watched<ReadonlyMap<string, Tables[T]>>;
  }

  /** The value of a fold; worked out when it is asked for. */
  folded<Name extends TableName, T>(fold: Fold<Name, T>): Watched<T> {
    const known = this.#watchedFolds.get(fold);
    const watched = known ?? this.#watch(() => this.#folds.valueOf(fold, this.#state));
    if (!known) this.#watchedFolds.set(fold, watched);
    return watched as Watched<T>;
  }

  start(): void {
    const { onEvent, onConnection } = this.#modules;
    this.#stops.push(onEvent('live', (changes) => this.#receive(changes)));
    const stop = onConnection?.((connected) => (connected ? this.#reconnected() : this.#lose()));
    if (stop) this.#stops.push(stop);
    this.#resync();
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#lose();
  }

  #receive(changes: LiveChanges): void {
    if (this.#buffer) {
      this.#buffer.push(changes);
      return;
    }
    if (this.#status.name !== 'live') return;
    const next = applyLive(this.#state, changes);
    if (!next) return this.#resync();
    this.#folds.saw(this.#state, changes, next);
    this.#show(next);
  }

  /** A question that is open was sent over this connection: the former loss ended all before it. */
  #reconnected(): void {
    if (!this.#buffer) this.#resync();
  }

  /** Asks for everything anew. What was asked before is forgotten. */
  #resync(): void {
    this.#lose();
    const question = this.#question;
    this.#buffer = [];
    void this.#modules.client.snapshot({}).then(
      (snapshot) => question === this.#question && this.#arrive(liveStateOf(snapshot)),
      () => question === this.#question && this.#retry(),
    );
  }

  #arrive(snapshot: LiveState): void {
    const buffered = this.#buffer ?? [];
    this.#buffer = undefined;
    let state: LiveState | undefined = snapshot;
    for (const changes of buffered) state = state && applyLive(state, changes);
    if (!state) return this.#resync();
    this.#status = { name: 'live', sinceMs: this.#nowMs() };
    this.#show(state);
  }

  #retry(): void {
    this.#buffer = undefined;
    this.#cancelRetry = this.#after(RETRY_MS, () => this.#resync());
  }

  /** From now on what is shown may be old. */
  #lose(): void {
    this.#question += 1;
    this.#buffer = undefined;
    this.#cancelRetry();
    if (this.#status.name !== 'live') return;
    this.#status = { name: 'stale', sinceMs: this.#nowMs() };
    this.#notify();
  }

  #show(state: LiveState): void {
    this.#state = state;
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #watch<T>(getSnapshot: () => T): Watched<T> {
    return { getSnapshot, subscribe: this.#subscribe };
  }

  readonly #subscribe = (listener: () => void): (() => void) => {
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };
}

const RETRY_MS = 1000;
