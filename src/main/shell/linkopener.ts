import type { GoTo } from '../../shared/api.ts';
import type { LiveFeed } from '../ipc/live-feed.ts';
import { placeOfLink } from './deeplink.ts';

export interface LinkOpenerModules {
  readonly live: Pick<LiveFeed, 'snapshot' | 'subscribe'>;
  readonly openAt: (place: GoTo) => void;
}

/** Opens links. While the node starts nobody knows its sales: the window shows Home, and the newest link waits. */
export class LinkOpener {
  readonly #modules: LinkOpenerModules;
  readonly #unsubscribe: () => void;
  #waiting: string | undefined;

  constructor(modules: LinkOpenerModules) {
    this.#modules = modules;
    this.#unsubscribe = modules.live.subscribe(() => {
      if (this.#waiting !== undefined) this.open(this.#waiting);
    });
  }

  open(link: string): void {
    const { live, openAt } = this.#modules;
    const { node, sales } = live.snapshot().tables;
    const state = node[0]?.state ?? 'starting';
    if (state === 'starting') {
      if (this.#waiting === undefined) openAt({ page: 'home' });
      this.#waiting = link;
      return;
    }
    this.#waiting = undefined;
    openAt(placeOfLink(link, sales));
  }

  stop(): void {
    this.#unsubscribe();
  }
}
