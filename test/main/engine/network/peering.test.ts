import { afterEach, describe, expect, it } from 'vitest';
import { Emitter } from '../../../../src/main/engine/lib/emitter.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import type { KeptDiscovery } from '../../../../src/main/engine/network/discovery/discovery.ts';
import { recordText } from '../../../../src/main/engine/network/discovery/signedrecord.ts';
import {
  Peering,
  type DiscoveryMemory,
  type PeeringModules,
  type PeeringOptions,
} from '../../../../src/main/engine/network/peering.ts';
import type { MappedPort } from '../../../../src/main/engine/network/portmapping/router.ts';
import { Libp2pTransport } from '../../../../src/main/engine/network/transports/libp2p.ts';
import { Announcements } from '../../../../src/main/engine/slots/announcements.ts';
import { anIdentity } from '../../../support/dhtfixtures.ts';
import { aHost } from '../../../support/hostfixtures.ts';
import { watchLeaks } from '../../../support/noleaks.ts';
import { ARCHIVIST } from '../../../support/rawlibp2p.ts';
import { aProvenDataset, aSlot } from '../../../support/slotfixtures.ts';

const { signal } = new AbortController();
const here = { host: '127.0.0.1', port: 0, discoveryPort: 0 };
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Setup = Partial<PeeringOptions> & Partial<Pick<PeeringModules, 'memory' | 'portMapper' | 'ownHosts'>>;

/** The composition that a node has, but for the thread. */
async function aPeering(
  number: number,
  { memory, portMapper, ownHosts = () => ['192.168.0.9'], ...options }: Setup = {},
): Promise<Peering> {
  const { listen = here } = options;
  const transport = new Libp2pTransport({
    protocol: ARCHIVIST,
    listen: { host: listen.host, port: listen.port },
    identity: Buffer.alloc(32, `identity ${number}.`),
  });
  const peering = await Peering.open(
    {
      transport,
      identity: anIdentity(number),
      logger: silentLogger,
      ownHosts,
      ...(memory && { memory }),
      ...(portMapper && { portMapper }),
    },
    { listen, bootstrap: [], mapsPorts: false, ...options },
  );
  closers.push(() => peering.stop());
  await peering.start();
  return peering;
}

const after = (peering: Peering): Setup => ({ bootstrap: [recordText(peering.record)] });

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

class Kept implements DiscoveryMemory {
  kept: KeptDiscovery | undefined;

  async load(): Promise<KeptDiscovery | undefined> {
    return this.kept;
  }

  async save(kept: KeptDiscovery): Promise<void> {
    this.kept = kept;
  }
}

describe('peers on this computer that know nobody by hand', () => {
  it('find the client, and then each other, through the DHT alone', { timeout: 60_000 }, async () => {
    const noLeaks = watchLeaks();
    const dataset = await aProvenDataset();
    const hosted = aSlot(dataset);

    const client = await aPeering(1);
    const takeBack = client.exchange.serve(dataset.source);
    const announcing = (peering: Peering, host: ConstructorParameters<typeof Announcements>[0]['host']) => {
      const announcements = new Announcements({ host, finder: peering.finder, logger: silentLogger });
      announcements.start();
      closers.push(() => announcements.stop());
    };
    let offered = [dataset.manifestCid, dataset.treeCid];
    const onContents = new Emitter<void>();
    announcing(client, { onContents, contents: async () => offered });

    const aNode = async (number: number) => {
      const peering = await aPeering(number, after(client));
      await until(() => peering.status.dhtNodes > 0);
      const { host, charge, slotStore } = await aHost({ dataset, hosted, network: peering.exchange });
      peering.exchange.serve(host.source);
      announcing(peering, host);
      closers.push(() => host.stop());
      return { peering, host, slotStore, store: () => host.store(hosted, { charge, signal }) };
    };
    const one = await aNode(2);
    await one.store();
    expect(await one.host.storedBytes(hosted.slotId)).toBe(5n * 65_536n);
    expect(client.status.reachability).toMatchObject({ state: 'reachable' });
    expect(one.peering.status.reachability).toEqual({ state: 'unproven' });

    // From now on the client only helps others to find each other.
    takeBack();
    offered = [];
    onContents.emit();
    const isFound = async (peering: Peering) => {
      for await (const { peerId } of peering.finder.find(dataset.treeCid, { signal }))
        if (peerId === one.peering.status.peerId) return true;
      return false;
    };
    const two = await aNode(3);
    await until(() => isFound(two.peering));
    await two.store();
    expect(await two.host.storedBytes(hosted.slotId)).toBe(5n * 65_536n);
    expect(one.peering.status.reachability).toMatchObject({ state: 'reachable' });

    for (const close of closers.splice(0).reverse()) await close();
    // libp2p leaves timers that end by themselves within a second.
    await until(() =>
      noLeaks().then(
        () => true,
        () => false,
      ),
    );
    await noLeaks();
  });

  it('know the DHT again after a restart, under a record that is newer', { timeout: 60_000 }, async () => {
    const first = await aPeering(1);
    const memory = new Kept();
    const before = await aPeering(2, { ...after(first), memory });
    await until(() => before.status.dhtNodes > 0);
    await before.stop();
    expect(memory.kept?.nodes).toEqual([recordText(first.record)]);
    expect(memory.kept?.nextSeq).toBeGreaterThan(before.record.seq);

    // The computer's time may have been set back meanwhile.
    const nextSeq = before.record.seq + 1_000_000_000n;
    memory.kept = { nodes: ['spr:AAAA', ...(memory.kept?.nodes ?? [])], nextSeq };
    const again = await aPeering(2, { memory });
    expect(again.record.seq).toBeGreaterThanOrEqual(nextSeq);
    expect(memory.kept.nextSeq).toBeGreaterThan(again.record.seq);
    await until(() => again.status.dhtNodes > 0);
    expect(memory.kept.nodes.length).toBeGreaterThan(0);
  });

  it('say which port cannot be used, and leave nothing behind', { timeout: 30_000 }, async () => {
    const { listening } = (await aPeering(1)).status;
    const taken = (port: number, discoveryPort: number) =>
      aPeering(2, { listen: { ...here, port, discoveryPort } });
    await expect(taken(listening.tcp, 0)).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining(`${listening.tcp} (TCP)`),
    });
    await expect(taken(0, listening.udp)).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining('set discovery-port'),
    });
  });
});

