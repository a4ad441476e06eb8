import { NetworkError } from './errors.ts';
import { decodeVarint, encodeVarint, malformed } from './protobuf.ts';

/** A message with its length before it, as a varint. */
export function encodeFrame(message: Uint8Array): Uint8Array {
  return Buffer.concat([encodeVarint(message.length), message]);
}

/**
 * Cuts a stream of bytes into messages again. A frame that came in pieces is put together in a place that grows with
 * them: to announce a large one costs its sender's bytes, not our memory, and a stream cut into single bytes costs no
 * more than another. A stream that announces too much is given up before the bytes come. The messages are views of what
 * was pushed, or of their own place.
 */
export class FrameReader {
  readonly #maxBytes: number;
  /** The bytes of a length that is not complete. */
  #length: Uint8Array = EMPTY;
  #frame: Frame | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether the stream would break off within a frame if it ended here. */
  get isWithinFrame(): boolean {
    return this.#frame !== undefined || this.#length.length > 0;
  }

  /** Memory that is taken up by a frame that is not complete. */
  get heldBytes(): number {
    return this.#frame?.place.length ?? this.#length.length;
  }

  /** The messages that are complete now. @throws NetworkError LINK_LIMIT_EXCEEDED, MALFORMED_MESSAGE; the stream is of no use then */
  push(chunk: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = [];
    for (let rest = chunk; rest.length > 0;) {
      const step = this.#frame ? this.#fill(this.#frame, rest) : this.#begin(rest);
      if (step.message) messages.push(step.message);
      rest = step.rest;
    }
    return messages;
  }

  #begin(bytes: Uint8Array): Step {
    const known =
      this.#length.length > 0 ? Buffer.concat([this.#length, bytes.subarray(0, LONGEST_LENGTH)]) : bytes;
    const length = decodeVarint(known, 0);
    if (!length) {
      if (known.length >= LONGEST_LENGTH) throw malformed('a frame without a length');
      this.#length = Uint8Array.from(known);
      return { rest: EMPTY };
    }
    if (length.value > BigInt(this.#maxBytes)) {
      throw new NetworkError('LINK_LIMIT_EXCEEDED', { frameBytes: length.value, limit: this.#maxBytes });
    }
    const start = length.end - this.#length.length;
    const end = start + Number(length.value);
    this.#length = EMPTY;
    if (end <= bytes.length) return { message: bytes.subarray(start, end), rest: bytes.subarray(end) };
    this.#frame = { length: end - start, place: EMPTY, filled: 0 };
    return { rest: bytes.subarray(start) };
  }

  #fill(frame: Frame, bytes: Uint8Array): Step {
    const taken = bytes.subarray(0, frame.length - frame.filled);
    makeRoom(frame, frame.filled + taken.length);
    frame.place.set(taken, frame.filled);
    frame.filled += taken.length;
    const rest = bytes.subarray(taken.length);
    if (frame.filled < frame.length) return { rest };
    this.#frame = undefined;
    return { message: frame.place, rest };
  }
}

interface Frame {
  /** As announced. */
  readonly length: number;
  /** Its bytes so far, and room for some more. */
  place: Uint8Array;
  filled: number;
}

/** Room for so many bytes, and for as many again where the frame is longer: each is copied about once in all. */
function makeRoom(frame: Frame, bytes: number): void {
  if (bytes <= frame.place.length) return;
  const place = Buffer.allocUnsafeSlow(Math.min(frame.length, Math.max(2 * bytes, LEAST_PLACE_BYTES)));
  place.set(frame.place.subarray(0, frame.filled));
  frame.place = place;
}

interface Step {
  readonly message?: Uint8Array;
  readonly rest: Uint8Array;
}

const EMPTY = new Uint8Array();
const LEAST_PLACE_BYTES = 4096;
/** Bytes in which the length of a frame we would accept has ended. */
const LONGEST_LENGTH = 5;
