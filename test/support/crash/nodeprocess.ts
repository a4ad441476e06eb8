import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { AvailabilityId, SlotId } from '../../../src/main/engine/contracts/ids.ts';
import type { Terms } from '../../../src/main/engine/sales/offers.ts';
import type { FakeMarket } from '../fakemarket.ts';
import { Line, unanswered, type Message } from './line.ts';
import { answerCall } from './marketdesk.ts';
import type { NodeView, OpenOptions, Remains } from './nodeview.ts';

/** What a child can be asked. */
export interface ChildApi {
  open(options: OpenOptions): Promise<void>;
  /** Moves its time and answers when it has nothing left to do. */
  settle(now: number): Promise<NodeView>;
  createOffer(terms: Terms): Promise<void>;
  patchOffer(id: AvailabilityId, changes: Partial<Terms>): Promise<void>;
  deleteOffer(id: AvailabilityId): Promise<void>;
  remains(): Promise<Remains>;
  /** An orderly stop, after which another node may be opened. Answers with the durable writes since `open`. */
  stop(): Promise<string[]>;
}

/** What a child does that others may want to know, or to end. */
export interface Watcher {
  readonly onProgress?: (progress: { slotId: SlotId; doneBytes: bigint }) => void;
  /** A call to the market arrived: `kill` before its effect or between effect and answer, or go on. */
  readonly onCall?: (method: string) => 'killBefore' | 'killAfter' | undefined;
}

/** The process ended while it was asked something. */
export class ProcessEnded extends Error {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;

  constructor(code: number | null, signal: NodeJS.Signals | null, output: string) {
    super(`The process ended with code ${code}, signal ${signal}: ${output}`);
    this.code = code;
    this.signal = signal;
  }
}

/** A true process with the engine in it, for whom this process plays the chain. */
export class NodeProcess implements ChildApi {
  readonly ready: Promise<unknown>;
  /** Settles with how it ended, once all that it had sent was worked off. */
  readonly ended: Promise<ProcessEnded>;
  readonly #child: ChildProcess;
  readonly #line: Line;
  #market: FakeMarket | undefined;
  #watcher: Watcher = {};
  #unsubscribe = () => {};
  #output = '';
  #calls = Promise.resolve();

  constructor(bundlePath: string) {
    this.#child = fork(bundlePath, {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    let isReady = () => {};
    this.ready = new Promise<void>((resolve) => (isReady = resolve));
    this.#line = new Line({
      send: (message) => {
        // Its end is told by `ended`; what cannot be sent any more reaches nobody.
        if (this.#child.connected) this.#child.send(message, () => {});
      },
      serve: (method, args) => this.#serve(method, args),
      hear: (what, value) => {
        if (what === 'ready') isReady();
        else this.#watcher.onProgress?.(value as { slotId: SlotId; doneBytes: bigint });
      },
    });
    this.#child.on('message', (message: Message) => {
      this.#calls = this.#calls.then(() => this.#line.receive(message));
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
    this.ended = this.#untilEnded();
  }

  /** Plays this chain for it until it is attached to another, or ends. */
  attach(market: FakeMarket, watcher: Watcher = {}): void {
    this.#unsubscribe();
    this.#market = market;
    this.#watcher = watcher;
    this.#unsubscribe = market.subscribe((event) => this.#line.tell('event', event));
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  open(options: OpenOptions): Promise<void> {
    return this.#ask('open', options) as Promise<void>;
  }

  settle(now: number): Promise<NodeView> {
    return this.#ask('settle', now) as Promise<NodeView>;
  }

  createOffer(terms: Terms): Promise<void> {
    return this.#ask('createOffer', terms) as Promise<void>;
  }

  patchOffer(id: AvailabilityId, changes: Partial<Terms>): Promise<void> {
    return this.#ask('patchOffer', id, changes) as Promise<void>;
  }

  deleteOffer(id: AvailabilityId): Promise<void> {
    return this.#ask('deleteOffer', id) as Promise<void>;
  }

  remains(): Promise<Remains> {
    return this.#ask('remains') as Promise<Remains>;
  }

  async stop(): Promise<string[]> {
    const writes = (await this.#ask('stop')) as string[];
    this.#unsubscribe();
    return writes;
  }

  /** The engine waits for time when it has nothing to do; a process that is this long at work hangs. */
  async #ask(method: keyof ChildApi, ...args: readonly unknown[]): Promise<unknown> {
    const timer = setTimeout(() => this.#child.kill('SIGABRT'), HANGS_AFTER_MS);
    try {
      return await this.#line.call(method, args);
    } finally {
      clearTimeout(timer);
    }
  }

  async #serve(method: string, args: readonly unknown[]): Promise<unknown> {
    if (!this.#market) throw new Error('No market is attached');
    const verdict = this.#watcher.onCall?.(method);
    if (verdict === 'killBefore') {
      this.kill();
      return unanswered;
    }
    const answer = await answerCall(this.#market, method, args);
    if (verdict !== 'killAfter') return answer;
    this.kill();
    return unanswered;
  }

  async #untilEnded(): Promise<ProcessEnded> {
    const [[code, signal]] = await Promise.all([
      once(this.#child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
      once(this.#child, 'disconnect'),
    ]);
    await this.#calls;
    this.#unsubscribe();
    const end = new ProcessEnded(code, signal, this.#output);
    this.#line.close(end);
    return end;
  }
}

const HANGS_AFTER_MS = 60_000;
