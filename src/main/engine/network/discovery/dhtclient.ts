import { isIPv4 } from 'node:net';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Pong } from './dhtmessages.ts';
import { isUsable, type Endpoint } from '../endpoint.ts';
import { distancesToAsk } from './lookup.ts';
import { endpointIn } from '../multiaddr.ts';
import { idKey, isSameId, logDistance, type NodeId } from './nodeid.ts';
import type { ObservedAddress } from './observedaddress.ts';
import type { Provider } from './providerstore.ts';
import type { Asked, Questions } from './questions.ts';
import type { RecordBook } from './recordbook.ts';
import { BUCKET_SIZE, type RoutingTable } from './routingtable.ts';
import type { Contact } from './sessions.ts';
import type { SignedRecord } from './signedrecord.ts';

/**
 * Asks other nodes and believes only what can be checked: records that are signed, from the distances that were asked for,
 * with addresses that may be used. Who answers gets into the routing table, who does not leaves it. Nothing rejects.
 */
export class DhtClient {
  readonly #questions: Questions;
  readonly #table: RoutingTable;
  readonly #book: RecordBook;
  readonly #observed: ObservedAddress;
  readonly #ownRecord: () => SignedRecord;
  /** Nodes that gave no answer to `findNodeFast`, which not all know. */
  readonly #slow = new BoundedMap<string, true>(1_000);

  constructor({ questions, table, book, observed, ownRecord }: DhtClientModules) {
    this.#questions = questions;
    this.#observed = observed;
    this.#table = table;
    this.#book = book;
    this.#ownRecord = ownRecord;
  }

  /** Whether it is there. Where it has a new record, that one is fetched. */
  async ping(contact: Contact): Promise<boolean> {
    const pong = await this.#ping(contact);
    if (pong && pong.seq > contact.record.seq) await this.refresh(contact);
    return pong !== undefined;
  }

  /** Fetches the node's newest record, and asks it at the address in that one whether it is there. */
  async refresh(contact: Contact): Promise<void> {
    // Where it was asked is not where it says it is: the answer gets it no place in the table yet.
    const answer = await this.#questions.ask(contact, { kind: 'findNode', distances: [0] });
    if (answer?.kind !== 'nodes') return;
    const [own] = this.#contacts(answer.records, contact.endpoint);
    if (own && isSameId(own.record.nodeId, contact.record.nodeId)) await this.#ping(own);
  }

  /** The nodes that it knows near the target; undefined without an answer. */
  async nodesNear(contact: Contact, target: NodeId): Promise<Contact[] | undefined> {
    const distances = distancesToAsk(logDistance(contact.record.nodeId, target));
    const nodes = await this.#nodesAt(contact, distances);
    if (!nodes || nodes.length >= BUCKET_SIZE) return nodes;
    // In a network of few nodes those at three distances are hardly any.
    return [...nodes, ...(await this.#nearest(contact, target))];
  }

  async providers(contact: Contact, contentId: NodeId): Promise<Provider[]> {
    const answer = await this.#ask(contact, { kind: 'getProviders', contentId });
    if (answer?.kind !== 'providers') return [];
    return this.#book
      .readAll(answer.records.slice(0, MAX_PROVIDERS))
      .map((record) => ({ record, toldBy: contact.endpoint }));
  }

  async #ping(contact: Contact): Promise<Pong | undefined> {
    const pong = await this.#ask(contact, { kind: 'ping', seq: this.#ownRecord().seq });
    if (pong?.kind !== 'pong') return undefined;
    this.#observed.add(contact.endpoint, { host: pong.ip.join('.'), port: pong.port });
    return pong;
  }

  async #nodesAt(contact: Contact, distances: readonly number[]): Promise<Contact[] | undefined> {
    const answer = await this.#ask(contact, { kind: 'findNode', distances });
    if (answer?.kind !== 'nodes') return undefined;
    const nodes = this.#contacts(answer.records, contact.endpoint);
    return nodes.filter(({ record }) =>
      distances.includes(logDistance(contact.record.nodeId, record.nodeId)),
    );
  }

  async #nearest(contact: Contact, target: NodeId): Promise<Contact[]> {
    const key = idKey(contact.record.nodeId);
    if (this.#slow.get(key)) return [];
    const answer = await this.#questions.ask(contact, { kind: 'findNodeFast', target });
    if (answer?.kind === 'nodes') return this.#contacts(answer.records, contact.endpoint);
    if (!answer) this.#slow.set(key, true);
    return [];
  }

  #contacts(records: readonly Uint8Array[], source: Endpoint): Contact[] {
    return this.#book
      .readAll(records.slice(0, BUCKET_SIZE))
      .map((record) => contactOf(record, source))
      .filter((contact) => contact !== undefined)
      .filter(({ record }) => !isSameId(record.nodeId, this.#ownRecord().nodeId));
  }

  async #ask(contact: Contact, question: Asked): ReturnType<Questions['ask']> {
    const answer = await this.#questions.ask(contact, question);
    if (!answer) this.#table.fail(contact.record.nodeId);
    else if (answer.kind !== 'notAsked') this.#table.add(contact);
    return answer;
  }
}

/** Where to reach the node that a record is of; undefined when it names no UDP address over IPv4 of use to one who heard from `source`. */
export function contactOf(record: SignedRecord, source: Endpoint): Contact | undefined {
  const endpoints = record.addresses.map((address) => endpointIn(address, 'udp'));
  const endpoint = endpoints.find((one) => one && isIPv4(one.host) && isUsable(one, source));
  return endpoint && { record, endpoint };
}

/** Of one answer in all its parts: each costs a check of its signature. */
const MAX_PROVIDERS = 20;

interface DhtClientModules {
  readonly questions: Questions;
  readonly table: RoutingTable;
  readonly book: RecordBook;
  readonly observed: ObservedAddress;
  readonly ownRecord: () => SignedRecord;
}
