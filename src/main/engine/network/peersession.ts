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
  type Want,
} from './messages.ts';
import type { PeerLink } from './peerlink.ts';
import { sendWithin } from './sending.ts';

export interface PatienceOptions {
  /** A peer that was asked and has answered nothing for so long is asked again; and after the same time somebody else is. */
  readonly repeatMs: number;
  /** A peer that was asked and has given nothing for so long is cut off. */
  readonly quietTimeoutMs: number;
  /** The link is cut, too, when the peer does not take a message for so long. */
  readonly sendTimeoutMs: number;
}

/**
 * The exchange over one link, both ways: what we ask the peer for, and, through `server`, what it asks us for.
 * Answers carry no request number; they are matched to questions by address. What nobody asked for is dropped.
 * Source: data-plane.md §1.4, §8.1.
 */
export class PeerSession {
  readonly closed: Promise<Error | undefined>;
  readonly #link: PeerLink;
  readonly #server: BlockServer;
  readonly #patience: PatienceOptions;
  readonly #asks = new Set<Ask>();
  readonly #tickMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** For how long it was asked for something and gave nothing, over all questions since it last did. */
  #quietMs = 0;
  #end: { reason: Error | undefined } | undefined;

  constructor(link: PeerLink, server: BlockServer, patience: PatienceOptions) {
    this.#link = link;
    this.#server = server;
    this.#patience = patience;
    this.#tickMs = Math.min(patience.repeatMs, patience.quietTimeoutMs);
    this.closed = link.closed.then((reason) => this.#onClosed(reason));
    link.onMessage((message) => this.#onMessage(decodeMessage(message)));
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /**
   * Asks for blocks and resolves when each was answered; or after two silences, that somebody else may have a try.
   * What `onDelivery` throws cuts the link and rejects: the peer lied.
   * @throws NetworkError LINK_CLOSED, PEER_TIMEOUT when the peer delivered nothing for too long; an abort error
   */
  async ask(addresses: readonly BlockAddress[], options: AskOptions): Promise<Answers> {
    return await this.#askAbout(addresses, 'block', options);
  }

  /** Asks which of them the peer has. @throws as `ask` */
  async askWhich(addresses: readonly BlockAddress[], { signal }: { signal: AbortSignal }): Promise<Answers> {
    return await this.#askAbout(addresses, 'have', { signal, onDelivery: () => {} });
  }

  close(reason?: Error): void {
    this.#link.close(reason);
  }

  async #askAbout(
    addresses: readonly BlockAddress[],
    type: Ask['type'],
    { onDelivery, signal }: AskOptions,
  ): Promise<Answers> {
    throwIfAborted(signal);
    if (this.#end) throw this.#closedError();
    const open = new Map(addresses.map((address) => [addressKey(address), address]));
    const ask: Ask = { type, open, doubted: new Set(), lacking: [], onDelivery, ...deferred<void>() };
    const onAbort = () => ask.reject(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    this.#asks.add(ask);
    this.#watch();
    try {
      await Promise.all([ask.promise, this.#want(addresses, type)]);
      return { lacking: ask.lacking, unanswered: [...ask.open.values()] };
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#asks.delete(ask);
      this.#watch();
      this.#cancel(ask);
    }
  }

  async #want(addresses: readonly BlockAddress[], type: Ask['type']): Promise<void> {
    const wants = addresses.map((address) => ({ address, type, sendDontHave: true }));
    await this.#send({ wants });
  }

  async #send(message: Message): Promise<void> {
    await sendWithin(this.#patience.sendTimeoutMs, this.#link, encodeMessage(message));
  }

  /** For what nobody waits for; a link that takes it no more is of no use. */
  #sendAside(message: Message): void {
    this.#send(message).catch((error: Error) => this.close(error));
  }

  #onMessage({ wants, deliveries, presences }: Required<Message>): void {
    if (wants.length > 0) this.#server.onWants(this.#link, wants);
    for (const delivery of deliveries) {
      this.#settle(delivery.address, (ask) => ask.onDelivery(delivery));
    }
    for (const { address, has } of presences) {
      if (has) this.#onHas(address);
      else this.#settle(address, (ask) => void ask.lacking.push(address));
    }
  }

  /** The answer to `askWhich`; or, after a silence, that a block which was asked for should be asked for once more. */
  #onHas(address: BlockAddress): void {
    this.#settle(address, () => {}, 'have');
    const key = addressKey(address);
    const isWanted = [...this.#asks].some((ask) => ask.open.has(key) && ask.doubted.delete(key));
    if (isWanted) this.#sendAside({ wants: [{ address, sendDontHave: true }] });
  }

  #settle(address: BlockAddress, tell: (ask: Ask) => void, type?: Ask['type']): void {
    const key = addressKey(address);
    for (const ask of this.#asks) {
      if ((type && ask.type !== type) || !ask.open.delete(key)) continue;
      this.#timer?.refresh();
      // A peer that says it has everything and sends nothing is as good as silent.
      if (type !== 'have') this.#quietMs = 0;
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
    this.#sendAside({ wants: [...open.values()].map((address) => ({ address, cancel: true })) });
  }

  /** The timer runs while something is asked for. */
  #watch(): void {
    if (this.#asks.size > 0) this.#timer ??= setInterval(() => this.#onSilence(), this.#tickMs);
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #onSilence(): void {
    this.#quietMs += this.#tickMs;
    if (this.#quietMs >= this.#patience.quietTimeoutMs) this.close(this.#timeoutError());
    else if (this.#quietMs < 2 * this.#tickMs) this.#askAgain();
    else for (const ask of this.#asks) ask.resolve();
  }

  /**
   * The question or its answer was lost, or the live network's nodes do not have the block: to a want of one that they
   * lack they answer nothing, to the question whether they have it they do.
   */
  #askAgain(): void {
    const open = new Map<string, BlockAddress>();
    for (const ask of this.#asks) {
      for (const [key, address] of ask.open) {
        open.set(key, address);
        if (ask.type === 'block') ask.doubted.add(key);
      }
    }
    // Called off first: one that still holds our want may take the question for a change of it, and not answer.
    const wants = [...open.values()].flatMap((address): Want[] => [
      { address, cancel: true },
      { address, type: 'have', sendDontHave: true },
    ]);
    if (wants.length > 0) this.#sendAside({ wants });
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
    return new NetworkError('PEER_TIMEOUT', { peer: this.#link.id, afterMs: this.#patience.quietTimeoutMs });
  }
}

export interface Answers {
  /** The peer said that it does not have these. */
  readonly lacking: readonly BlockAddress[];
  readonly unanswered: readonly BlockAddress[];
}

interface AskOptions {
  readonly onDelivery: (delivery: Delivery) => void;
  readonly signal: AbortSignal;
}

interface Ask extends Deferred<void> {
  /** Whether blocks are wanted, or to know who has them. */
  readonly type: 'block' | 'have';
  /** Not answered yet, by key. */
  readonly open: Map<string, BlockAddress>;
  /** Of these: wanted blocks of which it was asked, after a silence, whether the peer has them. */
  readonly doubted: Set<string>;
  readonly lacking: BlockAddress[];
  readonly onDelivery: (delivery: Delivery) => void;
}
