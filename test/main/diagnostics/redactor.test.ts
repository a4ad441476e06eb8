import fc from 'fast-check';
import { HDNodeWallet } from 'ethers';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../../src/main/diagnostics/redactor.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { searchForSecrets } from '../../support/searchforsecrets.ts';

const known = { home: '/home/anna', user: 'anna', hosts: ['nas.example', 'Annas-Laptop'], folders: {} };
const redacted = (text: string) => new Redactor(known).text(text);

describe('What is replaced in a text', () => {
  it.each<[name: string, text: string, instead: string]>([
    ['an account', 'from 0x52908400098527886E0F7030069857D2E4169EE7', 'from address-1'],
    [
      'the same one in another case',
      '0x52908400098527886e0f7030069857d2e4169ee7 and 52908400098527886E0F7030069857D2E4169EE7',
      'address-1 and address-1',
    ],
    ['an id or a key', `key ${'5e'.repeat(32)}`, 'key id-1'],
    ['short forms of one id', '9f41…c27e 0x9f41..c27e', 'id-1 id-1'],
    ['a dataset', 'zDvZRwzmAhKq3fJXyzDvZRwzmAhKq3fJXyzDvZRwzmAhKq3fJXy', 'id-1'],
    [
      'a peer',
      '/ip4/203.0.113.9/tcp/8070/p2p/16Uiu2HAmPLe7Mzm8TsYUubgCAW1aJoeFScxrLj8ppHFivPo97bUZ',
      '/ip4/ip-1/tcp/8070/p2p/peer-1',
    ],
    ['a record', 'spr:CiUIAhIhA0Qx', '[record of peer-1]'],
    [
      'an RPC with a key in its path',
      'https://eth.rpc.example/v3/0123456789abcdef0123456789abcdef',
      'https://server-1/[path]',
    ],
    ['an RPC with credentials', 'wss://anna:hunter2@rpc.example:8546', 'wss://server-1'],
    [
      'a password with signs that end a text',
      `at "wss://anna:p,;'])}x@rpc.example".`,
      'at "wss://server-1".',
    ],
    ['a server by IPv6', '(https://[2001:DB8::1]:8545/KEY)', '(https://server-1/[path])'],
    ['a key of this computer by IPv6', 'http://[::1]:8545/KEY', 'http://[::1]:8545/[path]'],
    ['a key in a query', '(http://localhost:8545/?apikey=abc)', '(http://localhost:8545/[path])'],
    ['the name of this computer', 'at ANNAS-LAPTOP now', 'at host-1 now'],
    [
      'a host that a resolver names',
      'getaddrinfo ENOTFOUND rpc.nowhere.museum',
      'getaddrinfo ENOTFOUND host-1',
    ],
    ['a host by its looks', 'no answer from eth-sepolia.provider.io:443', 'no answer from host-1:443'],
    ['a host of a peer', '/dns4/peer.anna.party/tcp/1', '/dns4/host-1/tcp/1'],
    ['IPv4', 'connect 192.168.1.20:8070.', 'connect ip-1:8070.'],
    [
      'IPv6, with a port and at an end',
      '[2001:db8::1]:9 and 2001:DB8::1: refused',
      '[ip-1]:9 and ip-1: refused',
    ],
    ['home', '/home/anna/.config/slotkeeper/data', '~/.config/slotkeeper/data'],
    ['home of another system', 'C:\\Users\\Anna Lena\\x /Users/anna/y', '~ Lena\\x ~/y'],
    ['the account in a path', '/media/anna/disk', '/media/user-1/disk'],
    ['a passphrase by its name', 'SLOTKEEPER_PASSPHRASE=hunter2 next', 'SLOTKEEPER_PASSPHRASE=[secret] next'],
    ['a header', 'Authorization: Bearer abc.def', 'Authorization: [secret]'],
    ['a password hash', 'scrypt$32768$8$1$c2FsdHNhbHRzYWx0$a2V5', '[secret]'],
    ['a token by its looks', '/#k9_Zb-A7dQ3mXv0pLr8TnWs2YhGfJc6uEiOa1BxCyDz', '/#[secret]'],
    ['words of a wallet', 'Words: abandon ability able', 'Words: [words]'],
    ['numbered words', '1. Abandon, 2. ABILITY, 3. able and more', '1. [words] and more'],
  ])('%s', (_name, text, instead) => {
    expect(redacted(text)).toBe(instead);
  });

  it.each([
    '2026-11-22T12:17:04.210Z at 16:40:28',
    'Slot filled requestId=none period=5984499 amount=1000000000000000000000000',
    'http://127.0.0.1:8545 and [::1]:80 and 0.0.0.0',
    'at Application.start (file:///app/out/main/application.js:12:34)',
    'settings.json slotkeeper.1.ndjson node.ts',
    'The chain does not answer. Check the address of its RPC and the connection; it is tried again.',
    '/archivist/blockexc/1.0.0',
    'Sale ended { code: "paid" }',
    '[redacted]',
  ])('nothing in: %s', (text) => {
    const redactor = new Redactor(known);
    expect(redactor.text(text)).toBe(text);
  });

  it('known addresses go as a whole, and each part of them that is secret wherever it stands', () => {
    const url = `https://anna:p"w%20x@rpc.example/v3/KEY,with)signs?key=zyxw'9876`;
    const redactor = new Redactor({ ...known, urls: [url, 'http://plain.example'] });
    expect(redactor.text(`Asked ${url}: refused`)).toBe('Asked https://server-1/[path]: refused');
    expect(redactor.text('GET /v3/KEY,with)signs as anna, p"w x')).toBe(
      'GET /v3/[secret] as [secret], [secret]',
    );
    expect(redactor.text(`zyxw'9876 zyxw%279876`)).toBe('[secret] [secret]');
    expect(redactor.text('https://rpc.example http://plain.example/x')).toBe(
      'https://server-1 http://server-2/[path]',
    );
  });

  it.each(['A', 'a', '7', '/', 'a.', 'a-', 'a_', '1,', '1 ', '::', 'https://a', '/home/', '0x', 'abandon '])(
    'what is long takes time by its length only (%s)',
    (sign) => {
      const text = sign.repeat(Math.ceil(200_000 / sign.length));
      const start = performance.now();
      redacted(`${text}!`);
      expect(performance.now() - start).toBeLessThan(3000);
    },
  );

  it('public addresses stay, as the one of the marketplace', () => {
    const address = `0x${'ab'.repeat(20)}`;
    const redactor = new Redactor({ ...known, isPublic: (id) => id === address });
    expect(redactor.text(`${address} 0x${'cd'.repeat(20)}`)).toBe(`${address} address-1`);
  });

  it('names stay the same, and short forms get the name of the whole once that was learnt', () => {
    const account = `0x1234${'00'.repeat(16)}abcd`;
    const redactor = new Redactor(known);
    const data = { line: 'from 0x1234..abcd', other: `0x${'77'.repeat(20)}`, whole: account };
    redactor.learn(data);
    expect(redactor.value(data)).toEqual({ line: 'from address-1', other: 'address-2', whole: 'address-1' });
    expect(redactor.replaced).toEqual([{ kind: 'address', values: 2, times: 3 }]);
  });
});

