import type { MessagePort } from 'node:worker_threads';
import { abortError, abortScope, throwIfAborted } from '../../lib/abort.ts';
import { sleep } from '../../lib/retry.ts';
import { deferred, type Deferred } from '../deferred.ts';
import { crossing } from '../../lib/crossing.ts';
import { NetworkError } from '../errors.ts';
import type { PeerAddress } from '../peeraddress.ts';
import type { PeerLink, Transport } from '../peerlink.ts';
import { fromFailure, MESSAGE_COST_BYTES, type Order, type Outcome, type Report } from './remote/wire.ts';

/** A thread that hosts a transport, see `hostTransport`. */
export interface RemoteEnd {
  readonly port: MessagePort;
  /** Ends the thread. */
  end(): Promise<void>;
}

/**
 * A transport that runs in another thread, so that its handshakes and ciphers do not hold up ours. Messages cross as
 * whole buffers. When the thread ends by itself, so do all its links, and another is started; until that one is up nobody
 * is reached.
 */
export class RemoteTransport implements Transport {
  readonly #open: () => RemoteEnd;
  readonly #calls = new Map<number, Deferred<Outcome>>();
  readonly #links = new Map<number, RemoteLink>();
  #onLink: (link: PeerLink) => void = () => {};
  #end: RemoteEnd | undefined;
  #address: PeerAddress | undefined;
  #lastCall = 0;
  #isUp = false;
  readonly #stopping = abortScope();
  readonly #options: Required<RemoteOptions>;
  /** Never rejects. */
  #startingAgain: Promise<void> | undefined;

  /** `open` is called at each start. */
  constructor(
    open: () => RemoteEnd,
    { onLost = () => {}, onBack = () => {}, startAgainMs = 1_000 }: RemoteOptions = {},
  ) {
    this.#open = open;
    this.#options = { onLost, onBack, startAgainMs };
  }

  get address(): PeerAddress | undefined {
    return this.#address;
  }

