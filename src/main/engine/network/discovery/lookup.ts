import { throwIfAborted, untilAborted } from '../../lib/abort.ts';
import { byDistance, idKey, MAX_DISTANCE, type NodeId } from './nodeid.ts';
import { BUCKET_SIZE } from './routingtable.ts';
import type { Contact } from './sessions.ts';

export interface LookupOptions {
  /** Whom to begin with. */
  readonly start: readonly Contact[];
  /** The nodes that one knows near the target; undefined when it does not answer. Never rejects. */
  readonly ask: (contact: Contact) => Promise<readonly Contact[] | undefined>;
  readonly signal: AbortSignal;
}

/**
 * Asks its way to the nodes that are nearest to `target`, three at a time, and gives the 16 nearest of those that
 * answered, nearest first. Whatever it is told, it ends: after 64 questions at the latest.
 */
export async function lookUp(target: NodeId, { start, ask, signal }: LookupOptions): Promise<Contact[]> {
  const compare = byDistance(target);
  const seen = new Set<string>();
  const running = new Set<Promise<void>>();
  let candidates: Candidate[] = [];
  let asked = 0;

  const add = (contacts: readonly Contact[]) => {
    for (const contact of contacts) {
      const key = idKey(contact.record.nodeId);
      if (seen.size >= MAX_SEEN || seen.has(key)) continue;
      seen.add(key);
      candidates.push({ contact, state: 'new' });
    }
    candidates.sort((a, b) => compare(a.contact.record.nodeId, b.contact.record.nodeId));
  };
  const question = async (candidate: Candidate) => {
    candidate.state = 'asked';
    const contacts = await ask(candidate.contact);
    candidate.state = 'answered';
    if (contacts) add(contacts);
    else candidates = candidates.filter((other) => other !== candidate);
  };

  add(start);
  for (;;) {
    throwIfAborted(signal);
    const next = candidates.slice(0, BUCKET_SIZE).find(({ state }) => state === 'new');
    if (next && running.size < ALPHA && asked < MAX_ASKED) {
      asked++;
      const asking = question(next).finally(() => running.delete(asking));
      running.add(asking);
    } else if (running.size > 0) {
      await untilAborted(Promise.race(running), signal);
    } else break;
  }
  const answered = candidates.filter(({ state }) => state === 'answered');
  return answered.slice(0, BUCKET_SIZE).map(({ contact }) => contact);
}

/** At which distances from itself a node has what is near the target: three, the likeliest first. */
export function distancesToAsk(distance: number): number[] {
  const all = Array.from({ length: MAX_DISTANCE }, (_, at) => at + 1);
  const away = (one: number) => Math.abs(one - distance);
  return all.sort((a, b) => away(a) - away(b) || b - a).slice(0, DISTANCES);
}

interface Candidate {
  readonly contact: Contact;
  state: 'new' | 'asked' | 'answered';
}

/** Questions at a time. */
const ALPHA = 3;
const DISTANCES = 3;
const MAX_ASKED = 64;
const MAX_SEEN = 1_024;
