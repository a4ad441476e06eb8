import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Question } from '../../../../../src/main/engine/network/discovery/dhtmessages.ts';
import { DhtServer } from '../../../../../src/main/engine/network/discovery/dhtserver.ts';
import { ProviderStore } from '../../../../../src/main/engine/network/discovery/providerstore.ts';
import { RecordBook } from '../../../../../src/main/engine/network/discovery/recordbook.ts';
import { RoutingTable } from '../../../../../src/main/engine/network/discovery/routingtable.ts';
import type { Contact } from '../../../../../src/main/engine/network/discovery/sessions.ts';
import type { SignedRecord } from '../../../../../src/main/engine/network/discovery/signedrecord.ts';
import { aContact, aContactAt, anIdentity, aRecord } from '../../../../support/dhtfixtures.ts';
import { ManualTimers } from '../../../../support/manualtimers.ts';

const id = Buffer.alloc(8, 1);
const contentId = Buffer.alloc(32, 2);
const own = aRecord(0);

class CountingBook extends RecordBook {
  reads = 0;

  override read(bytes: Uint8Array): SignedRecord | undefined {
    this.reads++;
    return super.read(bytes);
  }
}

function aServer() {
  const timers = new ManualTimers();
  const table = new RoutingTable(anIdentity(0).nodeId);
  const book = new CountingBook();
  const providers = new ProviderStore(timers);
  const server = new DhtServer({ table, providers, book, ownRecord: () => own, timers });
  /** The records of the answer, and in how many messages they came. */
  const ask = (from: Contact, question: Question) => {
    const messages = server.answer(from, question);
    const records = messages.flatMap((one) => (one.kind === 'pong' ? [] : one.records));
    return { messages, records };
  };
  return { server, table, book, providers, timers, ask };
}

const manyAt = (count: number, host: (number: number) => string) =>
  Array.from({ length: count }, (_, number) => {
    const nodeId = Buffer.from(anIdentity(0).nodeId);
    nodeId[0] = (nodeId[0] as number) ^ (0x80 | number);
    return aContactAt(nodeId, { host: host(number) });
  });

describe('the answers of a node', () => {
  it('to a ping say where it came from', () => {
    const { server } = aServer();
    const from = aContact(1, { host: '9.8.7.6' });
    expect(server.answer(from, { kind: 'ping', id, seq: 0n })).toEqual([
      { kind: 'pong', id, seq: own.seq, ip: Uint8Array.of(9, 8, 7, 6), port: 8090 },
    ]);
  });

  it('give its own record at distance 0, and nothing where it knows nobody', () => {
    const { ask } = aServer();
    expect(ask(aContact(1), { kind: 'findNode', id, distances: [0] }).records).toEqual([own.bytes]);
    const { messages } = ask(aContact(1), { kind: 'findNode', id, distances: [200] });
    expect(messages).toEqual([{ kind: 'nodes', id, total: 1, records: [] }]);
  });

  it('give up to 16 nodes, three in each message', () => {
    const { ask, table } = aServer();
    for (const contact of manyAt(30, (number) => `60.${number}.0.1`)) table.add(contact);
    for (const question of [
      { kind: 'findNode', id, distances: [256, 256, 255] },
      { kind: 'findNodeFast', id, target: contentId },
    ] as const) {
      const { messages, records } = ask(aContact(1), question);
      expect(records).toHaveLength(16);
      expect(messages.map((one) => 'total' in one && [one.total, one.records.length])).toEqual([
        [6, 3],
        [6, 3],
        [6, 3],
        [6, 3],
        [6, 3],
        [6, 1],
      ]);
    }
  });

  it('leave out who asks, and addresses of a network that it is not in', () => {
    const { ask, table } = aServer();
    const [lan, net] = manyAt(2, (number) => (number === 0 ? '192.168.0.1' : '60.0.0.1')) as [
      Contact,
      Contact,
    ];
    table.add(lan);
    table.add(net);
    const hosts = (from: Contact) => ask(from, { kind: 'findNodeFast', id, target: contentId }).records;
    expect(hosts(aContact(1))).toEqual([net.record.bytes]);
    expect(hosts(aContact(1, { host: '192.168.0.9' }))).toHaveLength(2);
    expect(hosts(net)).toEqual([]);
  });

  it('name providers', () => {
    const { ask, server } = aServer();
    const from = aContact(1);
    expect(server.answer(from, { kind: 'addProvider', id, contentId, record: from.record.bytes })).toEqual(
      [],
    );
    expect(ask(aContact(2), { kind: 'getProviders', id, contentId }).records).toEqual([from.record.bytes]);
  });

  it('cost little, whatever records one is told: few signatures are checked', () => {
    const { server, book, providers, timers } = aServer();
    const { record: own } = aContact(1);
    const tell = (number: number, record: Uint8Array) =>
      server.answer(
        { record: own, endpoint: { host: `60.${number}.0.1`, port: 8090 } },
        {
          kind: 'addProvider',
          id,
          contentId,
          record,
        },
      );
    for (let count = 0; count < 1_000; count++) tell(1, randomBytes(200));
    expect(book.reads).toBe(20);
    for (let count = 0; count < 1_000; count++) tell(count % 200, randomBytes(200));
    expect(book.reads).toBe(100);
    expect(providers.size).toBe(0);
    timers.advance(1_000);
    tell(1, own.bytes);
    expect(providers.size).toBe(1);
    // One that is known costs nothing.
    for (let count = 0; count < 500; count++) tell(1, own.bytes);
    expect(book.reads).toBe(601);
  });
});
