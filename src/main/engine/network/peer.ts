import { isAborted, untilAborted } from '../lib/abort.ts';
import { Limiter } from '../lib/limiter.ts';
import type { PeerAddress } from './peeraddress.ts';
import type { PeerSession } from './peersession.ts';

/** Blocks per question, and questions open per peer: 32 blocks in flight. */
export const BATCH = 16;
export const MAX_QUESTIONS = 2;

/** A peer we know of: dialled when it is needed, and struck off for good once it was caught with a false block. */
export class Peer {
  /** Questions to it at a time, over all downloads. */
  readonly questions = new Limiter(MAX_QUESTIONS);
  #addresses: Addresses;
  readonly #dial: (address: PeerAddress) => Promise<PeerSession>;
  #session: Promise<PeerSession> | undefined;
  #isBanned = false;

  constructor({ addresses, dial }: PeerParts) {
    this.#addresses = firstOf(addresses);
    this.#dial = dial;
  }

  /** Where it is dialled first; for logs. */
  get address(): PeerAddress {
    return this.#addresses[0];
  }

  get isBanned(): boolean {
    return this.#isBanned;
  }

  ban(): void {
    this.#isBanned = true;
  }

  /** Others tell where it can be reached now; what they told before is tried after that. */
  addAddresses(addresses: Addresses): void {
    this.#addresses = firstOf([...addresses, ...this.#addresses]);
  }

  /** The session with it, opened when there is none; all callers share one. @throws NetworkError LINK_CLOSED, PEER_TIMEOUT */
  async session({ signal }: { signal: AbortSignal }): Promise<PeerSession> {
    this.#session ??= this.#open();
    return await untilAborted(this.#session, signal);
  }

  async #open(): Promise<PeerSession> {
    const forget = () => (this.#session = undefined);
    try {
      const session = await this.#dialOneOf(this.#addresses);
      void session.closed.then(forget);
      return session;
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** One address after the other; the last one's error counts. */
  async #dialOneOf([address, ...others]: readonly PeerAddress[]): Promise<PeerSession> {
    try {
      return await this.#dial(address as PeerAddress);
    } catch (error) {
      if (others.length === 0 || isAborted(error)) throw error;
      return await this.#dialOneOf(others);
    }
  }
}

interface PeerParts {
  readonly addresses: Addresses;
  readonly dial: (address: PeerAddress) => Promise<PeerSession>;
}

/** At least one, in the order in which they are dialled. */
type Addresses = readonly [PeerAddress, ...PeerAddress[]];

/** Of many only some are tried, as any of them may be made up. */
const MAX_ADDRESSES = 4;

/** The first few, each once. */
function firstOf([first, ...others]: Addresses): Addresses {
  const byPlace = new Map([first, ...others].map((address) => [`${address.host} ${address.port}`, address]));
  byPlace.delete(`${first.host} ${first.port}`);
  return [first, ...[...byPlace.values()].slice(0, MAX_ADDRESSES - 1)];
}
