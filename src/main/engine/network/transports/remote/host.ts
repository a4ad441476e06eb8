import { crossing } from '../../../lib/crossing.ts';
import type { MessagePort } from 'node:worker_threads';
import { NetworkError } from '../../errors.ts';
import type { PeerLink, Transport } from '../../peerlink.ts';
import { MESSAGE_COST_BYTES, toFailure, type Order, type Outcome, type Report } from './wire.ts';

/** Lets a transport be used from another thread, by a `RemoteTransport` at the other end of `port`. */
export function hostTransport(port: MessagePort, transport: Transport): void {
  const host = new TransportHost(port, transport);
  port.on('message', (order: Order) => host.obey(order));
}

class TransportHost {
  readonly #port: MessagePort;
  readonly #transport: Transport;
  readonly #numbers = new Map<PeerLink, number>();
  readonly #links = new Map<number, HostedLink>();
  readonly #dials = new Map<number, AbortController>();
  #lastNumber = 0;

  constructor(port: MessagePort, transport: Transport) {
    this.#port = port;
    this.#transport = transport;
  }

  obey(order: Order): void {
    switch (order.type) {
      case 'start':
        return this.#answer(order.call, () => this.#start());
      case 'stop':
        return this.#answer(order.call, () => this.#transport.stop());
      case 'dial':
        return this.#answer(order.call, () => this.#dial(order));
      case 'abort':
        return this.#dials.get(order.call)?.abort();
      case 'send':
        return this.#answer(order.call, () => this.#send(order));
      case 'close':
        return this.#links.get(order.link)?.link.close();
      case 'taken':
        return this.#onTaken(order);
    }
  }

  #answer(call: number, work: () => Promise<Outcome | void>): void {
    work().then(
      (outcome) => this.#report({ type: 'done', call, outcome: outcome ?? {} }),
      (error: unknown) => this.#report({ type: 'failed', call, failure: toFailure(error) }),
    );
  }

  async #start(): Promise<Outcome> {
    await this.#transport.start((link) => void this.#number(link, { isInbound: true }));
    return { address: this.#transport.address };
  }

  async #dial({ call, peer }: Extract<Order, { type: 'dial' }>): Promise<Outcome> {
    const controller = new AbortController();
    this.#dials.set(call, controller);
    try {
      const link = await this.#transport.dial(peer, { signal: controller.signal });
      return { link: this.#number(link, { isInbound: false }) };
    } finally {
      this.#dials.delete(call);
    }
  }

  async #send({ link, message }: Extract<Order, { type: 'send' }>): Promise<void> {
    const hosted = this.#links.get(link);
    if (!hosted) throw new NetworkError('LINK_CLOSED', {});
    await hosted.link.send(message);
  }

  /** A link's number; one that was not known is made known to the owner, and read from now on. */
  #number(link: PeerLink, { isInbound }: { isInbound: boolean }): number {
    const known = this.#numbers.get(link);
    if (known !== undefined) return known;
    const number = ++this.#lastNumber;
    const hosted: HostedLink = { link, unreadBytes: 0 };
    this.#numbers.set(link, number);
    this.#links.set(number, hosted);
    this.#report({ type: 'opened', link: number, id: link.id, host: link.host, isInbound });
    link.onMessage((message) => this.#onMessage(number, hosted, message));
    void link.closed.then((reason) => {
      this.#numbers.delete(link);
      this.#links.delete(number);
      this.#report({ type: 'closed', link: number, failure: reason && toFailure(reason) });
    });
    return number;
  }

  /** Between threads nothing slows a sender down; so one that sends more than we read is cut off. */
  #onMessage(number: number, hosted: HostedLink, message: Uint8Array): void {
    hosted.unreadBytes += message.length + MESSAGE_COST_BYTES;
    if (hosted.unreadBytes > MAX_UNREAD_BYTES)
      throw new NetworkError('LINK_LIMIT_EXCEEDED', { unreadBytes: hosted.unreadBytes });
    const { own, transfer } = crossing(message, { isOurs: true });
    this.#report({ type: 'message', link: number, message: own }, transfer);
  }

  #onTaken({ link, bytes }: Extract<Order, { type: 'taken' }>): void {
    const hosted = this.#links.get(link);
    if (hosted) hosted.unreadBytes -= bytes;
  }

  #report(report: Report, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(report, transfer);
  }
}

interface HostedLink {
  readonly link: PeerLink;
  unreadBytes: number;
}

/** Eight times what an honest peer may have in flight, with messages and all. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
