import { BlockList, isIP } from 'node:net';

/** Where datagrams go to: an IP address and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export const endpointText = ({ host, port }: Endpoint): string => `${host}:${port}`;

/**
 * Whether an address that `source` told us of may be used. What is on the internet must not make us send into our own
 * network, nor what is in our network to ourselves.
 */
export function isUsable(endpoint: Endpoint, source: Endpoint): boolean {
  const scope = scopeOf(endpoint.host);
  return endpoint.port > 0 && scope !== 'nowhere' && reach[scope] >= reach[scopeOf(source.host)];
}

/** The first three bytes: who has one address there may easily have more of them. */
export const subnetOf = (host: string): string => host.split('.').slice(0, 3).join('.');

export const isPublic = (host: string): boolean => scopeOf(host) === 'public';

type Scope = 'loopback' | 'private' | 'public' | 'nowhere';

const reach = { loopback: 0, private: 1, public: 2, nowhere: 3 } as const satisfies Record<Scope, number>;

function scopeOf(host: string): Scope {
  const version = isIP(host);
  if (version === 0) return 'nowhere';
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const scope = scopes.find(([, list]) => list.check(host, family));
  return scope ? scope[0] : 'public';
}

const scopes: readonly (readonly [Scope, BlockList])[] = [
  // An IPv4 address in the form of an IPv6 one (::ffff:…) is found by the IPv4 rule.
  ['nowhere', blockList('0.0.0.0/8', '224.0.0.0/3', '::/128', 'ff00::/8')],
  ['loopback', blockList('127.0.0.0/8', '::1/128')],
  [
    'private',
    blockList(
      '10.0.0.0/8',
      '100.64.0.0/10',
      '169.254.0.0/16',
      '172.16.0.0/12',
      '192.168.0.0/16',
      'fc00::/7',
      'fe80::/10',
    ),
  ],
];

function blockList(...subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net = '', prefix] = subnet.split('/');
    list.addSubnet(net, Number(prefix), net.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
