import { NetworkError } from '../../errors.ts';
import type { PeerLink } from '../../peerlink.ts';

/**
 * What the unfinished messages of all links hold together. Each alone is bounded; many strangers could fill the memory
 * all the same, so beyond the limit the link that holds most is cut.
 */
export class HeldBytes {
  readonly #limit: number;
  readonly #byLink = new Map<PeerLink, number>();
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  note(link: PeerLink, bytes: number): void {
    this.#total += bytes - (this.#byLink.get(link) ?? 0);
    if (bytes > 0) this.#byLink.set(link, bytes);
    else this.#byLink.delete(link);
    if (this.#total <= this.#limit) return;
    const largest = [...this.#byLink].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
    this.note(largest[0], 0);
    largest[0].close(new NetworkError('LINK_LIMIT_EXCEEDED', { heldBytes: largest[1], limit: this.#limit }));
  }
}
