import type { LogLine } from '../../../shared/api.ts';

/** The lines that fit. Of a list that only grew, only what is new is looked at. */
export class FittingLines {
  #fits: ((line: LogLine) => boolean) | undefined;
  #lines: readonly LogLine[] = [];
  #shown: readonly LogLine[] = [];

  of(lines: readonly LogLine[], fits: (line: LogLine) => boolean): readonly LogLine[] {
    const seen = this.#lines.length;
    const hasGrown =
      this.#fits === fits && lines[0] === this.#lines[0] && lines[seen - 1] === this.#lines.at(-1);
    const added = (hasGrown ? lines.slice(seen) : lines).filter(fits);
    if (!hasGrown) this.#shown = added;
    else if (added.length > 0) this.#shown = [...this.#shown, ...added];
    this.#fits = fits;
    this.#lines = lines;
    return this.#shown;
  }
}
