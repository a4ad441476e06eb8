import type { Logger } from '../../src/main/engine/logger.ts';
import { Exchange, type ExchangeOptions } from '../../src/main/engine/network/exchange.ts';
import type { PeerAddress } from '../../src/main/engine/network/peeraddress.ts';
import { TcpTransport, type TcpOptions } from '../../src/main/engine/network/transports/tcp.ts';

export interface LoopbackOptions extends ExchangeOptions, TcpOptions {
  readonly peers: readonly PeerAddress[];
}

/**
 * The true exchange over plain TCP on this machine, with the peers told by hand. Without `listen` it fetches, and serves only those it dialled.
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
