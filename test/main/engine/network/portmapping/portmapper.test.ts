import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../../src/main/engine/logger.ts';
import {
  createPortMapper,
  reachableBy,
} from '../../../../../src/main/engine/network/portmapping/createportmapper.ts';
import { PortMapper } from '../../../../../src/main/engine/network/portmapping/portmapper.ts';
import type {
  FindRouters,
  LocalPort,
  MappedPort,
} from '../../../../../src/main/engine/network/portmapping/router.ts';
import { PortMappingError } from '../../../../../src/main/engine/network/portmapping/errors.ts';
import { FakeRouter } from '../../../../support/fakerouters.ts';
import { ManualTimers } from '../../../../support/manualtimers.ts';
import { watchLeaks } from '../../../../support/noleaks.ts';

const MINUTE_MS = 60_000;
const ports: readonly LocalPort[] = [
  { protocol: 'udp', port: 8090 },
  { protocol: 'tcp', port: 8070 },
];

function scene(...finders: readonly (readonly FakeRouter[])[]) {
  const timers = new ManualTimers();
  const controller = new AbortController();
  const changes: string[][] = [];
  const finds = finders.map(
    (routers): FindRouters =>
      async () =>
        routers,
  );
  const mapper = new PortMapper({ finders: finds, timers, logger: silentLogger });
  const running = mapper.run(ports, {
    signal: controller.signal,
    onChange: (mapped) => changes.push(mapped.map(({ external }) => `${external.host}:${external.port}`)),
  });
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      await settle();
      timers.advance(MINUTE_MS);
    }
    await settle();
  };
  const stop = async () => {
    controller.abort();
    await running;
    expect(timers.waiting).toBe(0);
  };
  return { timers, changes, pass, stop };
}

const settle = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
};

describe('a port mapper', () => {
  it('opens the ports on the router, keeps them open, and closes them in the end', async () => {
    const router = new FakeRouter();
    const { changes, pass, stop } = scene([router]);
    await pass(0);
    expect(changes).toEqual([['203.0.113.7:8090', '203.0.113.7:8070']]);
    expect(router.state.lifetimeS).toBeGreaterThan(2 * 20 * 60);
    router.state.open.clear();
    await pass(21);
    expect(router.state.open.size).toBe(2);
    expect(changes).toHaveLength(1);
    await stop();
    expect([router.state.open.size, router.closed]).toEqual([0, 1]);
  });

  it('says when the address outside is another one', async () => {
    const router = new FakeRouter();
    const { changes, pass, stop } = scene([router]);
    await pass(1);
    router.state.externalHost = '198.51.100.4';
    await pass(21);
    expect(changes.at(-1)).toEqual(['198.51.100.4:8090', '198.51.100.4:8070']);
    await stop();
  });

  it('asks the next router when one refuses, is silent, or is not on the internet, and closes those', async () => {
    const [refusing, silent, nested, good, unasked] = [1, 2, 3, 4, 5].map(() => new FakeRouter()) as [
      FakeRouter,
      FakeRouter,
      FakeRouter,
      FakeRouter,
      FakeRouter,
    ];
    refusing.state.isRefusing = true;
    silent.state.isSilent = true;
    nested.state.externalHost = '100.64.0.1';
    const { changes, pass, stop } = scene([refusing, silent], [nested, good, unasked]);
    await pass(0);
    expect(changes).toHaveLength(1);
    expect(good.state.open.size).toBe(2);
    const closed = () => [refusing, silent, nested, good, unasked].map((router) => router.closed);
    expect(closed()).toEqual([1, 1, 1, 0, 1]);
    await stop();
    expect(good.closed).toBe(1);
  });

  it('says that nobody lets others in, and asks again later', async () => {
    const router = new FakeRouter();
    router.state.isSilent = true;
    const { changes, pass, stop } = scene([router]);
    await pass(1);
    expect(changes).toEqual([[]]);
    router.state.isSilent = false;
    await pass(11);
    expect(changes.at(-1)).toHaveLength(2);
    router.state.isSilent = true;
    await pass(61);
    expect(changes.at(-1)).toEqual([]);
    await stop();
  });

  it('keeps what is open while a router is silent for a moment, and asks it again soon', async () => {
    const router = new FakeRouter();
    const { changes, pass, stop } = scene([router]);
    await pass(19);
    router.state.isSilent = true;
    await pass(5);
    router.state.isSilent = false;
    router.state.lifetimeS = 0;
    await pass(2);
    expect(router.state.lifetimeS).toBe(3_600);
    expect([changes.length, router.closed, router.state.open.size]).toEqual([1, 0, 2]);
    await pass(120);
    expect(changes).toHaveLength(1);
    await stop();
  });

  it('closes the other ports though one cannot be closed', async () => {
    const router = new FakeRouter();
    const unmap = router.unmap.bind(router);
    router.unmap = async (port, options) => {
      if (port.protocol === 'udp') throw new PortMappingError('ROUTER_REFUSED', {});
      await unmap(port, options);
    };
    const { pass, stop } = scene([router]);
    await pass(0);
    await stop();
    expect([...router.state.open.keys()]).toEqual(['udp 8090']);
  });

  it('opens all ports or none', async () => {
    const router = new FakeRouter();
    const map = router.map.bind(router);
    router.map = async (port, options) => {
      if (port.protocol === 'tcp') router.state.isRefusing = true;
      const mapping: Promise<MappedPort> = map(port, options);
      return mapping.finally(() => (router.state.isRefusing = false));
    };
    const { changes, pass, stop } = scene([router]);
    await pass(0);
    expect(changes).toEqual([[]]);
    expect(router.state.open.size).toBe(0);
    await stop();
  });

  it('closes what it opened when it is stopped in between', async () => {
    const router = new FakeRouter();
    const map = router.map.bind(router);
    let stopNow = async () => {};
    router.map = async (port, options) => {
      if (port.protocol === 'tcp') void stopNow();
      return await map(port, options);
    };
    const { stop } = scene([router]);
    stopNow = stop;
    await settle();
    await stop();
    expect([router.state.open.size, router.closed]).toEqual([0, 1]);
  });

  it('does not wait long for a router that is gone', async () => {
    const router = new FakeRouter();
    const { pass, stop } = scene([router]);
    await pass(1);
    router.state.isSilent = true;
    await stop();
    expect(router.closed).toBe(1);
  });

  it('tells the addresses as the discovery takes them', () => {
    const external = { host: '203.0.113.7', port: 1 };
    const mapped = ports.map((port) => ({ ...port, external }));
    expect(reachableBy(mapped)).toEqual({ udp: ['/ip4/203.0.113.7/udp/1'], tcp: ['/ip4/203.0.113.7/tcp/1'] });
    expect(reachableBy([])).toEqual({ udp: [], tcp: [] });
  });

  it('leaves nothing of the system open when it is stopped at once', async () => {
    const noLeaks = watchLeaks();
    const controller = new AbortController();
    const running = createPortMapper({ logger: silentLogger }).run(ports, {
      signal: controller.signal,
      onChange: () => {},
    });
    controller.abort();
    await running;
    await noLeaks();
  });
});