describe('where others are told to reach us', () => {
  const anywhere = { host: '0.0.0.0', port: 0, discoveryPort: 0 };
  const mapped = (host: string): MappedPort[] =>
    (['tcp', 'udp'] as const).map((protocol) => ({ protocol, port: 1, external: { host, port: 4_000 } }));

  /** A router that does what a test wants. */
  class Router {
    change: (mapped: readonly MappedPort[]) => void = () => {};
    runs = 0;

    async run(
      _: unknown,
      { signal, onChange }: Parameters<NonNullable<PeeringModules['portMapper']>['run']>[1],
    ) {
      this.runs++;
      this.change = onChange;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }
  }

  it('is what the router says, whenever that changes', { timeout: 30_000 }, async () => {
    const router = new Router();
    const peering = await aPeering(1, { listen: anywhere, mapsPorts: true, portMapper: router });
    const told: string[] = [];
    peering.onChange.subscribe(({ reachability }) => told.push(reachability.state));
    expect(peering.status).toMatchObject({ announced: [], reachability: { state: 'looking' } });
    router.change([]);
    router.change(mapped('203.0.113.7'));
    expect(peering.status.announced).toEqual(['/ip4/203.0.113.7/tcp/4000']);
    expect(peering.record.addresses).toEqual(['/ip4/203.0.113.7/udp/4000']);
    router.change([]);
    expect(told).toEqual(['noAddress', 'unproven', 'noAddress']);
  });

  it('is what the owner says, and the router is not asked then', { timeout: 30_000 }, async () => {
    const router = new Router();
    const options = { listen: anywhere, announceHost: '203.0.113.9', mapsPorts: true, portMapper: router };
    const { status } = await aPeering(1, options);
    expect(status.announced).toEqual([`/ip4/203.0.113.9/tcp/${status.listening.tcp}`]);
    expect(status).toMatchObject({ mapsPorts: false, reachability: { state: 'unproven' } });
    expect(router.runs).toBe(0);
  });

  it('is its own address where that is on the internet', { timeout: 30_000 }, async () => {
    const router = new Router();
    const ownHosts = () => ['127.0.0.1', '203.0.113.5'];
    const { status } = await aPeering(1, { listen: anywhere, ownHosts, mapsPorts: true, portMapper: router });
    expect(status.announced).toEqual([`/ip4/203.0.113.5/tcp/${status.listening.tcp}`]);
    expect(router.runs).toBe(0);
  });

  it('is nowhere without either', { timeout: 30_000 }, async () => {
    const { status } = await aPeering(1, { listen: anywhere });
    expect(status).toMatchObject({ announced: [], reachability: { state: 'noAddress' } });
  });
});
