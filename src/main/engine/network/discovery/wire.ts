import { randomBytes } from 'node:crypto';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { endpointText, type Endpoint } from '../endpoint.ts';
import { answerChallenge, checkAnswer } from './handshake.ts';
import type { Identity } from '../identity.ts';
import { idKey, isSameId } from './nodeid.ts';
import {
  decodePacket,
  encodeChallenge,
  encodeHandshake,
  encodeKnock,
  encodeOrdinary,
  NONCE_BYTES,
  openMessage,
  type ChallengePacket,
  type HandshakePacket,
  type OrdinaryPacket,
} from './packets.ts';
import { TokenBuckets } from '../../lib/tokenbuckets.ts';
import type { RecordBook } from './recordbook.ts';
import { contactKey, peerKey, Sessions, type Contact } from './sessions.ts';
import type { SignedRecord } from './signedrecord.ts';
import type { Timers } from '../timers.ts';
import type { UdpSocket } from '../udpsocket.ts';

export interface WireModules {
  readonly identity: Identity;
  readonly socket: UdpSocket;
  readonly timers: Timers;
  readonly book: RecordBook;
  readonly ownRecord: () => SignedRecord;
}

/** What one address, and all of them together, can make us do. A handshake costs some ten milliseconds. */
const rates = {
  packets: { each: { burst: 400, perSecond: 200 }, all: { burst: 4_000, perSecond: 2_000 } },
  challenges: { each: { burst: 20, perSecond: 10 }, all: { burst: 400, perSecond: 200 } },
  handshakes: { each: { burst: 20, perSecond: 5 }, all: { burst: 40, perSecond: 20 } },
} as const;

/**
 * Carries messages to nodes and from them, under sessions that it opens when there is none: the node that cannot read a
 * packet challenges its sender, who proves who it is. Who a message is from, and that it came once, is certain; that one
 * arrives is not. What strangers can make it remember or calculate is limited.
 */
export class Wire {
  readonly #identity: Identity;
  readonly #socket: UdpSocket;
  readonly #timers: Timers;
  readonly #book: RecordBook;
  readonly #ownRecord: () => SignedRecord;
  readonly #sessions = new Sessions();
  /** What we sent, by nonce, in case that the other side cannot read it. */
  readonly #sent = new BoundedMap<string, Sent>(512);
  /** What waits for a session, by peer. */
  readonly #knocks = new BoundedMap<string, Knock>(256);
  /** What we asked others to prove, by peer. More than are made in the time that they count for. */
  readonly #challenges = new BoundedMap<string, Challenge>(1_000);
  readonly #packets: TokenBuckets;
  readonly #challenging: TokenBuckets;
  readonly #handshakes: TokenBuckets;
  readonly #opened = { openedByOthers: 0, openedByUs: 0 };
  #onMessage: (from: Contact, message: Uint8Array) => void = () => {};

  constructor({ identity, socket, timers, book, ownRecord }: WireModules) {
    this.#identity = identity;
    this.#socket = socket;
    this.#timers = timers;
    this.#book = book;
    this.#ownRecord = ownRecord;
    this.#packets = new TokenBuckets(timers, rates.packets);
    this.#challenging = new TokenBuckets(timers, rates.challenges);
    this.#handshakes = new TokenBuckets(timers, rates.handshakes);
  }

  /** What it holds for others, each up to a limit; and how many sessions they opened, and we did, so far. */
  get held(): Readonly<
    Record<'sessions' | 'challenges' | 'sent' | 'knocks' | 'openedByOthers' | 'openedByUs', number>
  > {
    return {
      ...this.#opened,
      sessions: this.#sessions.size,
      challenges: this.#challenges.size,
      sent: this.#sent.size,
      knocks: this.#knocks.size,
    };
  }

  /** Resolves with where it listens. @throws NetworkError SOCKET_FAILED */
  async open(onMessage: (from: Contact, message: Uint8Array) => void): Promise<Endpoint> {
    this.#onMessage = onMessage;
    return await this.#socket.open((bytes, from) => this.#onDatagram(bytes, from));
  }

  async close(): Promise<void> {
    this.#onMessage = () => {};
    await this.#socket.close();
    for (const map of [this.#sessions, this.#sent, this.#knocks, this.#challenges]) map.clear();
  }

  send(to: Contact, message: Uint8Array): void {
    const key = this.#sessions.writeKey(contactKey(to));
    if (key) this.#sendOrdinary(to, message, key);
    else this.#knock(to, message);
  }

  #sendOrdinary(to: Contact, message: Uint8Array, key: Uint8Array): void {
    const nonce = this.#nonceFor(to, message);
    this.#socket.send(encodeOrdinary({ ...this.#wayTo(to), nonce, key, message }), to.endpoint);
  }

  /** One knock at a time; what is said meanwhile waits for the session that it brings. */
  #knock(to: Contact, message: Uint8Array): void {
    const peer = contactKey(to);
    const knock = this.#knocks.get(peer);
    if (knock && this.#isRecent(knock)) {
      if (knock.waiting.length < MAX_WAITING) knock.waiting.push(message);
      return;
    }
    this.#knocks.set(peer, { atMs: this.#timers.nowMs(), waiting: [] });
    const nonce = this.#nonceFor(to, message);
    this.#socket.send(encodeKnock({ ...this.#wayTo(to), nonce }), to.endpoint);
  }

