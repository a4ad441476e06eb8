import { JsonRpcProvider, Network } from 'ethers';
import { describe, expect, test } from 'vitest';
import { RevertDecoder } from '../../../../src/main/engine/market/reverts.ts';
import { ProviderRpc } from '../../../../src/main/engine/market/rpc.ts';

/** A server of which each call is answered as `answers` says, in order. */
class ScriptedProvider extends JsonRpcProvider {
  readonly asked: string[] = [];
  readonly #answers: (() => unknown)[];

  constructor(answers: (() => unknown)[]) {
    super('http://127.0.0.1:1', 1, { staticNetwork: Network.from(1) });
    this.#answers = answers;
  }

  override async send(method: string): Promise<unknown> {
    this.asked.push(method);
    return this.#answers.shift()?.();
  }
}

const down = () => {
  throw new Error('connect ECONNREFUSED');
};

function rpcOf(...answers: (() => unknown)[]): { rpc: ProviderRpc; provider: ScriptedProvider } {
  const provider = new ScriptedProvider(answers);
  return { provider, rpc: new ProviderRpc(provider, new RevertDecoder([])) };
}

describe('a call to the chain', () => {
  test('that nobody answered is made once more at once, so every second answer is enough', async () => {
    const { rpc, provider } = rpcOf(
      down,
      () => '0x1',
      down,
      () => '0x2',
    );
    expect(await rpc.send('eth_blockNumber', [])).toBe('0x1');
    expect(await rpc.send('eth_call', [])).toBe('0x2');
    expect(provider.asked).toEqual(['eth_blockNumber', 'eth_blockNumber', 'eth_call', 'eth_call']);
    provider.destroy();
  });

  test('that nobody answers twice is told to be unanswered', async () => {
    const { rpc, provider } = rpcOf(down, down, () => '0x1');
    await expect(rpc.send('eth_blockNumber', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(provider.asked).toHaveLength(2);
    provider.destroy();
  });

  test('that was refused is not made again', async () => {
    const refused = () => {
      const error = { code: 'UNKNOWN_ERROR', error: { message: 'limit exceeded' } };
      throw Object.assign(new Error('refused'), error);
    };
    const { rpc, provider } = rpcOf(refused, () => '0x1');
    await expect(rpc.send('eth_getLogs', [])).rejects.toMatchObject({ code: 'RPC_REFUSED' });
    expect(provider.asked).toEqual(['eth_getLogs']);
    provider.destroy();
  });
});
