import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ID_BYTES, type NodeId } from './nodeid.ts';

/**
 * Packets of discv5 v5.1: a header that only the addressee can tell from noise, and a sealed message that is bound to it.
 * Sources: data-plane.md §4.1; the public specification of discv5's wire protocol.
 */
export type Packet = OrdinaryPacket | ChallengePacket | HandshakePacket;

interface Sealed {
  /** 12 bytes; with a key used once only. */
  readonly nonce: Uint8Array;
  /** What the message is bound to: the header as it is before it is masked. */
  readonly header: Uint8Array;
  readonly sealed: Uint8Array;
}

export interface OrdinaryPacket extends Sealed {
  readonly kind: 'ordinary';
  readonly source: NodeId;
}

/** "WHOAREYOU": the packet with that nonce could not be read, prove who you are. */
export interface ChallengePacket {
  readonly kind: 'challenge';
  /** Of the packet that it answers. */
  readonly nonce: Uint8Array;
  /** Of the record that the challenger has of us; 0 when it has none. */
  readonly recordSeq: bigint;
  /** All of it before it was masked; both sides make their keys from it. */
  readonly challenge: Uint8Array;
}

export interface HandshakePacket extends Sealed {
  readonly kind: 'handshake';
  readonly source: NodeId;
  readonly signature: Uint8Array;
  /** 37 bytes, as libp2p writes a key. */
  readonly ephemeralKey: Uint8Array;
  /** Empty when the challenger has the newest one. */
  readonly record: Uint8Array;
}

export const NONCE_BYTES = 12;
export const KEY_BYTES = 16;
export interface MessageParts {
  readonly destination: NodeId;
  readonly source: NodeId;
  readonly nonce: Uint8Array;
  readonly key: Uint8Array;
  readonly message: Uint8Array;
}

export function encodeOrdinary(parts: MessageParts): Uint8Array {
  return sealPacket(ORDINARY, parts.source, parts);
}

/** What one says to a node that one has no session with: nothing, so that it asks who we are. */
export function encodeKnock({
  destination,
  source,
  nonce,
}: Omit<MessageParts, 'key' | 'message'>): Uint8Array {
  const key = randomBytes(KEY_BYTES);
  return encodeOrdinary({ destination, source, nonce, key, message: new Uint8Array(KNOCK_BYTES) });
}

export function encodeHandshake(
  parts: MessageParts & Pick<HandshakePacket, 'signature' | 'ephemeralKey' | 'record'>,
): Uint8Array {
  const { source, signature, ephemeralKey, record } = parts;
  const sizes = Uint8Array.of(signature.length, ephemeralKey.length);
  const authData = Buffer.concat([source, sizes, signature, ephemeralKey, record]);
  return sealPacket(HANDSHAKE, authData, parts);
}

export function encodeChallenge({
  destination,
  nonce,
  recordSeq,
}: {
  destination: NodeId;
  nonce: Uint8Array;
  recordSeq: bigint;
}): { packet: Uint8Array; challenge: Uint8Array } {
  const authData = Buffer.concat([randomBytes(ID_NONCE_BYTES), Buffer.alloc(8)]);
  authData.writeBigUInt64BE(recordSeq, ID_NONCE_BYTES);
  const challenge = encodeHeader(CHALLENGE, nonce, authData);
  return { packet: mask(challenge, destination), challenge };
}

/** Undefined for what is no packet, or none for us: noise is nothing to make a fuss about. */
export function decodePacket(bytes: Uint8Array, ownId: NodeId): Packet | undefined {
  if (bytes.length < MIN_PACKET_BYTES) return undefined;
  const iv = bytes.subarray(0, IV_BYTES);
  const unmask = createDecipheriv('aes-128-ctr', ownId.subarray(0, KEY_BYTES), iv);
  const fixed = unmask.update(bytes.subarray(IV_BYTES, IV_BYTES + FIXED_BYTES));
  if (Buffer.compare(fixed.subarray(0, PROTOCOL.length), PROTOCOL) !== 0) return undefined;
  const authSize = fixed.readUInt16BE(FIXED_BYTES - 2);
  const end = IV_BYTES + FIXED_BYTES + authSize;
  if (end > bytes.length) return undefined;
  const authData = unmask.update(bytes.subarray(IV_BYTES + FIXED_BYTES, end));
  const header = Buffer.concat([iv, fixed, authData]);
  const nonce = header.subarray(IV_BYTES + NONCE_AT, IV_BYTES + NONCE_AT + NONCE_BYTES);
  return readPacket(fixed[PROTOCOL.length] as number, {
    nonce,
    header,
    authData,
    sealed: bytes.subarray(end),
  });
}