  /** @throws NetworkError LINK_CLOSED when the thread ends; and what the transport there throws */
  async start(onLink: (link: PeerLink) => void): Promise<void> {
    this.#onLink = onLink;
    await this.#start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    try {
      await this.#stop();
    } finally {
      await this.#startingAgain;
    }
  }

  async #start(): Promise<void> {
    const end = this.#open();
    this.#end = end;
    end.port.on('message', (report: Report) => this.#onReport(report));
    end.port.once('close', () => this.#onEnd(end));
    try {
      const { address } = await this.#call((call) => ({ type: 'start', call }));
      this.#address = address;
      this.#isUp = true;
    } catch (error) {
      await end.end();
      this.#onEnd(end);
      throw error;
    }
  }

  /** Until it is up, or stopped; with longer and longer waits. */
  async #startAgain(): Promise<void> {
    const { signal } = this.#stopping;
    for (
      let waitMs = this.#options.startAgainMs;
      !signal.aborted;
      waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)
    ) {
      try {
        await sleep(waitMs, signal);
        await this.#start();
        return this.#options.onBack();
      } catch (error) {
        if (!signal.aborted) this.#options.onLost(error);
      }
    }
  }

  async #stop(): Promise<void> {
    const end = this.#end;
    if (!end) return;
    this.#address = undefined;
    try {
      await this.#call((call) => ({ type: 'stop', call }));
    } finally {
      await end.end();
      this.#onEnd(end);
    }
  }

  async dial(peer: PeerAddress, { signal }: { signal: AbortSignal }): Promise<PeerLink> {
    throwIfAborted(signal);
    const before = new Set(this.#links.keys());
    const calling = this.#call((call) => ({ type: 'dial', call, peer }));
    const call = this.#lastCall;
    const onAbort = () => this.#post({ type: 'abort', call });
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const { link: number = 0 } = await calling;
      const link = this.#links.get(number);
      // It was there before we called off; nobody would close it.
      if (signal.aborted && !before.has(number)) link?.close();
      throwIfAborted(signal);
      if (!link) throw new NetworkError('LINK_CLOSED', { peer });
      return link;
    } catch (error) {
      throw signal.aborted ? abortError(signal) : error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #call(order: (call: number) => Order, transfer: ArrayBuffer[] = []): Promise<Outcome> {
    const call = ++this.#lastCall;
    const answer = deferred<Outcome>();
    this.#calls.set(call, answer);
    try {
      this.#post(order(call), transfer);
      return await answer.promise;
    } finally {
      this.#calls.delete(call);
    }
  }

  #post(order: Order, transfer: ArrayBuffer[] = []): void {
    if (!this.#end) throw ended();
    this.#end.port.postMessage(order, transfer);
  }

  #onReport(report: Report): void {
    switch (report.type) {
      case 'done':
        return this.#calls.get(report.call)?.resolve(report.outcome);
      case 'failed':
        return this.#calls.get(report.call)?.reject(fromFailure(report.failure));
      case 'opened':
        return this.#onOpened(report);
      case 'message':
        return this.#links.get(report.link)?.onReceived(report.message);
      case 'closed':
        this.#links.get(report.link)?.onClosed(report.failure && fromFailure(report.failure));
        this.#links.delete(report.link);
        return;
    }
  }

  #onOpened({ link: number, id, host, isInbound }: Extract<Report, { type: 'opened' }>): void {
    const link = new RemoteLink(
      { id, host },
      {
        send: async (message) => {
          // The sender may look at it again.
          const { own, transfer } = crossing(message, { isOurs: false });
          await this.#call((call) => ({ type: 'send', call, link: number, message: own }), transfer);
        },
        close: () => {
          if (this.#end) this.#post({ type: 'close', link: number });
        },
        taken: (bytes) => {
          if (this.#end) this.#post({ type: 'taken', link: number, bytes });
        },
      },
    );
    this.#links.set(number, link);
    if (isInbound) this.#onLink(link);
  }

  #onEnd(end: RemoteEnd): void {
    if (this.#end !== end) return;
    const wasLost = this.#isUp && !this.#stopping.signal.aborted;
    this.#isUp = false;
    this.#end = undefined;
    this.#address = undefined;
    for (const answer of this.#calls.values()) answer.reject(ended());
    for (const link of this.#links.values()) link.onClosed(ended());
    this.#links.clear();
    if (!wasLost) return;
    this.#options.onLost(ended());
    this.#startingAgain = this.#startAgain();
  }
}

export interface RemoteOptions {
  /** Told that the thread ended by itself, and of each start after that which failed. */
  readonly onLost?: (error: unknown) => void;
  /** Told that it is up again. */
  readonly onBack?: () => void;
  /** Wait before it is started again; doubled each time. */
  readonly startAgainMs?: number;
}

const MAX_WAIT_MS = 60_000;

const ended = () => new NetworkError('LINK_CLOSED', { reason: 'the thread of the network has ended' });

interface RemoteLinkOrders {
  send(message: Uint8Array): Promise<void>;
  close(): void;
  taken(bytes: number): void;
}

class RemoteLink implements PeerLink {
  readonly id: string;
  readonly host: string | undefined;
  readonly closed: Promise<Error | undefined>;
  readonly #orders: RemoteLinkOrders;
  readonly #closed = deferred<Error | undefined>();
  #end: { readonly reason: Error | undefined } | undefined;
  #handler: ((message: Uint8Array) => void) | undefined;
  /** Came before anybody wanted to hear. */
  #unread: Uint8Array[] = [];
  #takenBytes = 0;

  constructor({ id, host }: Pick<PeerLink, 'id' | 'host'>, orders: RemoteLinkOrders) {
    this.id = id;
    this.host = host;
    this.#orders = orders;
    this.closed = this.#closed.promise;
  }

  async send(message: Uint8Array): Promise<void> {
    if (this.#end) throw new NetworkError('LINK_CLOSED', { peer: this.id });
    await this.#orders.send(message);
  }

  onMessage(handler: (message: Uint8Array) => void): void {
    this.#handler = handler;
    for (const message of this.#unread.splice(0)) this.onReceived(message);
  }

  close(reason?: Error): void {
    if (this.#end) return;
    this.#end = { reason };
    this.#orders.close();
  }

  onReceived(message: Uint8Array): void {
    if (!this.#handler) return void this.#unread.push(message);
    // What was on its way when the link was closed.
    if (this.#end) return;
    try {
      this.#handler(message);
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)));
    }
    this.#takenBytes += message.length + MESSAGE_COST_BYTES;
    if (this.#takenBytes < TELL_TAKEN_BYTES) return;
    this.#orders.taken(this.#takenBytes);
    this.#takenBytes = 0;
  }

  onClosed(reason: Error | undefined): void {
    this.#end ??= { reason };
    this.#closed.resolve(this.#end.reason);
  }
}

/** How much we read before we say so. */
const TELL_TAKEN_BYTES = 1024 * 1024;