describe('What is replaced in data', () => {
  it('is what a member of such a name holds, whatever it is', () => {
    const data = {
      password: 'x',
      nested: { apiKey: 'y', tokenSha256: 'z', token: { symbol: 'TST' } },
      tokens: '5',
    };
    expect(new Redactor(known).value(data)).toEqual({
      password: '[secret]',
      nested: { apiKey: '[secret]', tokenSha256: '[secret]', token: { symbol: 'TST' } },
      tokens: '5',
    });
  });

  it('is a key as a list of bytes, words in a list, and what stands in the name of a member', () => {
    const data = {
      bytes: Array.from({ length: 32 }, (_, index) => index * 7),
      words: ['abandon', 'ability', 'able', 'about'],
      list: ['sales', 'market', 'x'],
      [`0x${'ab'.repeat(20)}`]: 1,
    };
    expect(new Redactor(known).value(data)).toEqual({
      bytes: '[secret]',
      words: ['[words]'],
      list: ['sales', 'market', 'x'],
      'address-1': 1,
    });
  });

  it('is every living secret, in whatever text', () => {
    const secret = new Secret('eleven otters carry umbrellas');
    const redactor = new Redactor(known);
    expect(redactor.value({ text: `said ${secret.reveal()}!` })).toEqual({ text: 'said [redacted]!' });
    expect(redactor.replaced).toEqual([{ kind: 'secret', values: 0, times: 1 }]);
  });

  it('is any key, any wallet and any account, wherever they stand and in whatever form', () => {
    const wallets = fc
      .nat({ max: 20 })
      .map((index) => HDNodeWallet.fromSeed(new Uint8Array(32).fill(index + 1)));
    const around = fc.constantFrom(' ', '"', '(', 'x=', ', ', ': ', '/');
    fc.assert(
      fc.property(wallets, around, around, ({ privateKey, address }, before, after) => {
        const bytes = Buffer.from(privateKey.slice(2), 'hex');
        const forms = [
          privateKey,
          privateKey.slice(2).toUpperCase(),
          BigInt(privateKey).toString(),
          bytes.toString('base64'),
          bytes.toString('base64url'),
          [...bytes].join(', '),
          address,
        ];
        for (const form of forms) {
          const text = redacted(`A line ${before}${form}${after} goes on`);
          expect(searchForSecrets(text, { privateKeys: [privateKey] })).toEqual([]);
          expect(text.toLowerCase()).not.toContain(address.slice(2, 12).toLowerCase());
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is any four words of a wallet in a row, whatever stands between them', () => {
    const words = Array.from({ length: 30 }, () => HDNodeWallet.createRandom().mnemonic?.phrase ?? '');
    for (const phrase of words) {
      for (const between of [' ', ', ', '","', '\n', ' - ']) {
        const text = redacted(`It said ${phrase.split(' ').join(between)}.`);
        expect(searchForSecrets(text, { mnemonics: [phrase] })).toEqual([]);
      }
    }
  });
});
