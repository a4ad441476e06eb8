import { Interface, toQuantity } from 'ethers';
import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../../../src/main/engine/contracts/deployment.ts';
import type { Address } from '../../../../src/main/engine/contracts/ids.ts';
import {
  checkClock,
  checkCode,
  checkMarketplace,
  untilSynced,
} from '../../../../src/main/engine/market/checks.ts';
import { MarketError } from '../../../../src/main/engine/market/errors.ts';
import type { Rpc } from '../../../../src/main/engine/market/rpc.ts';
import { marketplaceAbi } from '../../../support/marketplaceabi.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { account } from '../../../support/requests.ts';

const on = { signal: new AbortController().signal };
const [marketplace, token, vault] = [account(1), account(2), account(3)] as [Address, Address, Address];
const vaultAbi = [...marketplaceAbi, 'function vault() view returns (address)'];
const config = {
  collateral: {
    repairRewardPercentage: 10,
    maxNumberOfSlashes: 2,
    slashPercentage: 20,
    validatorRewardPercentage: 20,
  },
  proofs: { period: 300, timeout: 60, downtime: 32, downtimeProduct: 37, zkeyHash: '' },
  reservations: { maxReservations: 3 },
  requestDurationLimit: 2_592_000,
};

/** A chain with a marketplace, as far as checks look. */
class CheckedChain implements Rpc {
  /** Where there is code. */
  codes = new Set<string>([marketplace, token, vault]);
  /** What the contract answers to each function, `throw`n when it is an error. */
  answers: Record<string, unknown> = { configuration: config, token };
  readonly next = new Map<string, unknown[]>();
  readonly #interface = new Interface(vaultAbi);

  async send(method: string, params: readonly unknown[]): Promise<unknown> {
    const planned = this.next.get(method)?.shift();
    if (planned instanceof Error) throw planned;
    if (planned !== undefined) return planned;
    if (method === 'eth_getCode') return this.codes.has(String(params[0])) ? '0x60' : '0x';
    if (method === 'eth_call') return this.#call((params[0] as { data: string }).data);
    return false;
  }

  #call(data: string): unknown {
    const name = this.#interface.parseTransaction({ data })?.name ?? '';
    const answer = this.answers[name];
    if (answer instanceof Error) throw answer;
    if (answer === undefined) throw new MarketError('REVERTED', {});
    return this.#interface.encodeFunctionResult(name, [answer]);
  }
}

function aChain(changes: Partial<Deployment> = {}) {
  const rpc = new CheckedChain();
  const { logger, lines } = recordingLogger();
  const deployment: Deployment = {
    name: 'the test chain',
    chainId: 1,
    marketplace,
    abi: marketplaceAbi,
    deployedAtBlock: 0,
    ...changes,
  };
  return { rpc, lines, modules: { rpc, deployment, logger } };
}

describe('the family of a marketplace', () => {
  test('without a vault is believed when the contract has none', async () => {
    const { modules } = aChain();
    const checked = await checkMarketplace(modules, on);
    expect(checked).toMatchObject({
      family: 'direct',
      token,
      config: { family: 'direct', periodSeconds: 300 },
    });
    expect(checked).not.toHaveProperty('vault');
  });

  test('with a vault is believed when the contract names one that is there', async () => {
    const { rpc, modules } = aChain({ abi: vaultAbi });
    rpc.answers.vault = vault;
    expect(await checkMarketplace(modules, on)).toMatchObject({ family: 'vault', vault, token });
  });

  test('without a vault is refused of a contract that keeps one: the network moved on', async () => {
    const { rpc, modules } = aChain();
    rpc.answers.vault = vault;
    await expect(checkMarketplace(modules, on)).rejects.toMatchObject({
      code: 'WRONG_FAMILY',
      message: expect.stringMatching(
        /keeps its tokens in one\. Set address and ABI of the test chain together/,
      ),
    });
  });

  test('with a vault is refused of a contract that names none, or one that is not there', async () => {
    const { rpc, modules } = aChain({ abi: vaultAbi });
    await expect(checkMarketplace(modules, on)).rejects.toMatchObject({ code: 'WRONG_FAMILY' });
    rpc.answers.vault = account(9);
    await expect(checkMarketplace(modules, on)).rejects.toMatchObject({ code: 'WRONG_FAMILY' });
  });

  test('is not judged by a server that does not answer', async () => {
    const { rpc, modules } = aChain();
    rpc.answers.vault = new MarketError('CHAIN_UNREACHABLE', {});
    await expect(checkMarketplace(modules, on)).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  });
});

