import type { Libp2p } from 'libp2p';
import { NetworkError } from '../../errors.ts';
import { endpointIn } from '../../multiaddr.ts';
import { encodeFrame, FrameReader } from '../../frames.ts';
import type { PeerLink } from '../../peerlink.ts';
import { malformed } from '../../protobuf.ts';
import type { HeldBytes } from './heldbytes.ts';

export type Connection = Awaited<ReturnType<Libp2p['dial']>>;
export type Stream = Awaited<ReturnType<Connection['newStream']>>;

/**
 * The exchange's messages over one connection. Each side sends on a stream that it opened itself, when it first has
 * something to say, and reads every stream that the other opens. A stream that is idle for minutes is reset by either
 * side; that is no loss of the peer, and the next message opens another. Source: data-plane.md §1.2, §5.2.
 */
export class Libp2pLink implements PeerLink {
  readonly id: string;
  readonly host: string | undefined;
  readonly closed: Promise<Error | undefined>;
  readonly #connection: Connection;
  readonly #protocol: string;
  readonly #maxMessageBytes: number;
  readonly #held: HeldBytes;
  readonly #readers = new Map<Stream, FrameReader>();
  #outgoing: Promise<Stream> | undefined;
  #handler: ((message: Uint8Array) => void) | undefined;
  /** Opened by the other side before anybody wanted to hear. */
  #unread: Stream[] = [];
  #end: { readonly reason: Error | undefined } | undefined;

  constructor(connection: Connection, { protocol, maxMessageBytes, held }: LinkOptions) {
    const address = connection.remoteAddr.toString();
    this.id = `${connection.remotePeer.toString()}@${address.split('/p2p/')[0]}`;
    this.host = endpointIn(address, 'tcp')?.host;
    this.#connection = connection;
    this.#protocol = protocol;
    this.#maxMessageBytes = maxMessageBytes;
    this.#held = held;
    this.closed = new Promise((resolve) => {
      connection.addEventListener('close', ({ error }) => resolve(this.#end ? this.#end.reason : error), {
        once: true,
      });
    });
  }

  get isOpen(): boolean {
    return this.#connection.status === 'open';
  }

  /**
   * A message that a reset cut off is sent once more, so that one may arrive twice. A link that takes nothing the second
   * time is closed: libp2p leaves a connection standing whose muxer it has given up.
   */
  async send(message: Uint8Array): Promise<void> {
    const frame = encodeFrame(message);
    for (let attempt = 1; ; attempt++) {
      try {
        const stream = await (this.#outgoing ??= this.#open());
        if (!stream.send(frame)) await stream.onDrain();
        return;
      } catch (cause) {
        if (this.isOpen && attempt === 1 && !isUnsupported(cause)) continue;
        const error = this.#sendError(cause);
        this.close(error);
        throw error;
      }
    }
  }

  onMessage(handler: (message: Uint8Array) => void): void {
    this.#handler = handler;
    for (const stream of this.#unread.splice(0)) this.#read(stream, handler);
  }

  /** A stream that the other side opened. */
  accept(stream: Stream): void {
    stream.maxReadBufferLength = MAX_STREAM_BUFFER_BYTES;
    if (this.#handler) this.#read(stream, this.#handler);
    else this.#unread.push(stream);
  }

  close(reason?: Error): void {
    this.#end ??= { reason };
    this.#connection.abort(reason ?? new Error('Closed on this side'));
  }

  async #open(): Promise<Stream> {
    const forget = () => (this.#outgoing = undefined);
    try {
      const stream = await this.#connection.newStream(this.#protocol);
      stream.maxReadBufferLength = MAX_STREAM_BUFFER_BYTES;
      stream.addEventListener('close', forget, { once: true });
      return stream;
    } catch (error) {
      forget();
      throw error;
    }
  }

  #read(stream: Stream, handler: (message: Uint8Array) => void): void {
    const frames = new FrameReader(this.#maxMessageBytes);
    this.#readers.set(stream, frames);
    stream.addEventListener('close', () => {
      this.#readers.delete(stream);
      this.#noteHeld();
    });
    stream.addEventListener('message', ({ data }) => {
      try {
        for (const chunk of data instanceof Uint8Array ? [data] : data) {
          for (const message of frames.push(chunk)) handler(message);
        }
        this.#noteHeld();
      } catch (error) {
        this.close(error instanceof Error ? error : new Error(String(error)));
      }
    });
    stream.addEventListener('remoteCloseWrite', () => {
      if (frames.isWithinFrame) this.close(malformed('the stream ended within a frame'));
      // Ours is closed too, else the muxer keeps half of it for as long as the connection stands.
      else stream.close().catch((error: Error) => stream.abort(error));
    });
  }

  #noteHeld(): void {
    let bytes = 0;
    for (const { heldBytes } of this.#readers.values()) bytes += heldBytes;
    this.#held.note(this, bytes);
  }

  #sendError(cause: unknown): NetworkError {
    if (isUnsupported(cause)) {
      const reason = `it does not speak ${this.#protocol}`;
      return new NetworkError('PEER_INCOMPATIBLE', { peer: this.id, reason }, { cause });
    }
    return new NetworkError('LINK_CLOSED', { peer: this.id }, { cause });
  }
}

export interface LinkOptions {
  /** Named by the network: its nodes answer to nothing else. */
  readonly protocol: string;
  readonly maxMessageBytes: number;
  /** Shared by all links of a transport. */
  readonly held: HeldBytes;
}

/**
 * What may wait unread on a stream. At libp2p's own 4 MiB an answer of 64 blocks kills the stream.
 * Source: data-plane.md §5.2.
 */
const MAX_STREAM_BUFFER_BYTES = 16 * 1024 * 1024;

const isUnsupported = (error: unknown): boolean =>
  error instanceof Error && error.name === 'UnsupportedProtocolError';
