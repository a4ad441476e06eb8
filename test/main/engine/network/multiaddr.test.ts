import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUsable } from '../../../../src/main/engine/network/endpoint.ts';
import { endpointIn, multiaddrBytes, multiaddrText } from '../../../../src/main/engine/network/multiaddr.ts';

const at = (host: string, port = 1) => ({ host, port });

describe('multiaddrs', () => {
  it.each([
    ['/ip4/49.13.39.108/udp/30010', '0431 0d27 6c91 0275 3a'],
    ['/ip4/127.0.0.1/tcp/8070', '047f 0000 0106 1f86'],
    ['/ip6/::1/tcp/0', '2900 0000 0000 0000 0000 0000 0000 0000 0106 0000'],
    ['/ip6/2001:db8::ff00:42:8329/udp/1', '2920 010d b800 0000 0000 00ff 0000 4283 2991 0200 01'],
    ['/dns4/example.org/tcp/443/ws', '360b 6578 616d 706c 652e 6f72 6706 01bb dd03'],
    ['/ip4/1.2.3.4/udp/9/quic-v1', '0401 0203 0491 0200 09cd 03'],
  ])('%s survives the wire', (text, hex) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(Buffer.from(multiaddrBytes(text)).toString('hex')).toBe(bytes.toString('hex'));
    expect(multiaddrText(bytes)).toBe(text);
  });

  it('with a peer id survive the wire', () => {
    const text = '/ip4/1.2.3.4/tcp/9/p2p/16Uiu2HAmMh9uUGLQiCPLPvH4xLQ7JGTRgXyvPVdVDqXcEcL9TXGc';
    expect(multiaddrText(multiaddrBytes(text))).toBe(text);
    expect(endpointIn(text, 'tcp')).toEqual({ host: '1.2.3.4', port: 9 });
  });

  it.each([
    '',
    '/',
    'ip4/1.2.3.4',
    '/ip4',
    '/ip4/1.2.3',
    '/ip4/1.2.3.256/tcp/1',
    '/ip6/fe80::1%eth0/tcp/1',
    '/ip4/1.2.3.4/tcp/65536',
    '/ip4/1.2.3.4/tcp/-1',
    '/ip4/1.2.3.4/tcp/',
    '/dns4/a b/tcp/1',
    '/ip4/1.2.3.4/tcp/1/p2p/0OIl',
    '/unix/socket',
    '/ip4/1.2.3.4/tcp/1/',
  ])('are refused when they are none: %j', (text) => {
    expect(() => multiaddrBytes(text)).toThrow('ADDRESS_MALFORMED');
  });

  it.each([
    '',
    '04',
    '0401020304 06',
    '04010203',
    'ff',
    '360161ff',
    '3602612f',
    '36ffffffffffffffffff01',
    '9003',
  ])('are nothing when the bytes are none: %s', (hex) => {
    expect(multiaddrText(Buffer.from(hex.replace(' ', ''), 'hex'))).toBeUndefined();
  });

  it('say where to send only when they are plain', () => {
    expect(endpointIn('/ip4/1.2.3.4/udp/8090', 'udp')).toEqual({ host: '1.2.3.4', port: 8090 });
    expect(endpointIn('/ip6/::1/udp/1', 'udp')).toEqual({ host: '::1', port: 1 });
    for (const other of [
      '/ip4/1.2.3.4/tcp/8090',
      '/ip6/1.2.3.4/udp/1',
      '/ip4/1.2.3.4/udp/65536',
      '/dns4/a.b/udp/1',
      '/ip4/1.2.3.4/udp/9/quic-v1',
    ]) {
      expect(endpointIn(other, 'udp')).toBeUndefined();
    }
  });

  it('made of any bytes are read as one text or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = multiaddrText(bytes);
        if (text !== undefined) expect(multiaddrText(multiaddrBytes(text))).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an address that others tell us', () => {
  it.each([
    ['8.8.8.8', '9.9.9.9', true],
    ['192.168.1.5', '9.9.9.9', false],
    ['127.0.0.1', '9.9.9.9', false],
    ['8.8.8.8', '192.168.1.5', true],
    ['10.0.0.1', '192.168.1.5', true],
    ['127.0.0.1', '192.168.1.5', false],
    ['127.0.0.1', '127.0.0.1', true],
    ['10.0.0.1', '127.0.0.1', true],
    ['0.0.0.0', '127.0.0.1', false],
    ['224.0.0.1', '127.0.0.1', false],
    ['255.255.255.255', '127.0.0.1', false],
    ['::1', '9.9.9.9', false],
    ['fe80::1', '9.9.9.9', false],
    ['::ffff:10.0.0.1', '9.9.9.9', false],
    ['::ffff:7f00:1', '9.9.9.9', false],
    ['2001:4860:4860::8888', '9.9.9.9', true],
    ['::', '127.0.0.1', false],
    ['example.org', '127.0.0.1', false],
  ])('such as %s is used, when %s tells it: %s', (host, source, expected) => {
    expect(isUsable(at(host), at(source))).toBe(expected);
  });

  it('has a port', () => {
    expect(isUsable(at('8.8.8.8', 0), at('9.9.9.9'))).toBe(false);
  });
});
