import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distancesToAsk, lookUp } from '../../../../../src/main/engine/network/discovery/lookup.ts';
import { byDistance, idKey, nodeIdOf } from '../../../../../src/main/engine/network/discovery/nodeid.ts';
import type { Contact } from '../../../../../src/main/engine/network/discovery/sessions.ts';
import { aContactAt } from '../../../../support/dhtfixtures.ts';

const { signal } = new AbortController();
const target = nodeIdOf(Buffer.from('target'));
const contacts = (count: number, from = 0): Contact[] =>
  Array.from({ length: count }, (_, number) => aContactAt(nodeIdOf(Buffer.from(`node ${from + number}`))));
const nearest = (all: readonly Contact[]) =>
  all
    .toSorted((a, b) => byDistance(target)(a.record.nodeId, b.record.nodeId))
    .slice(0, 16)
    .map(({ record }) => idKey(record.nodeId));
const keys = (all: readonly Contact[]) => all.map(({ record }) => idKey(record.nodeId));

describe('a lookup', () => {
  it('finds the nearest 16 of a network in which each knows a few', async () => {
    const all = contacts(500);
    const asked: string[] = [];
    const ask = async (contact: Contact) => {
      asked.push(idKey(contact.record.nodeId));
      const known = all.filter((_, number) => (number * 7 + asked.length) % 5 === 0);
      return known.toSorted((a, b) => byDistance(target)(a.record.nodeId, b.record.nodeId)).slice(0, 16);
    };
    expect(keys(await lookUp(target, { start: all.slice(0, 1), ask, signal }))).toEqual(nearest(all));
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThan(40);
  });

  it('asks three at a time', async () => {
    let running = 0;
    let most = 0;
    const ask = async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return [];
    };
    await lookUp(target, { start: contacts(10), ask, signal });
    expect(most).toBe(3);
  });

  it('leaves out who does not answer', async () => {
    const all = contacts(20);
    const silent = new Set(nearest(all).slice(0, 5));
    const ask = async ({ record }: Contact) => (silent.has(idKey(record.nodeId)) ? undefined : []);
    const found = await lookUp(target, { start: all, ask, signal });
    expect(keys(found)).toEqual(
      nearest(all.filter(({ record }) => !silent.has(idKey(record.nodeId)))).slice(0, 15),
    );
  });

  it('is nothing without anybody to ask', async () => {
    expect(await lookUp(target, { start: [], ask: async () => [], signal })).toEqual([]);
  });

  it('ends although every answer names new nodes that are nearer', async () => {
    let asked = 0;
    const ask = async () => {
      asked++;
      // Nearer by a bit each time.
      return Array.from({ length: 16 }, (_, number) => {
        const id = Buffer.from(target);
        id.writeUInt32BE((id.readUInt32BE() ^ (0xffff - asked * 16 - number)) >>> 0);
        return aContactAt(id);
      });
    };
    expect((await lookUp(target, { start: contacts(1), ask, signal })).length).toBeGreaterThan(0);
    expect(asked).toBe(64);
  });

  it('ends with an abort error, also in the middle of a question', async () => {
    const controller = new AbortController();
    const ask = () => {
      controller.abort();
      return new Promise<never>(() => {});
    };
    const search = lookUp(target, { start: contacts(1), ask, signal: controller.signal });
    await expect(search).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('asks for the three likeliest distances', () => {
    expect(distancesToAsk(256)).toEqual([256, 255, 254]);
    expect(distancesToAsk(200)).toEqual([200, 201, 199]);
    expect(distancesToAsk(1)).toEqual([1, 2, 3]);
    expect(distancesToAsk(0)).toEqual([1, 2, 3]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 256 }), (distance) => {
        const distances = distancesToAsk(distance);
        expect(new Set(distances).size).toBe(3);
        expect(distances.every((one) => one >= 1 && one <= 256)).toBe(true);
      }),
    );
  });
});
