import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import type { Logger } from '../logger.ts';
import type { Endpoint } from './endpoint.ts';
import { NetworkError } from './errors.ts';

/** Sends and receives datagrams, which may get lost, come twice or in another order. */
export interface UdpSocket {
  /** Resolves with where it listens. Once. @throws NetworkError SOCKET_FAILED */
  open(onDatagram: (bytes: Uint8Array, from: Endpoint) => void): Promise<Endpoint>;
  /** Never throws: one that cannot be sent is lost, as any may be. */
  send(bytes: Uint8Array, to: Endpoint): void;
  /** Nothing comes any more when it resolves. Idempotent. */
  close(): Promise<void>;
}

/** IPv4 only, as the network's nodes announce themselves. */
export class DatagramSocket implements UdpSocket {
  readonly #logger: Logger;
  readonly #listen: Endpoint;
  #socket: Socket | undefined;

  /** Port 0 for any that is free. */
  constructor({ logger }: { logger: Logger }, listen: Endpoint) {
    this.#logger = logger;
    this.#listen = listen;
  }

  async open(onDatagram: (bytes: Uint8Array, from: Endpoint) => void): Promise<Endpoint> {
    const socket = createSocket('udp4');
    try {
      const isListening = once(socket, 'listening');
      socket.bind(this.#listen.port, this.#listen.host);
      await isListening;
    } catch (cause) {
      socket.close();
      throw new NetworkError('SOCKET_FAILED', this.#listen, { cause });
    }
    socket.on('error', (error) => this.#logger.debug('Datagram socket failed', { error }));
    socket.on('message', (bytes, { address, port }) => onDatagram(bytes, { host: address, port }));
    this.#socket = socket;
    const { address, port } = socket.address();
    return { host: address, port };
  }

  send(bytes: Uint8Array, { host, port }: Endpoint): void {
    // A name would be looked up, and an address of the other family be an error of the whole socket.
    if (!isIPv4(host) || port < 1 || port > 65_535) return;
    this.#socket?.send(bytes, port, host, (error) => {
      if (error) this.#logger.trace('Datagram not sent', { host, port, error });
    });
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    await new Promise<void>((resolve) => socket.close(resolve));
  }
}
