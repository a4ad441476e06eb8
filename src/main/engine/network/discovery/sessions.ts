import { BoundedMap } from '../../lib/bounded-map.ts';
import { endpointText, type Endpoint } from '../endpoint.ts';
import type { SessionKeys } from './handshake.ts';
import { idKey, type NodeId } from './nodeid.ts';
import { openMessage, type OrdinaryPacket } from './packets.ts';
import type { SignedRecord } from './signedrecord.ts';

/** A node, and where packets to it go. */
export interface Contact {
  readonly record: SignedRecord;
  readonly endpoint: Endpoint;
}

/** The same text for equal nodes at equal addresses. */
export const peerKey = (nodeId: NodeId, endpoint: Endpoint): string =>
  `${idKey(nodeId)}@${endpointText(endpoint)}`;

export const contactKey = ({ record, endpoint }: Contact): string => peerKey(record.nodeId, endpoint);

/**
 * The keys that we share with others, and what came under them. A packet counts once, however often it comes: its
 * session remembers all that it took, and ends before that are too many; the other side then opens a new one.
 */
export class Sessions {
  readonly #byPeer: BoundedMap<string, Peer>;

  constructor({ limit = 1_000 }: { limit?: number } = {}) {
    this.#byPeer = new BoundedMap(limit);
  }

  get size(): number {
    return this.#byPeer.size;
  }

  /** Who proved to be it when the session was opened. */
  contact(peer: string): Contact | undefined {
    return this.#byPeer.get(peer)?.contact;
  }

  /** What to write to it with. */
  writeKey(peer: string): Uint8Array | undefined {
    return this.#byPeer.get(peer)?.sessions[0]?.keys.write;
  }

  /** @param firstNonce of the message that came with the handshake, when the other side began */
  add(contact: Contact, keys: SessionKeys, firstNonce?: Uint8Array): void {
    const session: Session = { keys, seen: new Set() };
    if (firstNonce) session.seen.add(nonceKey(firstNonce));
    const peer = contactKey(contact);
    // When both sides begin at the same time, each takes the other's session for the newer one. Both must stay readable.
    const sessions = [session, ...(this.#byPeer.get(peer)?.sessions ?? [])].slice(0, 2);
    this.#byPeer.set(peer, { contact, sessions });
  }

  clear(): void {
    this.#byPeer.clear();
  }

  /** The message; `unreadable` without a session that fits, `repeated` when it was taken before. */
  open(peer: string, packet: OrdinaryPacket): Uint8Array | 'unreadable' | 'repeated' {
    for (const session of this.#byPeer.get(peer)?.sessions ?? []) {
      const message = openMessage(packet, session.keys.read);
      if (!message) continue;
      const nonce = nonceKey(packet.nonce);
      if (session.seen.has(nonce)) return 'repeated';
      session.seen.add(nonce);
      if (session.seen.size >= MAX_PACKETS) this.#end(peer, session);
      return message;
    }
    return 'unreadable';
  }

  #end(peer: string, session: Session): void {
    const { contact, sessions = [] } = this.#byPeer.get(peer) ?? {};
    const rest = sessions.filter((other) => other !== session);
    if (contact) this.#byPeer.set(peer, { contact, sessions: rest });
  }
}

interface Peer {
  readonly contact: Contact;
  /** Newest first. */
  readonly sessions: readonly Session[];
}

interface Session {
  readonly keys: SessionKeys;
  readonly seen: Set<number>;
}

/** With it a thousand peers with two sessions each take some 20 MB at the most. */
const MAX_PACKETS = 256;

/** Six of its twelve bytes, as a number: of 256 nonces hardly two share them, and if they do, a packet is lost. */
const nonceKey = (nonce: Uint8Array): number =>
  Buffer.from(nonce.buffer, nonce.byteOffset, nonce.length).readUIntBE(6, 6);
