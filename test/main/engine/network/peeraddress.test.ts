import { describe, expect, it } from 'vitest';
import { parsePeerAddress, peerAddressText } from '../../../../src/main/engine/network/peeraddress.ts';

const peerId = '16Uiu2HAmHQs4mJF5XKJW4pL6SwhQwuMEZq5zBcnbzjzG4FgRtj7n';

describe('parsePeerAddress', () => {
  it.each([
    ['/ip4/1.2.3.4/tcp/8070', { host: '1.2.3.4', port: 8070 }],
    [`/ip4/1.2.3.4/tcp/8070/p2p/${peerId}`, { host: '1.2.3.4', port: 8070, peerId }],
    ['/ip6/2001:db8::1/tcp/1', { host: '2001:db8::1', port: 1 }],
    ['/dns4/home.example.org/tcp/65535', { host: 'home.example.org', port: 65_535 }],
    ['  /dns/localhost/tcp/80\n', { host: 'localhost', port: 80 }],
  ])('reads %s', (text, address) => {
    expect(parsePeerAddress(text)).toEqual(address);
    expect(parsePeerAddress(peerAddressText(address))).toEqual(address);
  });

  it.each([
    ['', '“” is not supported'],
    ['1.2.3.4:8070', 'begins with a slash'],
    ['/onion3/abc/tcp/1', '“onion3” is not supported'],
    ['/constructor/abc/tcp/1', '“constructor” is not supported'],
    ['/ip4/1.2.3/tcp/8070', '“1.2.3” does not fit /ip4'],
    ['/ip6/1.2.3.4/tcp/8070', 'does not fit /ip6'],
    ['/dns4/a b/tcp/8070', 'does not fit /dns4'],
    ['/ip4/1.2.3.4/udp/8070', 'runs over tcp, not “udp”'],
    ['/ip4/1.2.3.4', 'runs over tcp'],
    ['/ip4/1.2.3.4/tcp/0', '“0” is not a port'],
    ['/ip4/1.2.3.4/tcp/65536', 'is not a port'],
    ['/ip4/1.2.3.4/tcp/1e3', 'is not a port'],
    ['/ip4/1.2.3.4/tcp/1/ws', 'not /ws'],
    ['/ip4/1.2.3.4/tcp/1/p2p', 'is not an identity'],
    ['/ip4/1.2.3.4/tcp/1/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA', 'secp256k1'],
    [`/ip4/1.2.3.4/tcp/1/p2p/${peerId}/p2p-circuit`, 'Nothing may follow'],
  ])('says what is wrong with %j', (text, reason) => {
    expect(() => parsePeerAddress(text)).toThrow(
      expect.objectContaining({ code: 'PEER_ADDRESS_INVALID', message: expect.stringContaining(reason) }),
    );
  });
});