  #wayTo({ record }: Contact): { source: Uint8Array; destination: Uint8Array } {
    return { source: this.#identity.nodeId, destination: record.nodeId };
  }

  #nonceFor(to: Contact, message: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    this.#sent.set(idKey(nonce), { to, message, atMs: this.#timers.nowMs() });
    return nonce;
  }

  #onDatagram(bytes: Uint8Array, from: Endpoint): void {
    if (bytes.length > MAX_DATAGRAM_BYTES || !this.#packets.take(from.host)) return;
    const packet = decodePacket(bytes, this.#identity.nodeId);
    if (!packet) return;
    if (packet.kind === 'challenge') this.#onChallenge(packet, from);
    else if (isSameId(packet.source, this.#identity.nodeId)) return;
    else if (packet.kind === 'ordinary') this.#onOrdinary(packet, from);
    else this.#onHandshake(packet, from);
  }

  #onOrdinary(packet: OrdinaryPacket, from: Endpoint): void {
    const peer = peerKey(packet.source, from);
    const contact = this.#sessions.contact(peer);
    const message = this.#sessions.open(peer, packet);
    if (message === 'unreadable') this.#challenge(packet, from, contact?.record);
    else if (message !== 'repeated' && contact) this.#onMessage(contact, message);
  }

  #challenge({ source, nonce }: OrdinaryPacket, from: Endpoint, record: SignedRecord | undefined): void {
    const peer = peerKey(source, from);
    const open = this.#challenges.get(peer);
    // A second one would make the first useless: whoever sends under a false address could keep others out.
    if (open && this.#isRecent(open)) return;
    if (!this.#challenging.take(from.host)) return;
    const recordSeq = record?.seq ?? 0n;
    const { packet, challenge } = encodeChallenge({ destination: source, nonce, recordSeq });
    this.#challenges.set(peer, { challenge, record, atMs: this.#timers.nowMs() });
    this.#socket.send(packet, from);
  }

  #onChallenge({ nonce, recordSeq, challenge }: ChallengePacket, from: Endpoint): void {
    const sent = this.#sent.get(idKey(nonce));
    if (!sent || !this.#isRecent(sent) || endpointText(sent.to.endpoint) !== endpointText(from)) return;
    this.#sent.delete(idKey(nonce));
    const { to, message } = sent;
    const { keys, ...proof } = answerChallenge(this.#identity, { challenge, peer: to.record });
    const own = this.#ownRecord();
    const record = own.seq > recordSeq ? own.bytes : new Uint8Array();
    const parts = { ...this.#wayTo(to), nonce: randomBytes(NONCE_BYTES), key: keys.write };
    this.#sessions.add(to, keys);
    this.#opened.openedByUs++;
    this.#socket.send(encodeHandshake({ ...parts, message, ...proof, record }), from);
    const waiting = this.#knocks.take(contactKey(to))?.waiting ?? [];
    for (const message of waiting) this.#sendOrdinary(to, message, keys.write);
  }

  /** An attempt uses the challenge up, so that it can neither be repeated nor tried again and again. */
  #onHandshake(packet: HandshakePacket, from: Endpoint): void {
    const open = this.#challenges.take(peerKey(packet.source, from));
    if (!open || !this.#isRecent(open) || !this.#handshakes.take(from.host)) return;
    const record = packet.record.length > 0 ? this.#book.read(packet.record) : open.record;
    if (!record || !isSameId(record.nodeId, packet.source)) return;
    const keys = checkAnswer(this.#identity, { ...packet, challenge: open.challenge, peer: record });
    const message = keys && openMessage(packet, keys.read);
    if (!message) return;
    const contact = { record, endpoint: from };
    this.#sessions.add(contact, keys, packet.nonce);
    this.#opened.openedByOthers++;
    this.#onMessage(contact, message);
  }

  #isRecent({ atMs }: { atMs: number }): boolean {
    return this.#timers.nowMs() - atMs < HANDSHAKE_MS;
  }
}

interface Sent {
  readonly to: Contact;
  readonly message: Uint8Array;
  readonly atMs: number;
}

interface Knock {
  readonly atMs: number;
  readonly waiting: Uint8Array[];
}

interface Challenge {
  readonly challenge: Uint8Array;
  /** What we know of the peer, which it need not send again then. */
  readonly record: SignedRecord | undefined;
  readonly atMs: number;
}

/** How long a packet may wait for its challenge, and a challenge for its answer. */
const HANDSHAKE_MS = 1_000;
/** Messages that wait for one session. */
const MAX_WAITING = 16;
/** Upstream's nodes put up to 20 records into one answer, more than the 1,280 bytes of discv5. */
const MAX_DATAGRAM_BYTES = 8_192;
