import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock/clock.ts';
import { isEngineError } from '../../errors.ts';
import { abortScope, throwIfAborted } from '../../lib/abort.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { Tasks } from '../../lib/tasks.ts';
import type { Logger } from '../../logger.ts';
import { Channel } from './channel.ts';
import { contactOf, DhtClient } from './dhtclient.ts';
import {
  decodeDhtMessage,
  encodeDhtMessage,
  REQUEST_ID_BYTES,
  isAnswer,
  type DhtMessage,
} from './dhtmessages.ts';
import { DhtServer } from './dhtserver.ts';
import { endpointText, type Endpoint } from '../endpoint.ts';
import type { Identity } from '../identity.ts';
import { lookUp } from './lookup.ts';
import { endpointAddress } from '../multiaddr.ts';
import { byDistance, idKey, type NodeId } from './nodeid.ts';
import { ObservedAddress } from './observedaddress.ts';
import { OwnRecord } from './ownrecord.ts';
import { ProviderStore, type Provider } from './providerstore.ts';
import { Questions } from './questions.ts';
import { RecordBook } from './recordbook.ts';
import { BUCKET_SIZE, RoutingTable } from './routingtable.ts';
import type { Contact } from './sessions.ts';
import type { SignedRecord } from './signedrecord.ts';
import type { Timers } from '../timers.ts';
import type { UdpSocket } from '../udpsocket.ts';
import { Upkeep } from './upkeep.ts';
import { Wire } from './wire.ts';

export interface DhtModules {
  readonly identity: Identity;
  readonly socket: UdpSocket;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

export interface DhtOptions {
  /** Nodes to begin with; what they say of themselves is trusted as far as the one who chose them is. */
  readonly bootstrap?: readonly SignedRecord[];
  /**
   * UDP multiaddrs at which others reach us. Without any, the address that the socket is bound to if it is a certain one, else
   * the one at which others say they see us.
   */
  readonly addresses?: readonly string[];
  /** Nodes that it knew before a restart, asked besides the first ones. */
  readonly known?: readonly SignedRecord[];
  /** The least number of its record. */
  readonly firstSeq?: bigint;
}

/** A node of the network's DHT: finds who provides a content, and tells and keeps it. Source: data-plane.md §4.1. */
export class DhtNode {
  readonly #identity: Identity;
  readonly #own: OwnRecord;
  readonly #timers: Timers;
  readonly #logger: Logger;
  readonly #bootstrap: readonly Contact[];
  readonly #root = abortScope();
  readonly #tasks: Tasks;
  readonly #table: RoutingTable;
  readonly #providers: ProviderStore;
  readonly #wire: Wire;
  readonly #questions: Questions;
  readonly #observed = new ObservedAddress((observed) => this.#onObserved(observed));
  readonly #client: DhtClient;
  readonly #server: DhtServer;
  /** When we last asked one who came to us whether it is there, by node. */
  readonly #greetedMs = new BoundedMap<string, number>(1_000);
  /** What the socket is bound to, if that is a certain address. */
  #bound: string | undefined;
  /** Nobody told us our address. */
  #isGuessing = true;

