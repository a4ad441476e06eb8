import { randomBytes } from 'node:crypto';
import {
  decodeDhtMessage,
  encodeDhtMessage,
  type DhtMessage,
} from '../../src/main/engine/network/discovery/dhtmessages.ts';
import type { Endpoint } from '../../src/main/engine/network/endpoint.ts';
import type { Identity } from '../../src/main/engine/network/identity.ts';
import { RecordBook } from '../../src/main/engine/network/discovery/recordbook.ts';
import type { Contact } from '../../src/main/engine/network/discovery/sessions.ts';
import { signRecord, type SignedRecord } from '../../src/main/engine/network/discovery/signedrecord.ts';
import { Wire } from '../../src/main/engine/network/discovery/wire.ts';
import type { MemoryDatagrams } from './memorydatagrams.ts';
import type { ManualTimers } from './manualtimers.ts';

/** A node with a key and sessions as every other, that answers what it likes. It answers pings truthfully. */
export class Liar {
  readonly identity: Identity;
  readonly record: SignedRecord;
  readonly heard: DhtMessage[] = [];
  readonly #wire: Wire;
  #answer: (message: DhtMessage) => readonly DhtMessage[] = () => [];

  constructor({
    identity,
    at,
    network,
    timers,
  }: {
    identity: Identity;
    at: Endpoint;
    network: MemoryDatagrams;
    timers: ManualTimers;
  }) {
    this.identity = identity;
    this.record = signRecord(identity, { seq: 1n, addresses: [`/ip4/${at.host}/udp/${at.port}`] });
    this.#wire = new Wire({
      identity,
      socket: network.socket(at),
      timers,
      book: new RecordBook(),
      ownRecord: () => this.record,
    });
  }

  async start(answer: (message: DhtMessage) => readonly DhtMessage[]): Promise<void> {
    this.#answer = answer;
    await this.#wire.open((from, bytes) => this.#onMessage(from, bytes));
  }

  async stop(): Promise<void> {
    await this.#wire.close();
  }

  tell(to: Contact, message: DhtMessage | Uint8Array): void {
    this.#wire.send(to, message instanceof Uint8Array ? message : encodeDhtMessage(message));
  }

  ping(to: Contact): void {
    this.tell(to, { kind: 'ping', id: randomBytes(8), seq: 1n });
  }

  #onMessage(from: Contact, bytes: Uint8Array): void {
    const message = decodeDhtMessage(bytes);
    if (!message) return;
    this.heard.push(message);
    const pong = { kind: 'pong', id: message.id, seq: 1n, ip: Buffer.alloc(4, 1), port: 1 } as const;
    const answers = message.kind === 'ping' ? [pong] : this.#answer(message);
    for (const answer of answers) this.#wire.send(from, encodeDhtMessage(answer));
  }
}
