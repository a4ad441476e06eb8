import { describe, expect, it } from 'vitest';
import { byDistance, logDistance } from '../../../../../src/main/engine/network/discovery/nodeid.ts';
import { RoutingTable } from '../../../../../src/main/engine/network/discovery/routingtable.ts';
import { aContactAt } from '../../../../support/dhtfixtures.ts';

const own = Buffer.alloc(32);
const table = () => new RoutingTable(own);
/** At the distance 256 from us, unless said otherwise; each in a subnet of its own. */
const at = (number: number, { first = 0x80, host = `60.${number}.0.1`, seq = 1n } = {}) =>
  aContactAt(Buffer.from([first, number, ...Buffer.alloc(30)]), { host, seq });
const many = (count: number, options = {}) =>
  Array.from({ length: count }, (_, number) => at(number, options));
const hosts = (contacts: readonly { endpoint: { host: string } }[]) =>
  contacts.map(({ endpoint }) => endpoint.host);

describe('distances', () => {
  it('are 0 for equal ids, and else the place of the highest bit in which they differ', () => {
    expect(logDistance(own, own)).toBe(0);
    expect(logDistance(own, Buffer.from([...Buffer.alloc(31), 1]))).toBe(1);
    expect(logDistance(own, Buffer.from([...Buffer.alloc(30), 1, 0xff]))).toBe(9);
    expect(logDistance(own, Buffer.alloc(32, 0xff))).toBe(256);
  });

  it('sort ids', () => {
    const target = Buffer.alloc(32, 0x0f);
    const sorted = [Buffer.alloc(32, 0xf0), Buffer.alloc(32, 0x0e), target].sort(byDistance(target));
    expect(sorted.map(([first]) => first)).toEqual([0x0f, 0x0e, 0xf0]);
  });
});

describe('a routing table', () => {
  it('has 16 nodes at a distance; who comes later has to wait', () => {
    const nodes = table();
    for (const contact of many(20)) nodes.add(contact);
    expect(nodes.size).toBe(16);
    expect(hosts(nodes.at([256], 100))).toEqual(hosts(many(16)));
    nodes.add(at(1, { first: 0x40 }));
    expect(nodes.size).toBe(17);
  });

  it('does not contain ourselves', () => {
    const nodes = table();
    nodes.add(aContactAt(own));
    expect(nodes.size).toBe(0);
  });

  it('gives the place of one that does not answer to who came last', () => {
    const nodes = table();
    for (const contact of many(20)) nodes.add(contact);
    nodes.fail(at(3).record.nodeId);
    expect(nodes.size).toBe(16);
    expect(hosts(nodes.at([256]))).not.toContain('60.3.0.1');
    expect(hosts(nodes.at([256]))).toContain('60.19.0.1');
  });

  it('keeps one that does not answer while there is no other, but not for ever', () => {
    const nodes = table();
    nodes.add(at(1));
    nodes.fail(at(1).record.nodeId);
    nodes.fail(at(1).record.nodeId);
    expect(nodes.size).toBe(1);
    nodes.add(at(1));
    nodes.fail(at(1).record.nodeId);
    nodes.fail(at(1).record.nodeId);
    expect(nodes.size).toBe(1);
    nodes.fail(at(1).record.nodeId);
    expect(nodes.size).toBe(0);
    nodes.fail(at(1).record.nodeId);
  });

  it('forgets one that waits and does not answer', () => {
    const nodes = table();
    for (const contact of many(17)) nodes.add(contact);
    nodes.fail(at(16).record.nodeId);
    nodes.fail(at(0).record.nodeId);
    expect(hosts(nodes.at([256]))).not.toContain('60.16.0.1');
  });

  it('follows a node to its new address, and not back', () => {
    const nodes = table();
    nodes.add(at(1));
    nodes.add(at(1, { host: '61.0.0.1', seq: 2n }));
    nodes.add(at(1, { host: '62.0.0.1', seq: 1n }));
    expect(nodes.get(at(1).record.nodeId)).toMatchObject({
      endpoint: { host: '61.0.0.1' },
      record: { seq: 2n },
    });
    expect(nodes.size).toBe(1);
  });

  it('picks the one that was silent for longest', () => {
    const nodes = table();
    expect(nodes.pick(0)).toBeUndefined();
    for (const contact of many(3)) nodes.add(contact);
    nodes.add(at(0));
    expect(nodes.pick(0.99)?.endpoint.host).toBe('60.1.0.1');
  });

  it('gives the nearest first', () => {
    const nodes = table();
    for (const first of [0x80, 0x40, 0x20, 0x10]) nodes.add(at(first, { first }));
    const target = Buffer.alloc(32, 0x41);
    expect(hosts(nodes.nearest(target, 2))).toEqual(['60.64.0.1', '60.16.0.1']);
  });

  it('takes two nodes of a subnet at one distance, and ten at all', () => {
    const nodes = table();
    for (let number = 0; number < 100; number++) nodes.add(at(number, { host: `60.0.0.${number}` }));
    expect(nodes.size).toBe(2);
    for (let number = 0; number < 100; number++) {
      nodes.add(at(number, { first: 1 << (number % 8), host: `60.0.0.${number}` }));
    }
    expect(nodes.size).toBe(10);
  });

  it('does not count the nodes of a private network', () => {
    const nodes = table();
    for (let number = 0; number < 16; number++) nodes.add(at(number, { host: `192.168.0.${number}` }));
    expect(nodes.size).toBe(16);
  });

  it('lets no crowded subnet in when a place gets free', () => {
    const nodes = table();
    for (const contact of many(14)) nodes.add(contact);
    for (let number = 100; number < 104; number++) nodes.add(at(number, { host: `70.0.0.${number}` }));
    expect(nodes.size).toBe(16);
    nodes.fail(at(1).record.nodeId);
    expect(hosts(nodes.at([256])).filter((host) => host.startsWith('70.'))).toHaveLength(2);
    nodes.fail(at(100).record.nodeId);
    expect(hosts(nodes.at([256])).filter((host) => host.startsWith('70.'))).toEqual([
      '70.0.0.103',
      '70.0.0.101',
    ]);
  });

  it('stays within its bounds whatever comes', () => {
    const nodes = table();
    for (let number = 0; number < 20_000; number++) {
      const id = Buffer.alloc(32, number & 0xff);
      id.writeUInt32BE(Math.imul(number, 2_654_435_761) >>> 0);
      nodes.add(
        aContactAt(id, { host: `${60 + (number >> 16)}.${(number >> 8) & 0xff}.${number & 0xff}.1` }),
      );
    }
    expect(nodes.size).toBeLessThanOrEqual(256 * 16);
    expect(nodes.size).toBeGreaterThan(100);
  });
});
