import { describe, expect, it } from 'vitest';
import { checkNetwork, familyAt, firstBlockFrom } from '../../../src/main/networks/probe.ts';
import { FakeServers } from '../../support/fakeservers.ts';
import { OTHER_ADDRESS } from '../../support/networkfixtures.ts';

const options = { signal: new AbortController().signal };
const nowMs = () => 1_700_001_000_000;
const contract = { at: OTHER_ADDRESS, kind: 'vault' } as const;
const good = { chainId: 5, bornAt: 1_700_000_000, blocks: 991, contract };
const servers = new FakeServers({
  'http://good.example': good,
  'http://empty.example': { ...good, contract: undefined } as never,
  'http://wrong.example': { ...good, chainId: 6 },
  'http://other.example': { ...good, contract: { at: OTHER_ADDRESS, kind: 'other' } },
});
const modules = { ask: servers.ask, nowMs };
const network = { id: 'custom', chainId: 5, marketplace: OTHER_ADDRESS };
const check = (changes: object) =>
  checkNetwork({ ...network, servers: ['http://good.example'], ...changes }, modules, options);

describe('A check of a network', () => {
  it('says what each server serves, and that a node can start', async () => {
    expect(await check({ family: 'vault' })).toEqual({
      id: 'custom',
      family: 'vault',
      servers: [
        { url: 'http://good.example', chainId: 5, block: 990, blockAgeSeconds: 10, answeredAfterMs: 0 },
      ],
      problems: [],
    });
  });

  it('goes on past servers that do not answer or are of another chain', async () => {
    const result = await check({
      servers: ['http://none.example', 'http://wrong.example', 'http://good.example'],
    });
    expect(result.servers).toMatchObject([
      { problem: { code: 'CHAIN_UNREACHABLE' } },
      { chainId: 6, problem: { code: 'WRONG_CHAIN' } },
      { chainId: 5 },
    ]);
    expect(result.problems).toEqual([]);
  });

  it.each([
    [{ servers: ['http://none.example'] }, 'CHAIN_UNREACHABLE'],
    [{ servers: ['http://wrong.example'] }, 'WRONG_CHAIN'],
    [{ servers: [] }, 'CHAIN_UNREACHABLE'],
    [{ servers: ['http://empty.example'] }, 'NO_CONTRACT'],
    [{ servers: ['http://other.example'] }, 'NOT_A_MARKETPLACE'],
    [{ family: 'direct' }, 'WRONG_FAMILY'],
  ])('says why a node cannot start with %j', async (changes, code) => {
    expect((await check(changes)).problems).toMatchObject([{ code, message: expect.stringMatching(/\.$/) }]);
  });

  it('ends when it is called off', async () => {
    const signal = AbortSignal.abort();
    const asked = checkNetwork({ ...network, servers: ['http://good.example'] }, modules, { signal });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('What servers say', () => {
  const answering = (answers: Record<string, unknown>) => ({
    ask: async (_url: string, method: string) => answers[method] ?? '0x60',
  });

  it.each([null, 5, '', '0x', '0xzz', '-0x1', `0x${'f'.repeat(60)}`, {}])(
    'is refused as %j for a number',
    async (timestamp) => {
      const block = { number: '0x5', timestamp };
      const asked = firstBlockFrom(
        'http://a.example',
        1,
        answering({ eth_getBlockByNumber: block }),
        options,
      );
      await expect(asked).rejects.toMatchObject({ code: 'HOSTILE_VALUE' });
    },
  );

  it('is no marketplace when calls are answered with nonsense', async () => {
    const asked = familyAt('http://a.example', OTHER_ADDRESS, answering({ eth_call: 'nonsense' }), options);
    await expect(asked).rejects.toMatchObject({ code: 'HOSTILE_VALUE' });
  });
});

describe('The first block from a time on', () => {
  const from = (time: number) => firstBlockFrom('http://good.example', time, modules, options);

  it('is the lower bound, and the newest when all are older', async () => {
    expect(await from(0)).toBe(0);
    expect(await from(1_700_000_000)).toBe(0);
    expect(await from(1_700_000_123)).toBe(123);
    expect(await from(1_800_000_000)).toBe(990);
  });
});
