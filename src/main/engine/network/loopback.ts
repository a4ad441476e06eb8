import type { Logger } from '../logger.ts';
import { Exchange, type ExchangeOptions } from './exchange.ts';
import type { PeerAddress } from './peeraddress.ts';
import { TcpTransport, type TcpOptions } from './transports/tcp.ts';

export interface LoopbackOptions extends ExchangeOptions, TcpOptions {
  readonly peers: readonly PeerAddress[];
}

/**
 * The block network of the practice network: the true exchange over plain TCP on this machine, with the peers told by
 * hand. Without `listen` it fetches, and serves only those it dialled.
 */
export class LoopbackNetwork extends Exchange {
  readonly #transport: TcpTransport;

  constructor({ logger }: { logger: Logger }, options: LoopbackOptions) {
    const transport = new TcpTransport(options);
    super({ transport, logger }, options);
    this.#transport = transport;
  }

  /** Where others reach us; undefined when we do not listen or have not started. */
  get address(): PeerAddress | undefined {
    return this.#transport.address;
  }
}
