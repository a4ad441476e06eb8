import { deferred } from '../../src/main/engine/network/deferred.ts';
import { NetworkError } from '../../src/main/engine/network/errors.ts';
import { decodeMessage, encodeMessage, type Message } from '../../src/main/engine/network/messages.ts';
import type { PeerAddress } from '../../src/main/engine/network/peeraddress.ts';
import type { PeerLink, Transport } from '../../src/main/engine/network/peerlink.ts';

/** The other end of a link, in a test's hands. */
export class ScriptedPeer {
  /** All that it was sent, in order. */
  readonly heard: Required<Message>[] = [];
  readonly link: PeerLink;
  /** While set, what is sent to it is not taken. */
  isStuck = false;
  readonly #closed = deferred<Error | undefined>();
  #isClosed = false;
  #handler: ((message: Uint8Array) => void) | undefined;
  readonly #react: (message: Required<Message>, peer: ScriptedPeer) => void;
  #taken = deferred<void>();

  constructor(react: (message: Required<Message>, peer: ScriptedPeer) => void = () => {}) {
    this.#react = react;
    this.link = {
      id: 'scripted',
      closed: this.#closed.promise,
      onMessage: (handler) => void (this.#handler = handler),
      close: (reason) => {
        this.#isClosed = true;
        this.#closed.resolve(reason);
        this.#taken.reject(new NetworkError('LINK_CLOSED', {}));
      },
      send: async (message) => {
        if (this.#isClosed) throw new NetworkError('LINK_CLOSED', {});
        const decoded = decodeMessage(message);
        this.heard.push(decoded);
        queueMicrotask(() => this.#react(decoded, this));
        if (this.isStuck) await this.#taken.promise;
      },
    };
    this.#taken.promise.catch(() => {});
  }

  say(message: Message): void {
    try {
      if (!this.#isClosed) this.#handler?.(encodeMessage(message));
    } catch (error) {
      this.link.close(error as Error);
    }
  }

  /** Takes what waits to be taken, and goes on as `isStuck` says. */
  take(): void {
    this.#taken.resolve();
    this.#taken = deferred();
    this.#taken.promise.catch(() => {});
  }
}

/** Each dial reaches the peer whose number is the port. Peers may be let in as if they had dialled us. */
export class ScriptedTransport implements Transport {
  readonly address = undefined;
  readonly dialled: PeerAddress[] = [];
  readonly #peers: (() => ScriptedPeer)[];
  #onLink: (link: PeerLink) => void = () => {};
  readonly #links: PeerLink[] = [];

  constructor(peers: (() => ScriptedPeer)[] = []) {
    this.#peers = peers;
  }

  get addresses(): PeerAddress[] {
    return this.#peers.map((_, port) => ({ host: 'scripted', port }));
  }

  async start(onLink: (link: PeerLink) => void): Promise<void> {
    this.#onLink = onLink;
  }

  async stop(): Promise<void> {
    for (const link of this.#links) link.close();
  }

  async dial(peer: PeerAddress): Promise<PeerLink> {
    this.dialled.push(peer);
    const found = this.#peers[peer.port]?.();
    if (!found) throw new NetworkError('PEER_UNREACHABLE', { peer });
    this.#links.push(found.link);
    return found.link;
  }

  letIn(peer: ScriptedPeer): void {
    this.#links.push(peer.link);
    this.#onLink(peer.link);
  }
}
