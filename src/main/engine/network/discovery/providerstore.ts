import type { Endpoint } from './endpoint.ts';
import { idKey, type NodeId } from './nodeid.ts';
import type { Contact } from './sessions.ts';
import type { SignedRecord } from './signedrecord.ts';
import type { Timers } from './timers.ts';

/** One who says that it has a content, and where we have that from. */
export interface Provider {
  readonly record: SignedRecord;
  readonly toldBy: Endpoint;
}

/**
 * Who told us that it holds what, for 24 hours: up to 20 providers for each content, and a number from each host. One that
 * tells it again has its time begin anew. When there is no room, who told it longest ago goes.
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
    if (this.#countOf(from.endpoint.host) >= MAX_PER_HOST) return false;
    this.#makeRoom(content);
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

  #makeRoom(content: string): void {
    const providers = this.#byContent.get(content);
    const [oldestOfContent] = providers?.values() ?? [];
    if (oldestOfContent && (providers?.size ?? 0) >= MAX_PER_CONTENT) this.#remove(oldestOfContent);
    const [oldest] = this.#entries;
    if (oldest && this.#entries.size >= MAX_ENTRIES) this.#remove(oldest);
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
const MAX_PER_HOST = 1_000;
const MAX_ENTRIES = 10_000;
