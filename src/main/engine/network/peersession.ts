import { abortError, throwIfAborted } from '../lib/abort.ts';
import type { BlockServer } from './blockserver.ts';
import { deferred, type Deferred } from './deferred.ts';
import { NetworkError } from './errors.ts';
import {
  addressKey,
  decodeMessage,
  encodeMessage,
  type BlockAddress,
  type Delivery,
  type Message,
} from './messages.ts';
import type { PeerLink } from './peerlink.ts';

/**
 * The exchange over one link, both ways: what we ask the peer for, and, through `server`, what it asks us for.
 * Answers carry no request number; they are matched to questions by address. What nobody asked for is dropped.
 */
export class PeerSession {
  readonly closed: Promise<Error | undefined>;
  readonly #link: PeerLink;
  readonly #server: BlockServer;
  readonly #quietTimeoutMs: number;
  readonly #asks = new Set<Ask>();
  #quietTimer: NodeJS.Timeout | undefined;
  #end: { reason: Error | undefined } | undefined;

  constructor(link: PeerLink, server: BlockServer, { quietTimeoutMs }: { quietTimeoutMs: number }) {
    this.#link = link;
    this.#server = server;
    this.#quietTimeoutMs = quietTimeoutMs;
    this.closed = link.closed.then((reason) => this.#onClosed(reason));
    link.onMessage((message) => this.#onMessage(decodeMessage(message)));
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /**
   * Asks for blocks and resolves when each was answered, with the addresses that the peer does not have.
   * What `onDelivery` throws cuts the link and rejects: the peer lied.
   * @throws NetworkError LINK_CLOSED, PEER_TIMEOUT when the peer delivered nothing for too long; an abort error
   */
  async ask(addresses: readonly BlockAddress[], { onDelivery, signal }: AskOptions): Promise<BlockAddress[]> {
    throwIfAborted(signal);
    if (this.#end) throw this.#closedError();
    const open = new Map(addresses.map((address) => [addressKey(address), address]));
    const ask: Ask = { open, lacking: [], onDelivery, ...deferred<void>() };
    const onAbort = () => ask.reject(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    this.#asks.add(ask);
    this.#watch();
    try {
      const wants = addresses.map((address) => ({ address, sendDontHave: true }));
      await Promise.all([ask.promise, this.#link.send(encodeMessage({ wants }))]);
      return ask.lacking;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#asks.delete(ask);
      this.#watch();
      this.#cancel(ask);
    }
  }

  close(reason?: Error): void {
    this.#link.close(reason);
  }

  #onMessage({ wants, deliveries, presences }: Required<Message>): void {
    if (wants.length > 0) this.#server.onWants(this.#link, wants);
    for (const delivery of deliveries) {
      this.#answer(delivery.address, (ask) => ask.onDelivery(delivery));
    }
    for (const { address, has } of presences) {
      if (!has) this.#answer(address, (ask) => void ask.lacking.push(address));
    }
  }

  #answer(address: BlockAddress, tell: (ask: Ask) => void): void {
    const key = addressKey(address);
    for (const ask of this.#asks) {
      if (!ask.open.delete(key)) continue;
      this.#quietTimer?.refresh();
      try {
        tell(ask);
      } catch (error) {
        ask.reject(error);
        throw error;
      }
      if (ask.open.size === 0) ask.resolve();
    }
  }

  /** The peer need not send what was called off. It may be on its way already, and is dropped when it comes. */
  #cancel({ open }: Ask): void {
    if (open.size === 0 || this.#end) return;
    const wants = [...open.values()].map((address) => ({ address, cancel: true }));
    this.#link.send(encodeMessage({ wants })).catch((error: Error) => this.close(error));
  }

  /** Runs the timer while something is asked for. */
  #watch(): void {
    if (this.#asks.size === 0) {
      clearTimeout(this.#quietTimer);
      this.#quietTimer = undefined;
    }
    this.#quietTimer ??=
      this.#asks.size === 0
        ? undefined
        : setTimeout(() => this.close(this.#timeoutError()), this.#quietTimeoutMs);
  }

  #onClosed(reason: Error | undefined): Error | undefined {
    this.#end = { reason };
    this.#server.forget(this.#link);
    for (const ask of this.#asks) ask.reject(this.#closedError());
    return reason;
  }

  #closedError(): NetworkError {
    const reason = this.#end?.reason;
    if (reason instanceof NetworkError) return reason;
    return new NetworkError('LINK_CLOSED', { peer: this.#link.id }, { cause: reason });
  }

  #timeoutError(): NetworkError {
    return new NetworkError('PEER_TIMEOUT', { peer: this.#link.id, afterMs: this.#quietTimeoutMs });
  }
}

interface AskOptions {
  readonly onDelivery: (delivery: Delivery) => void;
  readonly signal: AbortSignal;
}

interface Ask extends Deferred<void> {
  /** Not answered yet, by key. */
  readonly open: Map<string, BlockAddress>;
  readonly lacking: BlockAddress[];
  readonly onDelivery: (delivery: Delivery) => void;
}
