import type { LiveChanges, LiveState } from '../../shared/live.ts';
import { say } from '../../shared/i18n/say.ts';
import type { Notice, NoticeChoice, QuietHours, ToldNotice } from '../../shared/notice.ts';
import { conditionsOf, type Condition } from './conditions.ts';
import { happenings, type Happening } from './happenings.ts';
import { quietUntil } from './quiethours.ts';
import { noticeOf } from './texts.ts';

export interface NoticeWishes {
  readonly notices: NoticeChoice;
  readonly quietHours?: QuietHours | undefined;
}

/** What is told now, and when to ask again though nothing changed. Wall time in milliseconds. */
export interface Decision {
  readonly notices: readonly Notice[];
  readonly wakeAtMs?: number;
}

/**
 * Decides what a person is told, and when. It knows rows and the time it is given, and does nothing. What comes
 * together is one notice; what stands is told once, and again only after it was well for a while; quiet hours hold back
 * what costs nothing until they end.
 */
export class NoticeDesk {
  /** Untold, by kind, in the order in which they came. */
  readonly #waiting = new Map<Happening['kind'], { firstMs: number; list: Happening[] }>();
  readonly #standing = new Map<string, Standing>();
  #tables: LiveState['tables'] | undefined;

  /** The rows after `changes`, and the ones before them. */
  saw(before: LiveState, changes: LiveChanges, after: LiveState, nowMs: number): void {
    this.#tables = after.tables;
    for (const one of happenings(before.tables, changes)) {
      const waiting = this.#waiting.get(one.kind) ?? { firstMs: nowMs, list: [] };
      waiting.list.push(one);
      this.#waiting.set(one.kind, waiting);
    }
  }

  decide(wishes: NoticeWishes, nowMs: number): Decision {
    if (!this.#tables) return { notices: [] };
    const quietEndMs = quietUntil(wishes.quietHours, nowMs);
    const due: Due[] = [...this.#dueHappenings(), ...this.#dueConditions(nowMs)].map((one) => ({
      ...one,
      atMs: !one.notice.isLoss && quietEndMs !== undefined ? Math.max(one.atMs, quietEndMs) : one.atMs,
    }));
    const told = due.filter(({ atMs }) => atMs <= nowMs);
    for (const { done } of told) done();
    const later = due.filter(({ atMs }) => atMs > nowMs).map(({ atMs }) => atMs);
    const isPractice = this.#tables.node.get('node')?.network.kind === 'practice';
    const notices = told
      .map(({ notice }): Notice => ({ ...notice, ...wordsOf(notice), isPractice }))
      .filter(({ isLoss }) => isLoss || wishes.notices === 'all');
    return { notices, ...(later.length > 0 && { wakeAtMs: Math.min(...later) }) };
  }

  *#dueHappenings(): Iterable<Due> {
    const token = this.#tables?.node.get('node')?.token ?? { symbol: '', decimals: 18 };
    for (const [kind, { firstMs, list }] of this.#waiting) {
      const notice = noticeOf(list, token);
      if (notice) yield { notice, atMs: firstMs + BURST_MS, done: () => this.#waiting.delete(kind) };
    }
  }

  *#dueConditions(nowMs: number): Iterable<Due> {
    for (const condition of this.#tables ? conditionsOf(this.#tables) : []) {
      const standing = this.#follow(condition, nowMs);
      if (!standing || standing.isTold || standing.wellSinceMs !== undefined) continue;
      const atMs = standing.sinceMs + condition.afterMs;
      yield { notice: condition.notice(), atMs, done: () => (standing.isTold = true) };
    }
  }

  /** Undefined when it does not stand. */
  #follow({ key, state, sinceMs = Infinity }: Condition, nowMs: number): Standing | undefined {
    const known = this.#standing.get(key);
    if (!known) {
      if (state !== 'on') return undefined;
      const standing: Standing = { sinceMs: Math.min(sinceMs, nowMs), isTold: false };
      this.#standing.set(key, standing);
      return standing;
    }
    if (state !== 'off') {
      if (known.wellSinceMs === undefined || state === 'between') return known;
      if (nowMs - known.wellSinceMs >= WELL_MS) {
        this.#standing.delete(key);
        return this.#follow({ key, state, sinceMs } as Condition, nowMs);
      }
      delete known.wellSinceMs;
      return known;
    }
    if (!known.isTold) {
      this.#standing.delete(key);
      return undefined;
    }
    known.wellSinceMs ??= nowMs;
    return known;
  }
}

const wordsOf = ({ sentences }: ToldNotice) => ({ title: say(sentences.title), body: say(sentences.body) });

interface Due {
  readonly notice: ToldNotice;
  readonly atMs: number;
  /** It was told. */
  readonly done: () => void;
}

interface Standing {
  sinceMs: number;
  isTold: boolean;
  /** Well again, and not yet for long enough to be news when it comes back. */
  wellSinceMs?: number;
}

/** What comes within this time is told together. */
const BURST_MS = 1500;
/** How long it has to be well before it is told anew. */
const WELL_MS = 600_000;
