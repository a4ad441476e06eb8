import { describe, expect, it } from 'vitest';
import { hashOf, parseAbi, parseNetworkData } from '../../../src/main/networks/networkdata.ts';
import { published, testnet } from '../../support/networkfixtures.ts';

const [firstEntry, ...otherEntries] = testnet.abi;

describe('The data of a network', () => {
  it('are read as they are published, whatever else stands there', () => {
    const text = JSON.stringify({ ...testnet, chainId: 7, motto: 'Store!' });
    expect(parseNetworkData(text, 'a file')).toEqual({ ...testnet, chainId: 7 });
  });

  it.each([
    ['no JSON', 'hello', /not JSON/],
    ['a list', '[]', /expected object/],
    ['no server', published({ rpcs: [] }), /rpcs/],
    ['a server that is no server', published({ rpcs: ['ftp://example.com'] }), /rpcs\[0\]/],
    ['no marketplace', published({ marketplace: undefined }), /marketplace/],
    ['a short address', published({ marketplace: '0x12' }), /marketplace/],
    [
      'a mistyped address',
      published({ marketplace: testnet.marketplace.replace('0x9A', '0x9a') }),
      /letters do not fit/,
    ],
    ['an empty ABI', published({ abi: [] }), /abi/],
    ['an ABI that is text', published({ abi: 'function token()' }), /abi/],
    ['an ABI of something else', published({ abi: [firstEntry] }), /A marketplace has configuration\(\)/],
    [
      'an entry that cannot be read',
      published({ abi: [...otherEntries, { type: 'function', name: '9 x' }] }),
      /abi/,
    ],
    ['a chain below zero', published({ chainId: -1 }), /chainId/],
    ['a record that is none', published({ bootstrapSprs: ['enr:abc'] }), /bootstrapSprs/],
    ['a name with a path in it', published({ network: '../settings' }), /network/],
  ])('are refused when there is %s, naming the place', (_what, text, problem) => {
    expect(() => parseNetworkData(text, 'a file')).toThrow(problem);
    expect(() => parseNetworkData(text, 'a file')).toThrow(/Nothing was changed/);
  });

  it('have a hash that no order and no spacing changes, but every other change does', () => {
    const reversed = Object.fromEntries(Object.entries(testnet).toReversed());
    expect(hashOf(reversed)).toBe(hashOf(testnet));
    expect(hashOf({ ...testnet, version: 'v0.2.1' })).not.toBe(hashOf(testnet));
    expect(hashOf({ ...testnet, abi: testnet.abi.toReversed() })).not.toBe(hashOf(testnet));
  });
});

describe('An ABI of the owner', () => {
  it('is taken bare, and as compilers write it', () => {
    expect(parseAbi(JSON.stringify(testnet.abi), 'abi.json')).toEqual(testnet.abi);
    expect(parseAbi(JSON.stringify({ abi: testnet.abi, bytecode: '0x' }), 'abi.json')).toEqual(testnet.abi);
  });

  it.each(['nonsense', 'null', '{}', '[]', JSON.stringify(otherEntries.slice(0, 3))])(
    'is refused as %s',
    (text) => {
      expect(() => parseAbi(text, 'abi.json')).toThrow(/abi\.json holds no usable ABI/);
    },
  );
});
