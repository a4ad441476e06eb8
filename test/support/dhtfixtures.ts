import type { CID } from 'multiformats/cid';
import { silentLogger } from '../../src/main/engine/logger.ts';
import { manifestCid } from '../../src/main/engine/network/cids.ts';
import {
  createDiscovery,
  type Discovery,
  type DiscoveryOptions,
} from '../../src/main/engine/network/discovery/discovery.ts';
import type { Endpoint } from '../../src/main/engine/network/endpoint.ts';
import { Identity } from '../../src/main/engine/network/identity.ts';
import { peerIdText } from '../../src/main/engine/network/peerid.ts';
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

interface MemberOptions extends DiscoveryOptions {
  /** What its socket says it is bound to. */
  readonly socketHost?: string;
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
  async add(options: MemberOptions = {}): Promise<DhtMember> {
    const number = this.members.length;
    const member = this.#make(number, this.members[0], options);
    await member.discovery.start();
    this.members.push(member);
    return member;
  }

  /** The same one anew, not started yet; the caller stops it. */
  restart({ number }: DhtMember, first = this.members.find((member) => member.number !== number)): DhtMember {
    return this.#make(number, first);
  }

  #make(
    number: number,
    first: DhtMember | undefined,
    { socketHost, ...options }: MemberOptions = {},
  ): DhtMember {
    const identity = anIdentity(number);
    const at = { host: hostOf(number), port: 8090 };
    const tcp = `/ip4/${at.host}/tcp/8070`;
    const { clock, timers } = this;
    const socket = this.network.socket(at, socketHost);
    const discovery = createDiscovery(
      { identity, clock, logger: silentLogger, timers, socket },
      {
        bootstrap: first ? [recordText(first.discovery.dht.record)] : [],
        reachableAt: { udp: [`/ip4/${at.host}/udp/8090`], tcp: [tcp] },
        ...options,
      },
    );
    return { number, identity, peerId: peerIdText(identity.peerId), discovery, at, tcp };
  }

  async addMany(count: number): Promise<DhtMember[]> {
    const added: DhtMember[] = [];
    for (let one = 0; one < count; one++) {
      added.push(await this.add());
      await this.pass(50);
    }
    await this.pass(25_000);
    return added;
  }

  /** Moves time until the work is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => void (isDone = true);
    work.then(end, end);
    for (let turns = 0; !isDone; turns++) {
      if (turns > 100_000) throw new Error('It does not end');
      await this.#turn(STEP_MS);
    }
    return await work;
  }

  /** In small steps while nodes talk, and in large ones while all are silent. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0;) {
      const step = Math.min(left, this.#isQuiet ? QUIET_STEP_MS : STEP_MS);
      await this.#turn(step);
      left -= step;
    }
  }

  async stop(): Promise<void> {
    for (const { discovery } of this.members) await discovery.stop();
  }

  get #isQuiet(): boolean {
    return (
      this.network.flying === 0 && this.members.every(({ discovery }) => discovery.dht.held.questions === 0)
    );
  }

  async #turn(ms: number): Promise<void> {
    await new Promise(setImmediate);
    this.timers.advance(ms);
  }
}

const STEP_MS = 5;
const QUIET_STEP_MS = 5_000;

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