  constructor({ identity, socket, clock, timers, logger }: DhtModules, options: DhtOptions = {}) {
    const { bootstrap = [], addresses = [], known = [], firstSeq = 0n } = options;
    this.#identity = identity;
    this.#timers = timers;
    this.#logger = logger;
    this.#own = new OwnRecord({ identity, clock }, addresses, { firstSeq });
    this.#bootstrap = [...bootstrap, ...known]
      .map((record) => contactOf(record, OURSELVES))
      .filter((contact) => contact !== undefined);
    this.#tasks = new Tasks((error, task) => this.#logger.warn('DHT task failed', { task, error }));
    this.#table = new RoutingTable(identity.nodeId);
    this.#providers = new ProviderStore(timers);
    const shared = { book: new RecordBook(), table: this.#table, ownRecord: () => this.record };
    this.#wire = new Wire({ identity, socket, timers, ...shared });
    this.#questions = new Questions({ wire: this.#wire, timers });
    this.#client = new DhtClient({ questions: this.#questions, observed: this.#observed, ...shared });
    this.#server = new DhtServer({ providers: this.#providers, timers, ...shared });
  }

  /** What we say of ourselves. */
  get record(): SignedRecord {
    return this.#own.record;
  }

  /** Where others see us; undefined while too few said so. */
  get observed(): Endpoint | undefined {
    return this.#observed.current;
  }

  /** Those that it knows and that answered, the nearest first. */
  nodes(limit: number): SignedRecord[] {
    return this.#table.nearest(this.#identity.nodeId, limit).map(({ record }) => record);
  }

  /** What it knows and holds, for people who look at it. */
  get held(): Wire['held'] & {
    readonly nodes: number;
    readonly providers: number;
    readonly questions: number;
  } {
    return {
      ...this.#wire.held,
      nodes: this.#table.size,
      providers: this.#providers.size,
      questions: this.#questions.size,
    };
  }

  /** Resolves with where it listens; looking for others has only begun then. @throws NetworkError SOCKET_FAILED */
  async start(): Promise<Endpoint> {
    throwIfAborted(this.#root.signal);
    const endpoint = await this.#wire.open((from, message) => this.#onMessage(from, message));
    if (this.#root.signal.aborted) await this.#wire.close();
    throwIfAborted(this.#root.signal);
    if (endpoint.host !== ANY_HOST) this.#bound = udpAddress(endpoint);
    this.announceAt(this.record.addresses);
    this.#tasks.track('upkeep', this.#upkeep().run({ signal: this.#root.signal }));
    return endpoint;
  }

  /** Searches that run reject with an abort error. */
  async stop(): Promise<void> {
    this.#root.abort();
    this.#questions.stop();
    await this.#wire.close();
    await this.#tasks.settle();
  }

  /** As the option `addresses`. Others get the new record when they ask next. @throws NetworkError ADDRESS_MALFORMED */
  announceAt(addresses: readonly string[]): void {
    const { current } = this.#observed;
    const guess = this.#bound ?? (current && udpAddress(current));
    this.#isGuessing = addresses.length === 0;
    const announced = this.#isGuessing && guess !== undefined ? [guess] : addresses;
    if (announced.join() !== this.record.addresses.join()) this.#own.change(announced);
  }

  /** The 16 nodes nearest to an id, of those that can be reached. */
  async nearest(target: NodeId, { signal }: { signal: AbortSignal }): Promise<Contact[]> {
    return await this.#search(target, (contact) => this.#client.nodesNear(contact, target), signal);
  }

  /** Who is said to provide a content, as we hear of it; one provider may be told by several nodes. */
  async *findProviders(
    contentId: NodeId,
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<Provider, void> {
    using scope = abortScope(signal);
    const found = new Channel<Provider>();
    const ask = async (contact: Contact) => {
      const [nodes, providers] = await Promise.all([
        this.#client.nodesNear(contact, contentId),
        this.#client.providers(contact, contentId),
      ]);
      for (const provider of providers) found.push(provider);
      return nodes;
    };
    for (const provider of this.#providers.get(contentId)) found.push(provider);
    const search = this.#search(contentId, ask, scope.signal).then(
      () => found.close(),
      (error: Error) => found.close(error),
    );
    this.#tasks.track('find providers', search);
    yield* found;
  }

  /**
   * Tells the 16 nodes nearest to the content that we provide it; resolves with how many that were. Whether they heard it is
   * not known: there is no answer.
   */
  async addProvider(
    contentId: NodeId,
    record: SignedRecord,
    { signal }: { signal: AbortSignal },
  ): Promise<number> {
    // At once where few others are known, since one who asks us may come sooner than a search ends.
    this.#keepOwn(contentId, record, this.#table.nearest(contentId));
    const nearest = await this.nearest(contentId, { signal });
    for (const contact of nearest) {
      const id = randomBytes(REQUEST_ID_BYTES);
      this.#send(contact, { kind: 'addProvider', id, contentId, record: record.bytes });
    }
    this.#keepOwn(contentId, record, nearest);
    return nearest.length;
  }

  /** Where we are ourselves one of the nodes that keep it. */
  #keepOwn(contentId: NodeId, record: SignedRecord, nearest: readonly Contact[]): void {
    const furthest = nearest[BUCKET_SIZE - 1];
    const compare = byDistance(contentId);
    const isNear = !furthest || compare(this.#identity.nodeId, furthest.record.nodeId) < 0;
    if (isNear) this.#providers.add(contentId, record, { record: this.record, endpoint: OURSELVES });
  }

  async #search(
    target: NodeId,
    ask: (contact: Contact) => Promise<readonly Contact[] | undefined>,
    signal: AbortSignal,
  ): Promise<Contact[]> {
    using scope = abortScope(signal, this.#root.signal);
    const known = this.#table.nearest(target);
    const start = known.length < FEW ? [...known, ...this.#bootstrap] : known;
    return await lookUp(target, { start, ask, signal: scope.signal });
  }

  #onObserved(observed: Endpoint): void {
    this.#logger.debug('Others see us', { observed });
    if (this.#isGuessing) this.announceAt([]);
  }

  #upkeep(): Upkeep {
    return new Upkeep({
      client: this.#client,
      table: this.#table,
      ownId: this.#identity.nodeId,
      lookUp: (target, options) => this.nearest(target, options),
      timers: this.#timers,
      logger: this.#logger,
    });
  }

  #send(to: Contact, message: DhtMessage): void {
    this.#wire.send(to, encodeDhtMessage(message));
  }

  #onMessage(from: Contact, bytes: Uint8Array): void {
    const message = read(bytes);
    if (!message) return;
    if (isAnswer(message)) this.#questions.onAnswer(from, message);
    else for (const answer of this.#server.answer(from, message)) this.#send(from, answer);
    this.#greet(from, message.kind === 'ping' ? message.seq : from.record.seq);
  }

  /** One who came to us gets into the table when it answers at the address of its newest record. */
  #greet({ record, endpoint }: Contact, seq: bigint): void {
    const known = this.#table.get(record.nodeId);
    if (known && known.record.seq >= seq) {
      if (endpointText(known.endpoint) === endpointText(endpoint)) this.#table.add(known);
      return;
    }
    const key = idKey(record.nodeId);
    const nowMs = this.#timers.nowMs();
    if (nowMs - (this.#greetedMs.get(key) ?? -Infinity) < GREET_AGAIN_MS) return;
    const contact = contactOf(record, endpoint);
    if (seq > record.seq) this.#tasks.track('greet', this.#client.refresh({ record, endpoint }));
    else if (contact) this.#tasks.track('greet', this.#client.ping(contact));
    else return;
    this.#greetedMs.set(key, nowMs);
  }
}

const udpAddress = (endpoint: Endpoint): string => endpointAddress(endpoint, 'udp');

const ANY_HOST = '0.0.0.0';
const OURSELVES: Endpoint = { host: '127.0.0.1', port: 0 };
const GREET_AGAIN_MS = 60_000;
/** With fewer nodes than this, the first ones are asked again. */
const FEW = 3;

/** What a node says wrongly is dropped; it may be newer than we are. */
function read(bytes: Uint8Array): DhtMessage | undefined {
  try {
    return decodeDhtMessage(bytes);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return undefined;
  }
}