describe('a contract', () => {
  test('that is not there is no marketplace', async () => {
    const { rpc, modules } = aChain();
    rpc.codes.delete(marketplace);
    await expect(checkCode(modules, on)).rejects.toMatchObject({
      code: 'NO_CONTRACT',
      message: expect.stringContaining('set the address that the network publishes today'),
    });
  });

  test.each([
    ['has no configuration', { configuration: undefined }],
    [
      'takes more than the collateral',
      { configuration: { ...config, collateral: { ...config.collateral, slashPercentage: 60 } } },
    ],
    ['lets nobody reserve', { configuration: { ...config, reservations: { maxReservations: 0 } } }],
    ['has periods of no length', { configuration: { ...config, proofs: { ...config.proofs, period: 0 } } }],
    ['has a token that is not there', { token: account(8) }],
  ])('that %s is no marketplace', async (_, answers) => {
    const { rpc, modules } = aChain();
    rpc.answers = { ...rpc.answers, ...answers };
    await expect(checkMarketplace(modules, on)).rejects.toMatchObject({
      code: 'NOT_A_MARKETPLACE',
      message: expect.stringContaining('as the network publishes them'),
    });
  });
});

describe('a server that still catches up', () => {
  test('is waited for, longer each time, and says how far it is', async () => {
    const { rpc, modules, lines } = aChain();
    const waits: number[] = [];
    const progress = { currentBlock: '0x10', highestBlock: '0x20' };
    rpc.next.set('eth_syncing', [progress, ...Array.from({ length: 8 }, () => true)]);
    await untilSynced(modules, { ...on, sleep: async (ms) => void waits.push(ms) });
    expect(waits[0]).toBe(1000);
    expect(waits[1]).toBe(1500);
    expect(waits.at(-1)).toBe(10_000);
    expect(lines[0]).toMatchObject({ level: 'notice', fields: { currentBlock: 16, highestBlock: 32 } });
  });

  test('is not waited for when it does not know the question', async () => {
    const { rpc, modules } = aChain();
    rpc.next.set('eth_syncing', [new MarketError('RPC_REFUSED', {})]);
    await untilSynced(modules, { ...on, sleep: () => Promise.reject(new Error('it waited')) });
  });
});

describe('the computer’s clock', () => {
  const at = (latest: number, pending?: number) => {
    const chain = aChain();
    const block = (time: number) => ({ timestamp: toQuantity(time) });
    const second = pending === undefined ? new MarketError('RPC_REFUSED', {}) : block(pending);
    chain.rpc.next.set('eth_getBlockByNumber', [block(latest), second]);
    return chain;
  };
  const check = ({ modules }: ReturnType<typeof at>, nowSeconds: number) =>
    checkClock(modules, { ...on, nowSeconds: () => nowSeconds });

  test('that agrees with the chain is not mentioned', async () => {
    const chain = at(1_700_000_000);
    expect(await check(chain, 1_700_000_012.4)).toBe(12);
    expect(chain.lines).toEqual([]);
  });

  test('wrong by an hour is said with figures, and no more than that', async () => {
    const behind = at(1_700_003_600);
    expect(await check(behind, 1_700_000_000)).toBe(-3600);
    expect(behind.lines).toMatchObject([
      { level: 'warn', message: expect.stringContaining('behind'), fields: { aheadSeconds: -3600 } },
    ]);
    const ahead = at(1_700_000_000);
    expect(await check(ahead, 1_700_003_600)).toBe(3600);
    expect(ahead.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('ahead') }]);
  });

  test('is not blamed where no blocks come without transactions: the pending one is of now', async () => {
    const quiet = at(1_700_000_000, 1_700_003_600);
    expect(await check(quiet, 1_700_003_600)).toBe(0);
    expect(quiet.lines).toEqual([]);
  });

  test('is not compared with a chain whose time is its own', async () => {
    const { modules } = aChain({ hasOwnTime: true });
    expect(await checkClock(modules, on)).toBeUndefined();
  });
});
