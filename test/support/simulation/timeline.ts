import type { Random } from './random.ts';

/** Who a planned event belongs to: what belongs to a process ends with it. */
export type Owner = object;

interface Planned {
  readonly at: number;
  /** Orders those of one second: chance, so that answers overtake each other. */
  readonly tie: number;
  readonly owner: Owner;
  readonly run: () => void;
}

/** What is going to happen, by chain time; in one second in an order of chance. */
export class Timeline {
  readonly #random: Random;
  #planned: Planned[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Answers with what takes it back. */
  add(at: number, owner: Owner, run: () => void): () => void {
    const planned = { at, tie: this.#random.next(), owner, run };
    this.#planned.push(planned);
    return () => void (this.#planned = this.#planned.filter((other) => other !== planned));
  }

  /** When the next one is due, of those whose owner is not asleep. */
  next(asleep?: Owner): number | undefined {
    return this.#first(asleep)?.at;
  }

  /** The next one that is due now. */
  takeDue(now: number, asleep?: Owner): (() => void) | undefined {
    const first = this.#first(asleep);
    if (!first || first.at > now) return undefined;
    this.#planned.splice(this.#planned.indexOf(first), 1);
    return first.run;
  }

  has(owner: Owner): boolean {
    return this.#planned.some((planned) => planned.owner === owner);
  }

  drop(owner: Owner): void {
    this.#planned = this.#planned.filter((planned) => planned.owner !== owner);
  }

  #first(asleep: Owner | undefined): Planned | undefined {
    let first: Planned | undefined;
    for (const planned of this.#planned) {
      if (planned.owner === asleep) continue;
      if (!first || planned.at < first.at || (planned.at === first.at && planned.tie < first.tie))
        first = planned;
    }
    return first;
  }
}
