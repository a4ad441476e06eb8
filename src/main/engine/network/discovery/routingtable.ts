import { isPublic, subnetOf } from '../endpoint.ts';
import { byDistance, isSameId, logDistance, MAX_DISTANCE, type NodeId } from './nodeid.ts';
import type { Contact } from './sessions.ts';

/** Nodes of a bucket; also how many are the nearest to an id. */
export const BUCKET_SIZE = 16;

/**
 * The nodes that we know, by their distance from us: 256 buckets of 16. Only those that answered us get in. One that is in
 * has its place until it fails to answer; who comes later waits as a replacement. Few nodes of one subnet get in, so that
 * one who rents a handful of addresses cannot surround us.
 */
export class RoutingTable {
  readonly #ownId: NodeId;
  readonly #buckets = Array.from({ length: MAX_DISTANCE + 1 }, (): Bucket => ({ nodes: [], waiting: [] }));

  constructor(ownId: NodeId) {
    this.#ownId = ownId;
  }

  get size(): number {
    return this.#buckets.reduce((sum, { nodes }) => sum + nodes.length, 0);
  }

  /** For one that answered just now. An older record than the known one changes nothing but the time. */
  add(contact: Contact): void {
    if (isSameId(contact.record.nodeId, this.#ownId)) return;
    const bucket = this.#bucketOf(contact.record.nodeId);
    const known = bucket.nodes.find(isOf(contact.record.nodeId));
    if (known) return moveToEnd(bucket.nodes, known, newer(known, contact));
    if (bucket.nodes.length < BUCKET_SIZE && !this.#isCrowded(bucket, contact)) {
      bucket.waiting = bucket.waiting.filter(isNotOf(contact.record.nodeId));
      bucket.nodes.push({ ...contact, failures: 0 });
    } else {
      bucket.waiting = [...bucket.waiting.filter(isNotOf(contact.record.nodeId)), contact].slice(
        -MAX_WAITING,
      );
    }
  }

  get(nodeId: NodeId): Contact | undefined {
    return this.#bucketOf(nodeId).nodes.find(isOf(nodeId));
  }

  /** It did not answer: it goes when there is another, or for good when that happens again and again. */
  fail(nodeId: NodeId): void {
    const bucket = this.#bucketOf(nodeId);
    const node = bucket.nodes.find(isOf(nodeId));
    if (!node) {
      bucket.waiting = bucket.waiting.filter(isNotOf(nodeId));
      return;
    }
    node.failures += 1;
    const others = bucket.nodes.filter((other) => other !== node);
    const next = bucket.waiting.findLast(
      (waiting) => !this.#isCrowded({ ...bucket, nodes: others }, waiting, node),
    );
    if (!next && node.failures < MAX_FAILURES) return moveToEnd(bucket.nodes, node, node);
    bucket.nodes = others;
    if (!next) return;
    bucket.waiting = bucket.waiting.filter((waiting) => waiting !== next);
    // First in line to be asked whether it is there.
    bucket.nodes.unshift({ ...next, failures: 0 });
  }

  nearest(target: NodeId, limit = BUCKET_SIZE): Contact[] {
    const compare = byDistance(target);
    return this.#all()
      .sort((a, b) => compare(a.record.nodeId, b.record.nodeId))
      .slice(0, limit);
  }

  /** Nodes at these distances from us, up to `limit`. */
  at(distances: readonly number[], limit = BUCKET_SIZE): Contact[] {
    return [...new Set(distances)]
      .flatMap((distance) => this.#buckets[distance]?.nodes ?? [])
      .slice(0, limit);
  }

  /** Of a bucket chosen by `random`, a number from 0 to 1: the node that was silent for longest. */
  pick(random: number): Contact | undefined {
    const filled = this.#buckets.filter(({ nodes }) => nodes.length > 0);
    return filled[Math.floor(random * filled.length)]?.nodes[0];
  }

  #all(): Node[] {
    return this.#buckets.flatMap(({ nodes }) => nodes);
  }

  #bucketOf(nodeId: NodeId): Bucket {
    return this.#buckets[logDistance(this.#ownId, nodeId)] as Bucket;
  }

  /** @param leaving a node that would make room */
  #isCrowded(bucket: Bucket, { endpoint }: Contact, leaving?: Contact): boolean {
    if (!isPublic(endpoint.host)) return false;
    const subnet = subnetOf(endpoint.host);
    const isNear = (other: Contact) => other !== leaving && subnetOf(other.endpoint.host) === subnet;
    return (
      bucket.nodes.filter(isNear).length >= MAX_OF_SUBNET_IN_BUCKET ||
      this.#all().filter(isNear).length >= MAX_OF_SUBNET
    );
  }
}

interface Node extends Contact {
  failures: number;
}

interface Bucket {
  /** The one that was silent for longest comes first. */
  nodes: Node[];
  /** The newest comes last. */
  waiting: Contact[];
}

const MAX_WAITING = 8;
const MAX_FAILURES = 3;
const MAX_OF_SUBNET_IN_BUCKET = 2;
const MAX_OF_SUBNET = 10;

const isOf =
  (nodeId: NodeId) =>
  ({ record }: Contact): boolean =>
    isSameId(record.nodeId, nodeId);

const isNotOf =
  (nodeId: NodeId) =>
  ({ record }: Contact): boolean =>
    !isSameId(record.nodeId, nodeId);

const newer = (known: Node, contact: Contact): Node =>
  contact.record.seq >= known.record.seq ? { ...contact, failures: 0 } : { ...known, failures: 0 };

function moveToEnd(nodes: Node[], node: Node, changed: Node): void {
  nodes.splice(nodes.indexOf(node), 1);
  nodes.push(changed);
}
