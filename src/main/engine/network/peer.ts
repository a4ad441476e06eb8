import { untilAborted } from '../lib/abort.ts';
import { Limiter } from '../lib/limiter.ts';
import type { PeerAddress } from './peeraddress.ts';
import type { PeerSession } from './peersession.ts';

/** Blocks per question, and questions open per peer: 32 blocks in flight. */
export const BATCH = 16;
export const MAX_QUESTIONS = 2;

/** A peer we know of: dialled when it is needed, and struck off for good once it was caught with a false block. */
export class Peer {
  readonly address: PeerAddress;
  /** Questions to it at a time, over all downloads. */
  readonly questions = new Limiter(MAX_QUESTIONS);
  readonly #dial: (address: PeerAddress) => Promise<PeerSession>;
  #session: Promise<PeerSession> | undefined;
  #isBanned = false;

  constructor({ address, dial }: PeerParts) {
    this.address = address;
    this.#dial = dial;
  }

  get isBanned(): boolean {
    return this.#isBanned;
  }

  ban(): void {
    this.#isBanned = true;
  }

  /** The session with it, opened when there is none; all callers share one. @throws NetworkError LINK_CLOSED, PEER_TIMEOUT */
  async session({ signal }: { signal: AbortSignal }): Promise<PeerSession> {
    this.#session ??= this.#open();
    return await untilAborted(this.#session, signal);
  }

  async #open(): Promise<PeerSession> {
    const forget = () => (this.#session = undefined);
    try {
      const session = await this.#dial(this.address);
      void session.closed.then(forget);
      return session;
    } catch (error) {
      forget();
      throw error;
    }
  }
}

interface PeerParts {
  readonly address: PeerAddress;
  readonly dial: (address: PeerAddress) => Promise<PeerSession>;
}
