import { describe, expect, it } from 'vitest';
import {
  defaultGateways,
  ends,
  likelyGateways,
} from '../../../../../src/main/engine/network/portmapping/gateways.ts';
import { ownHostTowards } from '../../../../../src/main/engine/network/portmapping/createportmapper.ts';
import { natPmpRouters } from '../../../../../src/main/engine/network/portmapping/natpmp.ts';
import { upnpRouters } from '../../../../../src/main/engine/network/portmapping/upnp.ts';
import { findService, textIn } from '../../../../../src/main/engine/network/portmapping/upnpxml.ts';
import {
  fakeNatPmp,
  FakeRouter,
  fakeUpnp,
  RouterState,
  upnpDescription,
  type FakeUpnp,
} from '../../../../support/fakerouters.ts';
import { ManualTimers } from '../../../../support/manualtimers.ts';
import { MemoryDatagrams } from '../../../../support/memorydatagrams.ts';
import { routerSuite } from '../../../../support/routersuite.ts';

const { signal } = new AbortController();
const ROUTER = '192.168.0.1';

function aNetwork() {
  const timers = new ManualTimers();
  const network = new MemoryDatagrams(timers);
  const until = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const end = () => void (isDone = true);
    work.then(end, end);
    while (!isDone) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      timers.advance(50);
    }
    return await work;
  };
  const socket = () => network.socket({ host: '127.0.0.1', port: 0 });
  const natPmp = (gateways: string[]) => natPmpRouters({ socket, gateways: () => gateways, timers });
  const upnp = upnpRouters({
    socket,
    timers,
    ownHost: async () => '192.168.0.9',
    search: { host: '127.0.0.1', port: 1900 },
  });
  return { timers, network, until, natPmp, upnp };
}

routerSuite('A router without a network', () => ({
  find: async (state) => new FakeRouter(state),
  until: (work) => work,
  stop: async () => {},
}));

routerSuite('A router that speaks NAT-PMP', () => {
  const { network, until, natPmp } = aNetwork();
  return {
    until,
    find: async (state) => {
      await fakeNatPmp(network, state, ROUTER);
      const [router, ...others] = await until(natPmp([ROUTER, '192.168.0.254'])({ signal }));
      expect(others).toEqual([]);
      return router;
    },
    stop: async () => {},
  };
});

for (const version of [1, 2]) {
  routerSuite(`A router that speaks UPnP, version ${version}`, () => {
    const { network, until, upnp } = aNetwork();
    let fake: FakeUpnp | undefined;
    return {
      until,
      find: async (state) => {
        fake = await fakeUpnp(network, state, version);
        return (await until(upnp({ signal })))[0];
      },
      stop: async () => fake?.stop(),
    };
  });
}

