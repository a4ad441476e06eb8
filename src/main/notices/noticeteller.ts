import { afterMs, type After } from '../../shared/after.ts';
import { applyLive, liveStateOf, type LiveChanges, type LiveState } from '../../shared/live.ts';
import type { Notice } from '../../shared/notice.ts';
import type { LiveFeed } from '../ipc/live-feed.ts';
import { NoticeDesk, type NoticeWishes } from './noticedesk.ts';

export interface NoticeTellerModules {
  readonly live: Pick<LiveFeed, 'snapshot' | 'subscribe'>;
  readonly wishes: () => NoticeWishes;
  readonly tell: (notice: Notice) => void;
}

/** Tells what the desk decides, from the rows as they change and when it is time. */
export class NoticeTeller {
  readonly #modules: NoticeTellerModules;
  readonly #desk = new NoticeDesk();
  readonly #after: After;
  readonly #nowMs: () => number;
  readonly #unsubscribe: () => void;
  #state: LiveState;
  #cancel: () => void = () => {};
  #isStopped = false;

  constructor(
    modules: NoticeTellerModules,
    { after = afterMs, nowMs = Date.now }: { after?: After; nowMs?: () => number } = {},
  ) {
    this.#modules = modules;
    this.#after = after;
    this.#nowMs = nowMs;
    this.#state = liveStateOf(modules.live.snapshot());
    this.#unsubscribe = modules.live.subscribe((changes) => this.#onChanges(changes));
  }

  /** Call when the wishes changed. */
  look(): void {
    if (this.#isStopped) return;
    this.#cancel();
    const nowMs = this.#nowMs();
    const { notices, wakeAtMs } = this.#desk.decide(this.#modules.wishes(), nowMs);
    if (wakeAtMs !== undefined) {
      // A computer that slept, or whose clock was set, is asked again soon enough.
      const waitMs = Math.min(Math.max(wakeAtMs - nowMs, 0), LONGEST_WAIT_MS);
      this.#cancel = this.#after(waitMs, () => this.look());
    }
    for (const notice of notices) this.#modules.tell(notice);
  }

  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
    this.#cancel();
  }

  #onChanges(changes: LiveChanges): void {
    const before = this.#state;
    const after = applyLive(before, changes);
    // After a gap nothing is known of what happened in it.
    this.#state = after ?? liveStateOf(this.#modules.live.snapshot());
    this.#desk.saw(before, after ? changes : { ...changes, changes: [] }, this.#state, this.#nowMs());
    this.look();
  }
}

const LONGEST_WAIT_MS = 60_000;
