import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

/**
 * Hosts that may be the router: on Linux the one that the system sends through, elsewhere the first and the last address of
 * each network that we are in, where routers are put by habit.
 */
export async function likelyGateways(): Promise<string[]> {
  const routes = await readFile('/proc/net/route', 'utf8').catch(() => '');
  const known = defaultGateways(routes);
  return known.length > 0 ? known : networks().flatMap(({ address, netmask }) => ends(address, netmask));
}

/** From the text of Linux' routing table; its addresses are in hexadecimal, the last byte first. */
export function defaultGateways(routes: string): string[] {
  const rows = routes.split('\n').map((line) => line.trim().split(/\s+/));
  const gateways = rows.filter(
    ([, destination, gateway]) => destination === '00000000' && gateway !== '00000000',
  );
  return [
    ...new Set(gateways.map(([, , gateway = '']) => Buffer.from(gateway, 'hex').toReversed().join('.'))),
  ];
}

/** The first and the last host of a network; none of one that is too small to have a router. */
export function ends(address: string, netmask: string): string[] {
  const [own, mask] = [toNumber(address), toNumber(netmask)];
  const first = ((own & mask) >>> 0) + 1;
  const last = ((own | ~mask) >>> 0) - 1;
  return last - first < 2 ? [] : [first, last].filter((host) => host !== own).map(toText);
}

function networks(): { address: string; netmask: string }[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === 'IPv4' && !internal);
}

const toNumber = (address: string): number =>
  address.split('.').reduce((number, byte) => ((number << 8) | Number(byte)) >>> 0, 0);

const toText = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');
