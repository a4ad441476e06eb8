import type { PeerNews } from '../network/blocknetwork.ts';
import type { PeerShare } from './slothost.ts';

/** Who has part in a download, and what kept somebody from it; kept for as long as the download runs. */
export class PeerShares {
  readonly #sharesByPeer = new Map<string, PeerShare>();
  #receivedBytes = 0n;

  note(news: PeerNews): void {
    const known = this.#sharesByPeer.get(news.peer) ?? { peer: news.peer, bytes: 0n };
    if ('bytes' in news) {
      this.#receivedBytes += BigInt(news.bytes);
      // One that delivers again is over its trouble.
      const { trouble: _, ...share } = known;
      this.#sharesByPeer.set(news.peer, { ...share, bytes: share.bytes + BigInt(news.bytes) });
    } else {
      const { code, isDropped } = news;
      this.#sharesByPeer.set(news.peer, { ...known, trouble: { code, isDropped } });
    }
  }

  /** Verified bytes from all of them. */
  get receivedBytes(): bigint {
    return this.#receivedBytes;
  }

  /** Those that were dropped first, then by what they gave; as many as somebody would read. */
  list(): readonly PeerShare[] {
    const shares = [...this.#sharesByPeer.values()];
    return shares.sort((a, b) => rankOf(a) - rankOf(b) || Number(b.bytes - a.bytes)).slice(0, MOST_SHOWN);
  }
}

const rankOf = ({ trouble }: PeerShare): number => (trouble?.isDropped ? 0 : 1);

const MOST_SHOWN = 16;
