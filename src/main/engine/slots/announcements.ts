import type { CID } from 'multiformats/cid';
import { abortScope, type AbortScope } from '../lib/abort.ts';
import type { Emitter } from '../lib/emitter.ts';
import { Mutex } from '../lib/mutex.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import { cidText } from '../network/cids.ts';
import type { PeerFinder } from '../network/peerfinder.ts';
import { pause, systemTimers, type Timers } from '../network/timers.ts';

interface AnnouncementsModules {
  readonly host: {
    readonly onContents: Pick<Emitter<void>, 'subscribe'>;
    contents(): Promise<readonly CID[]>;
  };
  readonly finder: Pick<PeerFinder, 'provide'>;
  readonly logger: Logger;
  readonly timers?: Timers;
}

/**
 * Lets others find what is held: the manifest and the tree of each slot that is whole, from when it is until it is not any
 * more. Blocks and slots are not announced (data-plane.md §4.1).
 */
export class Announcements {
  readonly #modules: AnnouncementsModules;
  readonly #root = abortScope();
  readonly #announcing = new Map<string, AbortScope>();
  readonly #turn = new Mutex();
  readonly #tasks: Tasks;
  #unsubscribe = () => {};

  constructor(modules: AnnouncementsModules) {
    this.#modules = modules;
    this.#tasks = new Tasks((error) => modules.logger.warn('What is held cannot be announced', { error }));
  }

  start(): void {
    this.#unsubscribe = this.#modules.host.onContents.subscribe(() => this.#follow());
    this.#tasks.track('look again', this.#lookAgain());
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#root.abort();
    await this.#tasks.settle();
  }

  /** A disk that could not be read for a moment looks as one that holds nothing. */
  async #lookAgain(): Promise<void> {
    const { timers = systemTimers } = this.#modules;
    for (;;) {
      this.#follow();
      await pause(LOOK_AGAIN_MS, { timers, signal: this.#root.signal });
    }
  }

  #follow(): void {
    const { signal } = this.#root;
    this.#tasks.track(
      'follow',
      this.#turn.run(() => this.#look(signal), { signal }),
    );
  }

  async #look(signal: AbortSignal): Promise<void> {
    const held = new Map((await this.#modules.host.contents()).map((cid) => [cidText(cid), cid]));
    for (const [text, scope] of this.#announcing) if (!held.has(text)) this.#end(text, scope);
    for (const [text, cid] of held) if (!this.#announcing.has(text)) this.#begin(text, cid, signal);
  }

  #begin(text: string, cid: CID, signal: AbortSignal): void {
    const scope = abortScope(signal);
    this.#announcing.set(text, scope);
    this.#modules.logger.debug('Announced to others', { cid: text });
    this.#tasks.track('announce', this.#modules.finder.provide(cid, { signal: scope.signal }));
  }

  #end(text: string, scope: AbortScope): void {
    this.#announcing.delete(text);
    scope[Symbol.dispose]();
    this.#modules.logger.debug('No longer announced', { cid: text });
  }
}

const LOOK_AGAIN_MS = 10 * 60_000;
