import { NetworkError } from './errors.ts';
import { decodeVarint, encodeVarint, malformed } from './protobuf.ts';

/** A message with its length before it, as a varint. */
export function encodeFrame(message: Uint8Array): Uint8Array {
  return Buffer.concat([encodeVarint(message.length), message]);
}

/**
 * Cuts a stream of bytes into messages again. It never holds more than one frame of the largest size and what came with
 * its end; a stream that announces more is given up before the bytes come.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #held = 0;
  #needed = 1;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether the stream would break off within a frame if it ended here. */
  get isWithinFrame(): boolean {
    return this.#held > 0;
  }

  /** The messages that are complete now. @throws NetworkError LINK_LIMIT_EXCEEDED, MALFORMED_MESSAGE; the stream is of no use then */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    // Joined only when a whole frame is there: joining at each chunk would cost the square of its size.
    if (this.#held < this.#needed) return [];
    const messages: Uint8Array[] = [];
    let rest: Uint8Array = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (let frame = this.#cut(rest); frame; frame = this.#cut(rest)) {
      messages.push(frame.message);
      rest = frame.rest;
    }
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#held = rest.length;
    return messages;
  }

  #cut(bytes: Uint8Array): { message: Uint8Array; rest: Uint8Array } | undefined {
    const length = decodeVarint(bytes, 0);
    this.#needed = length ? length.end + Number(length.value) : bytes.length + 1;
    if (!length) {
      if (bytes.length >= LONGEST_LENGTH) throw malformed('a frame without a length');
      return undefined;
    }
    if (length.value > BigInt(this.#maxBytes)) {
      throw new NetworkError('LINK_LIMIT_EXCEEDED', { frameBytes: length.value, limit: this.#maxBytes });
    }
    if (bytes.length < this.#needed) return undefined;
    return { message: bytes.subarray(length.end, this.#needed), rest: bytes.subarray(this.#needed) };
  }
}

/** Bytes in which the length of a frame we would accept has ended. */
const LONGEST_LENGTH = 5;
