import { describe, expect, it } from 'vitest';
import { ProviderStore } from '../../../../../src/main/engine/network/discovery/providerstore.ts';
import { aContact, aContactAt, aRecord } from '../../../../support/dhtfixtures.ts';
import { ManualTimers } from '../../../../support/manualtimers.ts';

const DAY_MS = 86_400_000;
const content = Buffer.alloc(32, 1);
const aStore = () => {
  const timers = new ManualTimers();
  return { timers, store: new ProviderStore(timers) };
};
/** Of one whose record is not looked at. */
const provider = (number: number, host = `60.${number >> 8}.${number & 0xff}.1`) => {
  const id = Buffer.alloc(32);
  id.writeUInt32BE(number);
  return aContactAt(id, { host });
};
const contentOf = (number: number) => {
  const id = Buffer.alloc(32, 7);
  id.writeUInt32BE(number);
  return id;
};

describe('a provider store', () => {
  it('keeps who told it for a day from the last time', () => {
    const { store, timers } = aStore();
    const from = aContact(1);
    expect(store.add(content, from.record, from)).toBe(true);
    expect(store.get(content)).toEqual([
      expect.objectContaining({ record: from.record, toldBy: from.endpoint }),
    ]);
    expect(store.get(Buffer.alloc(32, 2))).toEqual([]);
    timers.advance(DAY_MS / 2);
    expect(store.add(content, from.record, from)).toBe(true);
    timers.advance(DAY_MS - 1);
    expect(store.get(content)).toHaveLength(1);
    timers.advance(1);
    expect(store.get(content)).toEqual([]);
    expect(store.size).toBe(0);
  });

  it('believes nobody who speaks for another', () => {
    const { store } = aStore();
    expect(store.add(content, aRecord(2), aContact(1))).toBe(false);
    expect(store.size).toBe(0);
  });

  it('takes a new record for an old one, and not the other way', () => {
    const { store } = aStore();
    const from = aContact(1);
    expect(store.add(content, aRecord(1, { seq: 2n }), from)).toBe(true);
    expect(store.add(content, aRecord(1, { seq: 3n }), from)).toBe(true);
    expect(store.add(content, aRecord(1, { seq: 2n }), from)).toBe(false);
    expect(store.get(content).map(({ record }) => record.seq)).toEqual([3n]);
  });

  it('keeps 20 for each content; who was silent for longest goes', () => {
    const { store } = aStore();
    for (let number = 0; number < 20; number++) {
      store.add(content, provider(number).record, provider(number));
    }
    store.add(content, provider(0).record, provider(0));
    store.add(content, provider(20).record, provider(20));
    const hosts = store.get(content).map(({ toldBy }) => toldBy.host);
    expect(hosts).toHaveLength(20);
    expect(hosts).toContain('60.0.0.1');
    expect(hosts).not.toContain('60.0.1.1');
  });

  it('keeps a thousand from one host, the last that it told', () => {
    const { store } = aStore();
    for (let number = 0; number < 1_500; number++) {
      const from = provider(number, '60.0.0.1');
      expect(store.add(contentOf(number), from.record, from)).toBe(true);
    }
    expect(store.size).toBe(1_000);
    expect(store.get(contentOf(499))).toEqual([]);
    expect(store.get(contentOf(500))).toHaveLength(1);
    expect(store.get(contentOf(1_499))).toHaveLength(1);
  });

  it('still knows a provider that comes from a host which is full', () => {
    const { store } = aStore();
    const before = provider(0, '60.0.0.2');
    store.add(content, before.record, before);
    for (let number = 1; number <= 1_000; number++) {
      const from = provider(number, '60.0.0.1');
      store.add(contentOf(number), from.record, from);
    }
    const moved = provider(0, '60.0.0.1');
    expect(store.add(content, moved.record, moved)).toBe(true);
    expect(store.get(content).map(({ toldBy }) => toldBy.host)).toEqual(['60.0.0.1']);
    expect(store.get(contentOf(1))).toEqual([]);
  });

  it('lets no host push the others out of a content', () => {
    const { store } = aStore();
    for (let number = 0; number < 10; number++) {
      store.add(content, provider(number).record, provider(number));
    }
    for (let number = 10; number < 100; number++) {
      const from = provider(number, '61.0.0.1');
      store.add(content, from.record, from);
    }
    const hosts = store.get(content).map(({ toldBy }) => toldBy.host);
    expect(hosts.filter((host) => host === '61.0.0.1')).toHaveLength(4);
    expect(hosts).toHaveLength(14);
  });

  it('keeps ten thousand whatever comes', () => {
    const { store, timers } = aStore();
    for (let number = 0; number < 30_000; number++) {
      const from = provider(number);
      store.add(contentOf(number), from.record, from);
    }
    expect(store.size).toBe(10_000);
    expect(store.get(contentOf(0))).toEqual([]);
    expect(store.get(contentOf(29_999))).toHaveLength(1);
    timers.advance(DAY_MS);
    expect(store.get(contentOf(29_999))).toEqual([]);
    expect(store.size).toBe(0);
  });
});