describe('a search for routers', () => {
  it('that speak NAT-PMP finds none where nobody answers, and leaves nothing', async () => {
    const { until, natPmp, timers } = aNetwork();
    expect(await until(natPmp([ROUTER])({ signal }))).toEqual([]);
    expect(timers.waiting).toBe(0);
  });

  it('finds none where there is no socket to ask with', async () => {
    const { network, timers, until } = aNetwork();
    const at = { host: '127.0.0.1', port: 5_000 };
    await network.socket(at).open(() => {});
    const find = natPmpRouters({ socket: () => network.socket(at), gateways: () => [ROUTER], timers });
    expect(await until(find({ signal }))).toEqual([]);
  });

  it('survives what others send: short, false and unasked answers', async () => {
    const { network, until, natPmp } = aNetwork();
    const socket = network.socket({ host: ROUTER, port: 5351 });
    await socket.open((_bytes, from) => {
      for (const answer of ['', '00', '0080', '008100000000', '01800000000000000000', '0080000000000000']) {
        network.inject(Buffer.from(answer, 'hex'), { host: '192.168.0.66', port: 5351 }, from);
        socket.send(Buffer.from(answer, 'hex'), from);
      }
    });
    const [router] = await until(natPmp([ROUTER])({ signal }));
    const mapping = router?.map({ protocol: 'udp', port: 1 }, { lifetimeS: 1, signal }) as Promise<unknown>;
    await expect(until(mapping)).rejects.toMatchObject({ code: 'ROUTER_REFUSED' });
  });

  it('is called off', async () => {
    const { natPmp, upnp, until } = aNetwork();
    for (const find of [natPmp([ROUTER]), upnp]) {
      const controller = new AbortController();
      const search = find({ signal: controller.signal });
      controller.abort();
      await expect(until(search)).rejects.toMatchObject({ name: 'AbortError' });
    }
  });

  it.each([
    ['is elsewhere', upnpDescription(1, 'http://198.51.100.1/control')],
    ['has another protocol', upnpDescription(1, 'file:///etc/passwd')],
    ['is missing', upnpDescription(1, '')],
    ['is in no XML', 'nonsense'],
    ['is too far down', `${'<service>'.repeat(10_000)}${upnpDescription()}`],
  ])('by UPnP finds none whose control %s', async (_, description) => {
    const { network, until, upnp } = aNetwork();
    const fake = await fakeUpnp(network, new RouterState());
    fake.description = description;
    expect(await until(upnp({ signal }))).toEqual([]);
    await fake.stop();
  });

  it.each([
    'HTTP/1.1 200 OK\r\nLOCATION: http://198.51.100.1/root.xml\r\n\r\n',
    'HTTP/1.1 200 OK\r\nLOCATION: https://127.0.0.1/root.xml\r\n\r\n',
    'HTTP/1.1 200 OK\r\nLOCATION: nonsense\r\n\r\n',
    'HTTP/1.1 404 No\r\nLOCATION: http://127.0.0.1/root.xml\r\n\r\n',
    '',
  ])('by UPnP follows no answer such as %j', async (answer) => {
    const { network, until, upnp } = aNetwork();
    const socket = network.socket({ host: '127.0.0.1', port: 1900 });
    await socket.open((_bytes, from) => socket.send(Buffer.from(answer), from));
    expect(await until(upnp({ signal }))).toEqual([]);
  });

  it('takes a router that opens ports for ever only', async () => {
    const { network, until, upnp } = aNetwork();
    const state = new RouterState();
    state.taken.add(0);
    const fake = await fakeUpnp(network, state);
    const [router] = await until(upnp({ signal }));
    await until(router?.map({ protocol: 'tcp', port: 5 }, { lifetimeS: 9, signal }) as Promise<unknown>);
    expect([...state.open, state.lifetimeS]).toEqual([['tcp 5', 5], 0]);
    await fake.stop();
  });
});

describe('the parts of a description', () => {
  it('are found whatever their prefix', () => {
    expect(textIn('<a:b xmlns:a="x"> 5 </a:b>', 'b')).toBe('5');
    expect(textIn('<bb>5</bb>', 'b')).toBeUndefined();
    const url = new URL('http://192.168.0.1:5000/root.xml');
    const service = findService(upnpDescription(2, 'ctl/IPConn'), url);
    expect(service?.control.href).toBe('http://192.168.0.1:5000/ctl/IPConn');
  });
});

describe('likely routers', () => {
  it('are those that Linux sends through', () => {
    const routes = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask',
      'eth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000',
      'eth0\t0002A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF',
    ].join('\n');
    expect(defaultGateways(routes)).toEqual(['192.168.2.1']);
    expect(defaultGateways('')).toEqual([]);
  });

  it('are elsewhere at the ends of a network', async () => {
    expect(ends('192.168.2.77', '255.255.255.0')).toEqual(['192.168.2.1', '192.168.2.254']);
    expect(ends('10.1.2.1', '255.255.255.0')).toEqual(['10.1.2.254']);
    expect(ends('10.0.0.1', '255.255.255.255')).toEqual([]);
    expect(Array.isArray(await likelyGateways())).toBe(true);
  });

  it('are reached from an address of ours', async () => {
    expect(await ownHostTowards('127.0.0.1')).toBe('127.0.0.1');
  });
});
