import type { AddProvider, Answer, Question, Records } from './dhtmessages.ts';
import { isUsable } from '../endpoint.ts';
import { isSameId, type NodeId } from './nodeid.ts';
import type { ProviderStore } from './providerstore.ts';
import { TokenBuckets } from '../../lib/tokenbuckets.ts';
import type { RecordBook } from './recordbook.ts';
import type { RoutingTable } from './routingtable.ts';
import type { Contact } from './sessions.ts';
import type { SignedRecord } from './signedrecord.ts';
import type { Timers } from '../timers.ts';

/** Answers what other nodes ask us. They proved who they are, so an answer goes to no one else. */
export class DhtServer {
  readonly #table: RoutingTable;
  readonly #providers: ProviderStore;
  readonly #book: RecordBook;
  readonly #ownRecord: () => SignedRecord;
  readonly #checks: TokenBuckets;

  constructor({ table, providers, book, ownRecord, timers }: DhtServerModules) {
    this.#table = table;
    this.#providers = providers;
    this.#book = book;
    this.#ownRecord = ownRecord;
    this.#checks = new TokenBuckets(timers, newRecords);
  }

  /** The messages of the answer; none to `addProvider`. */
  answer(from: Contact, message: Question | AddProvider): Answer[] {
    switch (message.kind) {
      case 'ping':
        return [this.#pong(from, message.id)];
      case 'findNode':
        return inParts('nodes', message.id, this.#nodesAt(message.distances, from));
      case 'findNodeFast':
        return inParts('nodes', message.id, this.#tellable(this.#table.nearest(message.target), from));
      case 'getProviders':
        return inParts(
          'providers',
          message.id,
          this.#providers.get(message.contentId).map(({ record }) => record),
        );
      case 'addProvider':
        this.#addProvider(from, message.contentId, message.record);
        return [];
    }
  }

  #pong({ endpoint }: Contact, id: Uint8Array): Answer {
    const ip = Uint8Array.from(endpoint.host.split('.').map(Number));
    return { kind: 'pong', id, seq: this.#ownRecord().seq, ip, port: endpoint.port };
  }

  /** Distance 0 is ourselves. */
  #nodesAt(distances: readonly number[], from: Contact): SignedRecord[] {
    const own = distances.includes(0) ? [this.#ownRecord()] : [];
    const others = this.#table.at(distances.filter((distance) => distance > 0));
    return [...own, ...this.#tellable(others, from)];
  }

  /** Not the asker itself, and no address that is of no use where the asker is. */
  #tellable(contacts: readonly Contact[], from: Contact): SignedRecord[] {
    return contacts
      .filter(
        ({ record, endpoint }) =>
          !isSameId(record.nodeId, from.record.nodeId) && isUsable(endpoint, from.endpoint),
      )
      .map(({ record }) => record);
  }

  #addProvider(from: Contact, contentId: NodeId, bytes: Uint8Array): void {
    if (!this.#book.has(bytes) && !this.#checks.take(from.endpoint.host)) return;
    const record = this.#book.read(bytes);
    if (record) this.#providers.add(contentId, record, from);
  }
}

interface DhtServerModules {
  readonly table: RoutingTable;
  readonly providers: ProviderStore;
  readonly book: RecordBook;
  readonly ownRecord: () => SignedRecord;
  readonly timers: Timers;
}

/** Records whose signature we check. A provider has one as long as its address is the same, however much it provides. */
const newRecords = { each: { burst: 20, perSecond: 1 }, all: { burst: 100, perSecond: 20 } } as const;

/** Three of the longest records fit into a packet. */
const PER_MESSAGE = 3;

function inParts(kind: Records['kind'], id: Uint8Array, records: readonly SignedRecord[]): Records[] {
  const total = Math.max(1, Math.ceil(records.length / PER_MESSAGE));
  return Array.from({ length: total }, (_, part) => ({
    kind,
    id,
    total,
    records: records.slice(part * PER_MESSAGE, (part + 1) * PER_MESSAGE).map(({ bytes }) => bytes),
  }));
}
