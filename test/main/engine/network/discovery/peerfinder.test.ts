import { describe, expect, it } from 'vitest';
import { CombinedFinder } from '../../../../../src/main/engine/network/discovery/combinedfinder.ts';
import { ManualFinder } from '../../../../../src/main/engine/network/discovery/manualfinder.ts';
import type { FoundPeer, PeerFinder } from '../../../../../src/main/engine/network/peerfinder.ts';
import { silentLogger } from '../../../../../src/main/engine/logger.ts';
import { aCid } from '../../../../support/dhtfixtures.ts';
import { recordingLogger } from '../../../../support/recordinglogger.ts';

const cid = aCid(1);
const { signal } = new AbortController();
const a = { peerId: 'a', addresses: ['/ip4/1.1.1.1/tcp/1'] };
const b = { peerId: 'b', addresses: ['/ip4/2.2.2.2/tcp/2'] };
const all = async (finder: PeerFinder, options = { signal }) => {
  const found: FoundPeer[] = [];
  for await (const peer of finder.find(cid, options)) found.push(peer);
  return found;
};
const failing = (error: Error): PeerFinder => ({
  // oxlint-disable-next-line require-yield
  find: async function* () {
    throw error;
  },
  provide: async () => {},
});
/** Finds nobody until it is called off. */
const endless: PeerFinder = {
  // oxlint-disable-next-line require-yield
  find: async function* (_, { signal }) {
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')), { once: true });
    });
  },
  provide: async () => {},
};

describe('peers told by hand', () => {
  it('are found for everything', async () => {
    const finder = new ManualFinder([a]);
    finder.add(b);
    expect(await all(finder)).toEqual([a, b]);
    finder.remove('a');
    finder.add({ ...b, addresses: [] });
    expect(await all(finder)).toEqual([{ ...b, addresses: [] }]);
    await finder.provide(cid, { signal });
  });

  it('are not found by one who gave up', async () => {
    const aborted = { signal: AbortSignal.abort() };
    await expect(all(new ManualFinder([a]), aborted)).rejects.toMatchObject({ name: 'AbortError' });
    await expect(new ManualFinder().provide(cid, aborted)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('several ways to find peers', () => {
  it('find what each of them finds, and a peer again only with more addresses', async () => {
    const more = { peerId: 'a', addresses: ['/ip4/3.3.3.3/tcp/3', ...a.addresses] };
    const finders = [[a, b], [a], [more]].map((peers) => new ManualFinder(peers));
    const found = await all(new CombinedFinder({ logger: silentLogger }, finders));
    expect(found).toEqual([a, { peerId: 'a', addresses: [...a.addresses, '/ip4/3.3.3.3/tcp/3'] }, b]);
  });

  it('find although one of them fails, which is said', async () => {
    const { logger, lines } = recordingLogger();
    const finder = new CombinedFinder({ logger }, [failing(new Error('broken')), new ManualFinder([a])]);
    expect(await all(finder)).toEqual([a]);
    expect(lines).toMatchObject([{ level: 'warn' }]);
  });

  it('are all called off together', async () => {
    const finder = new CombinedFinder({ logger: silentLogger }, [endless, new ManualFinder([a])]);
    const controller = new AbortController();
    const found: FoundPeer[] = [];
    const search = (async () => {
      for await (const peer of finder.find(cid, { signal: controller.signal })) {
        found.push(peer);
        controller.abort();
      }
    })();
    await expect(search).rejects.toMatchObject({ name: 'AbortError' });
    expect(found).toEqual([a]);
    for await (const peer of finder.find(cid, { signal })) {
      expect(peer).toEqual(a);
      break;
    }
  });
});