/** The message; undefined when it was sealed with another key, or changed. */
export function openMessage({ nonce, header, sealed }: Sealed, key: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAAD(header);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const message = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
    return message;
  } catch {
    return undefined;
  }
}

const ORDINARY = 0;
const CHALLENGE = 1;
const HANDSHAKE = 2;
/** Name and version 1. */
const PROTOCOL = Buffer.from('discv5\x00\x01', 'latin1');
const IV_BYTES = 16;
const TAG_BYTES = 16;
const ID_NONCE_BYTES = 16;
const NONCE_AT = PROTOCOL.length + 1;
/** Protocol, kind, nonce, size of what follows. */
const FIXED_BYTES = NONCE_AT + NONCE_BYTES + 2;
const CHALLENGE_BYTES = ID_NONCE_BYTES + 8;
const MIN_PACKET_BYTES = IV_BYTES + FIXED_BYTES + CHALLENGE_BYTES;
/** With the seal as long as a small message. */
const KNOCK_BYTES = 28;

function sealPacket(
  kind: number,
  authData: Uint8Array,
  { destination, nonce, key, message }: MessageParts,
): Uint8Array {
  const header = encodeHeader(kind, nonce, authData);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(header);
  const sealed = cipher.update(message);
  cipher.final();
  return Buffer.concat([mask(header, destination), sealed, cipher.getAuthTag()]);
}

function encodeHeader(kind: number, nonce: Uint8Array, authData: Uint8Array): Uint8Array {
  const size = Uint8Array.of(authData.length >> 8, authData.length & 0xff);
  return Buffer.concat([randomBytes(IV_BYTES), PROTOCOL, Uint8Array.of(kind), nonce, size, authData]);
}

/** All but the bytes that the mask begins with. */
function mask(header: Uint8Array, destination: NodeId): Uint8Array {
  const iv = header.subarray(0, IV_BYTES);
  const cipher = createCipheriv('aes-128-ctr', destination.subarray(0, KEY_BYTES), iv);
  return Buffer.concat([iv, cipher.update(header.subarray(IV_BYTES))]);
}

function readPacket(kind: number, { authData, ...parts }: Sealed & { authData: Buffer }): Packet | undefined {
  const { nonce, header, sealed } = parts;
  switch (kind) {
    case ORDINARY:
      if (authData.length !== ID_BYTES || sealed.length <= TAG_BYTES) return undefined;
      return { kind: 'ordinary', source: authData, ...parts };
    case CHALLENGE:
      if (authData.length !== CHALLENGE_BYTES || sealed.length > 0) return undefined;
      return {
        kind: 'challenge',
        nonce,
        recordSeq: authData.readBigUInt64BE(ID_NONCE_BYTES),
        challenge: header,
      };
    case HANDSHAKE:
      if (sealed.length <= TAG_BYTES) return undefined;
      return readHandshake(authData, parts);
    default:
      return undefined;
  }
}

function readHandshake(authData: Buffer, parts: Sealed): HandshakePacket | undefined {
  const head = ID_BYTES + 2;
  if (authData.length < head) return undefined;
  const keyAt = head + authData.readUInt8(ID_BYTES);
  const recordAt = keyAt + authData.readUInt8(ID_BYTES + 1);
  if (recordAt > authData.length) return undefined;
  return {
    kind: 'handshake',
    source: authData.subarray(0, ID_BYTES),
    signature: authData.subarray(head, keyAt),
    ephemeralKey: authData.subarray(keyAt, recordAt),
    record: authData.subarray(recordAt),
    ...parts,
  };
}
