import type { Replaced } from '../../shared/api.ts';

/** One kind of thing that is found in a text, and what stands there instead. */
export interface Rule {
  readonly kind: Replaced['kind'];
  readonly pattern: RegExp;
  /** Undefined leaves the text as it is. */
  readonly replace: (found: string, pseudonyms: Pseudonyms, groups: readonly string[]) => string | undefined;
}

/** Stable names for what was replaced: the same thing has the same name everywhere, so that lines still connect. */
export interface Pseudonyms {
  of(kind: Replaced['kind'], value: string): string;
}

/** A text as a pattern that means itself. */
export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
