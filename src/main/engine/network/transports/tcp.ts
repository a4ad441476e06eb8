import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { abortError } from '../../lib/abort.ts';
import { NetworkError } from '../errors.ts';
import { encodeFrame, FrameReader } from '../frames.ts';
import type { PeerAddress } from '../peeraddress.ts';
import type { PeerLink, Transport } from '../peerlink.ts';
import { malformed } from '../protobuf.ts';

export interface TcpOptions {
  readonly listen?: { readonly host?: string; readonly port: number };
  readonly maxFrameBytes?: number;
  readonly maxInboundLinks?: number;
}

/** Links over plain TCP, meant for 127.0.0.1: nothing is encrypted and nobody says who he is. */
export class TcpTransport implements Transport {
  readonly #options: TcpOptions;
  readonly #links = new Set<TcpLink>();
  #server: Server | undefined;
  /** Never rejects. */
  #starting: Promise<unknown> | undefined;

  constructor(options: TcpOptions = {}) {
    this.#options = options;
  }

  get address(): PeerAddress | undefined {
    const bound = this.#server?.address() as AddressInfo | null | undefined;
    return bound ? { host: bound.address, port: bound.port } : undefined;
  }

  async start(onLink: (link: PeerLink) => void): Promise<void> {
    const { listen, maxInboundLinks = 64 } = this.#options;
    if (!listen) return;
    const server = createServer({ noDelay: true }, (socket) => onLink(this.#adopt(socket)));
    server.maxConnections = maxInboundLinks;
    server.listen(listen.port, listen.host ?? '127.0.0.1');
    const listening = once(server, 'listening');
    this.#starting = listening.catch(() => {});
    await listening;
    this.#server = server;
  }

  async stop(): Promise<void> {
    await this.#starting;
    const server = this.#server;
    this.#server = undefined;
    const closed = server && once(server, 'close');
    server?.close();
    const links = [...this.#links];
    for (const link of links) link.close();
    await Promise.all(links.map((link) => link.closed));
    await closed;
  }

  /** Always a new link. @throws NetworkError PEER_UNREACHABLE; or an abort error */
  async dial({ host, port }: PeerAddress, { signal }: { signal: AbortSignal }): Promise<PeerLink> {
    const socket = connect({ host, port, noDelay: true });
    try {
      await once(socket, 'connect', { signal });
    } catch (cause) {
      socket.destroy();
      if (signal.aborted) throw abortError(signal);
      throw new NetworkError('PEER_UNREACHABLE', { peer: { host, port } }, { cause });
    }
    return this.#adopt(socket);
  }

  #adopt(socket: Socket): TcpLink {
    const link = new TcpLink(socket, this.#options.maxFrameBytes ?? MAX_FRAME_BYTES);
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
    return link;
  }
}

/** Twenty blocks with their proofs, and room to spare. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

class TcpLink implements PeerLink {
  readonly id: string;
  readonly host: string | undefined;
  readonly closed: Promise<Error | undefined>;
  readonly #socket: Socket;
  readonly #frames: FrameReader;
  #reason: Error | undefined;

  constructor(socket: Socket, maxFrameBytes: number) {
    this.id = `${socket.remoteAddress}:${socket.remotePort}`;
    this.host = socket.remoteAddress;
    this.#socket = socket;
    this.#frames = new FrameReader(maxFrameBytes);
    socket.on('error', (error) => (this.#reason ??= error));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(this.#reason)));
  }

  async send(message: Uint8Array): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(encodeFrame(message), (error) => (error ? reject(error) : resolve()));
      });
    } catch (cause) {
      throw new NetworkError('LINK_CLOSED', { peer: this.id }, { cause });
    }
  }

  onMessage(handler: (message: Uint8Array) => void): void {
    this.#socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of this.#frames.push(chunk)) handler(message);
      } catch (error) {
        this.close(error instanceof Error ? error : new Error(String(error)));
      }
    });
    this.#socket.on('end', () => {
      this.close(this.#frames.isWithinFrame ? malformed('the stream ended within a frame') : undefined);
    });
  }

  close(reason?: Error): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }
}
