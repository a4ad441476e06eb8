import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../../../src/main/engine/network/errors.ts';
import { Peer } from '../../../../src/main/engine/network/peer.ts';
import type { PeerAddress } from '../../../../src/main/engine/network/peeraddress.ts';
import { range } from '../../../support/slotfixtures.ts';

const { signal } = new AbortController();
const at = (port: number): PeerAddress => ({ host: '192.0.2.1', port });
type Addresses = ConstructorParameters<typeof Peer>[0]['addresses'];

function aPeer(...addresses: Addresses) {
  const dialled: number[] = [];
  const dial = async (address: PeerAddress) => {
    dialled.push(address.port);
    throw new NetworkError('PEER_UNREACHABLE', {});
  };
  const peer = new Peer({ addresses, dial });
  const dials = async () => {
    await expect(peer.session({ signal })).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    return dialled.splice(0);
  };
  return { peer, dials };
}

describe('a peer of which nobody knows where it is', () => {
  it('is dialled at four of its addresses, however many are told at once', async () => {
    const { dials } = aPeer(at(1), ...range(2, 100).map(at));
    expect(await dials()).toEqual([1, 2, 3, 4]);
  });

  it('is dialled first where it was found last, and no longer where it was long ago', async () => {
    const { peer, dials } = aPeer(at(1), at(2), at(3), at(4));
    peer.addAddresses([at(5), at(6), at(5)]);
    expect(await dials()).toEqual([5, 6, 1, 2]);
    peer.addAddresses([at(2)]);
    expect(await dials()).toEqual([2, 5, 6, 1]);
    expect(peer.address).toEqual(at(2));
  });
});
