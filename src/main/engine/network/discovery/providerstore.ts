import { isPublic, type Endpoint } from '../endpoint.ts';
import { idKey, type NodeId } from './nodeid.ts';
import type { Contact } from './sessions.ts';
import type { SignedRecord } from './signedrecord.ts';
import type { Timers } from '../timers.ts';

/** One who says that it has a content, and where we have that from. */
export interface Provider {
  readonly record: SignedRecord;
  readonly toldBy: Endpoint;
}

/**
 * Who told us that it holds what, for 24 hours: up to 20 providers for each content, few of them from one host, and a number
 * from each host. One that tells it again has its time begin anew. When there is no room, who told it longest ago goes; when a
 * host has what one host may have, what that host told longest ago.
 */
export class ProviderStore {
  readonly #timers: Timers;
  /** Told longest ago comes first. */
  readonly #entries = new Set<Entry>();
  readonly #byContent = new Map<string, Map<string, Entry>>();
  readonly #countByHost = new Map<string, number>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Records held. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether it was taken: it must be the record of the one who tells it. */
  add(contentId: NodeId, record: SignedRecord, from: Contact): boolean {
    const content = idKey(contentId);
    const provider = idKey(record.nodeId);
    if (provider !== idKey(from.record.nodeId)) return false;
    this.#expire();
    const known = this.#byContent.get(content)?.get(provider);
    if (known && known.record.seq > record.seq) return false;
    if (known) this.#remove(known);
    this.#makeRoom(content, from.endpoint.host);
    this.#insert({
      content,
      provider,
      record,
      toldBy: from.endpoint,
      untilMs: this.#timers.nowMs() + KEPT_MS,
    });
    return true;
  }

  get(contentId: NodeId): Provider[] {
    this.#expire();
    return [...(this.#byContent.get(idKey(contentId))?.values() ?? [])];
  }

  #expire(): void {
    const nowMs = this.#timers.nowMs();
    for (const entry of this.#entries) {
      if (entry.untilMs > nowMs) return;
      this.#remove(entry);
    }
  }

  /** A host makes room at its own expense first, else one with many names would push all others out. */
  #makeRoom(content: string, host: string): void {
    const ofContent = () => [...(this.#byContent.get(content)?.values() ?? [])];
    const isOfHost = ({ toldBy }: Entry) => toldBy.host === host;
    const ofHost = ofContent().filter(isOfHost);
    if (isPublic(host) && ofHost.length >= MAX_OF_HOST_PER_CONTENT) this.#removeFirst(ofHost);
    else if (ofContent().length >= MAX_PER_CONTENT) this.#removeFirst(ofContent());
    if (this.#countOf(host) >= MAX_PER_HOST) this.#removeFirst([...this.#entries].filter(isOfHost));
    else if (this.#entries.size >= MAX_ENTRIES) this.#removeFirst(this.#entries);
  }

  #removeFirst(entries: Iterable<Entry>): void {
    const [first] = entries;
    if (first) this.#remove(first);
  }

  #insert(entry: Entry): void {
    this.#entries.add(entry);
    const providers = this.#byContent.get(entry.content) ?? new Map<string, Entry>();
    this.#byContent.set(entry.content, providers.set(entry.provider, entry));
    this.#countByHost.set(entry.toldBy.host, this.#countOf(entry.toldBy.host) + 1);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    const providers = this.#byContent.get(entry.content);
    providers?.delete(entry.provider);
    if (providers?.size === 0) this.#byContent.delete(entry.content);
    const count = this.#countOf(entry.toldBy.host) - 1;
    if (count > 0) this.#countByHost.set(entry.toldBy.host, count);
    else this.#countByHost.delete(entry.toldBy.host);
  }

  #countOf(host: string): number {
    return this.#countByHost.get(host) ?? 0;
  }
}

interface Entry extends Provider {
  readonly content: string;
  readonly provider: string;
  readonly untilMs: number;
}

const KEPT_MS = 24 * 3_600_000;
const MAX_PER_CONTENT = 20;
/** Several may share an address of the internet. */
const MAX_OF_HOST_PER_CONTENT = 4;
const MAX_PER_HOST = 1_000;
const MAX_ENTRIES = 10_000;
