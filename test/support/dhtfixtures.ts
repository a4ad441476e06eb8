import type { CID } from 'multiformats/cid';
import { silentLogger } from '../../src/main/engine/logger.ts';
import { manifestCid } from '../../src/main/engine/network/cids.ts';
import {
  createDiscovery,
  type Discovery,
  type DiscoveryOptions,
} from '../../src/main/engine/network/discovery/discovery.ts';
import type { Endpoint } from '../../src/main/engine/network/discovery/endpoint.ts';
import { Identity, peerIdText } from '../../src/main/engine/network/discovery/identity.ts';
import type { Contact } from '../../src/main/engine/network/discovery/sessions.ts';
import {
  recordText,
  signRecord,
  type SignedRecord,
} from '../../src/main/engine/network/discovery/signedrecord.ts';
import { FakeClock } from './fakeclock.ts';
import { ManualTimers } from './manualtimers.ts';
import { MemoryDatagrams } from './memorydatagrams.ts';

/** The same one for the same number. */
export const anIdentity = (number: number): Identity => new Identity(Buffer.alloc(32, `identity ${number}.`));

export const aCid = (name: string | number): CID => manifestCid(Buffer.from(`content ${name}`));

export interface DhtMember {
  readonly number: number;
  readonly identity: Identity;
  readonly peerId: string;
  readonly discovery: Discovery;
  readonly at: Endpoint;
  /** Where it says that one can fetch from it. */
  readonly tcp: string;
}

/** Nodes in a network of datagrams in memory; the first is the one that the others begin with. */
export class DhtWorld {
  readonly timers = new ManualTimers();
  readonly clock = new FakeClock();
  readonly network: MemoryDatagrams;
  readonly members: DhtMember[] = [];

  constructor({ seed = 1 }: { seed?: number } = {}) {
    this.network = new MemoryDatagrams(this.timers, { seed });
  }

  /** Each has an address of its own, in a subnet of its own. */
  async add(options: DiscoveryOptions = {}): Promise<DhtMember> {
    const number = this.members.length;
    const identity = anIdentity(number);
    const host = hostOf(number);
    const tcp = `/ip4/${host}/tcp/8070`;
    const [first] = this.members;
    const discovery = createDiscovery(
      {
        identity,
        clock: this.clock,
        logger: silentLogger,
        timers: this.timers,
        socket: this.network.socket({ host, port: 8090 }),
      },
      {
        bootstrap: first ? [recordText(first.discovery.dht.record)] : [],
        reachableAt: { udp: [`/ip4/${host}/udp/8090`], tcp: [tcp] },
        ...options,
      },
    );
    const at = await discovery.start();
    const member = { number, identity, peerId: peerIdText(identity.peerId), discovery, at, tcp };
    this.members.push(member);
    return member;
  }

  async addMany(count: number): Promise<DhtMember[]> {
    const added: DhtMember[] = [];
    for (let one = 0; one < count; one++) added.push(await this.add());
    await this.pass(3_000);
    return added;
  }

  /** Moves time until the work is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => void (isDone = true);
    work.then(end, end);
    for (let turns = 0; !isDone; turns++) {
      if (turns > 100_000) throw new Error('It does not end');
      await this.#turn(5);
    }
    return await work;
  }

  async pass(ms: number, stepMs = 5): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) await this.#turn(stepMs);
  }

  async stop(): Promise<void> {
    for (const { discovery } of this.members) await discovery.stop();
  }

  async #turn(ms: number): Promise<void> {
    // Once for those who act on what came, once more for those who wait for them.
    await new Promise(setImmediate);
    this.timers.advance(ms);
  }
}

export const hostOf = (number: number): string => `51.${number >> 8}.${number & 0xff}.1`;

/** What is found, in the order of the peer ids. */
export async function findAll(discovery: Discovery, cid: CID, signal = new AbortController().signal) {
  const found = new Map<string, readonly string[]>();
  for await (const { peerId, addresses } of discovery.find(cid, { signal })) found.set(peerId, addresses);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A record of one that is nowhere. */
export function aRecord(number: number, { seq = 1n, host = hostOf(number) } = {}): SignedRecord {
  return signRecord(anIdentity(number), {
    seq,
    addresses: [`/ip4/${host}/udp/8090`, `/ip4/${host}/tcp/8070`],
  });
}

export function aContact(number: number, options: { seq?: bigint; host?: string } = {}): Contact {
  const { host = hostOf(number) } = options;
  return { record: aRecord(number, options), endpoint: { host, port: 8090 } };
}

/**
 * One whose place is as told and whose signature is missing, which is enough where records are compared only: signing
 * thousands takes its time.
 */
export function aContactAt(nodeId: Uint8Array, { seq = 1n, host = '51.0.0.1' } = {}): Contact {
  const bare = { peerId: nodeId, publicKey: nodeId, bytes: nodeId, addresses: [] };
  return { record: { ...bare, nodeId, seq }, endpoint: { host, port: 8090 } };
}
