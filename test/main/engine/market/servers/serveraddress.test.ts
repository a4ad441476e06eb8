import { describe, expect, test } from 'vitest';
import { blotted, serverAddress } from '../../../../../src/main/engine/market/servers/serveraddress.ts';

const key = '3fa9c0d1e2b34455aa';

describe('the name of a server', () => {
  test.each([
    ['http://127.0.0.1:8545', 'http://127.0.0.1:8545'],
    ['https://rpc.example.org/', 'https://rpc.example.org'],
    ['wss://rpc.example.org', 'wss://rpc.example.org'],
  ])('of %s shows all of it', (url, name) => {
    expect(serverAddress(url).name).toBe(name);
  });

  test.each([
    `https://rpc.example.org/v2/${key}`,
    `https://rpc.example.org/?apikey=${key}`,
    `https://user:${key}@rpc.example.org/`,
    `wss://rpc.example.org/ws/${key}?network=main`,
  ])('of %s hides what may be a key', (url) => {
    const address = serverAddress(url);
    expect(address.name).toMatch(/^(https|wss):\/\/rpc\.example\.org\/…[0-9a-f]{4}$/);
    expect(blotted(`no such key: ${key}`, address)).toBe('no such key: [redacted]');
  });

  test('tells two of one host apart', () => {
    const [one, other] = ['a', 'b'].map((end) => serverAddress(`https://rpc.example.org/${key}${end}`).name);
    expect(one).not.toBe(other);
  });

  test('is refused for what is no address, without showing it whole', () => {
    for (const url of ['localhost:8545', `htps://rpc.example.org/${key}`, '', `rpc.example.org/${key}`]) {
      const open = () => serverAddress(url);
      expect(open).toThrow(/must begin with http/);
      expect(open).not.toThrow(key);
    }
  });
});
