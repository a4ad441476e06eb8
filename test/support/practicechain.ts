import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { HDNodeWallet, JsonRpcProvider, Mnemonic, toQuantity } from 'ethers';
import type { MarketFamily } from '../../src/main/engine/contracts/family.ts';
import { TestContract, type TestAccount } from './testcontract.ts';

/**
 * A chain for one test file: anvil on a free loopback port, mining a block for every transaction, its clock moved by
 * hand. It begins at the same second every time, and it is past the 256 blocks that the marketplace wants to see
 * before it is deployed, unless told otherwise.
 */
export async function startTestChain({
  blocks = 300,
  statesKept = 256,
}: { blocks?: number; statesKept?: number } = {}): Promise<TestChain> {
  const { child, rpcUrl } = await startAnvil(statesKept);
  const provider = new JsonRpcProvider(rpcUrl, chainId, {
    staticNetwork: true,
    batchMaxCount: 1,
    cacheTimeout: -1,
    pollingInterval: 20,
  });
  const chain = new TestChain(rpcUrl, provider, child);
  if (blocks > 0) await chain.mine(blocks);
  return chain;
}

/** In the order and with the numbers of the test network's configuration (marketplace.md §1). */
export const testConfig = {
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
export type TestConfig = typeof testConfig;

export const chainId = 31_337;
export const genesisTime = 1_700_000_000;

export class TestChain {
  readonly rpcUrl: string;
  readonly provider: JsonRpcProvider;
  /** Rich in gas, poor in tokens. The first one deploys. */
  readonly accounts: readonly TestAccount[] = testAccounts(10);
  readonly #child: ChildProcess;

  constructor(rpcUrl: string, provider: JsonRpcProvider, child: ChildProcess) {
    this.rpcUrl = rpcUrl;
    this.provider = provider;
    this.#child = child;
  }

  /**
   * Deploys token, verifier and marketplace, and the vault where it has one.
   * @throws RevertError when the marketplace refuses the configuration
   */
  async deploy(config: TestConfig = testConfig, family: MarketFamily = 'direct'): Promise<TestDeployment> {
    const { provider } = this;
    const [deployer] = this.accounts;
    if (!deployer) throw new Error('There is no account to deploy from');
    const token = await TestContract.deploy(provider, deployer, 'PracticeToken');
    const verifier = await TestContract.deploy(provider, deployer, 'AcceptingVerifier');
    const treasury =
      family === 'vault'
        ? await TestContract.deploy(provider, deployer, 'Vault', [token.address])
        : undefined;
    const name = treasury ? 'VaultMarketplace' : 'Marketplace';
    const terms = [config, (treasury ?? token).address, verifier.address];
    const marketplace = await TestContract.deploy(provider, deployer, name, terms);
    const deployedAtBlock = await provider.getBlockNumber();
    return { token, verifier, marketplace, treasury: treasury ?? marketplace, deployedAtBlock };
  }

  /** Mines blocks at once, that many seconds apart. */
  async mine(blocks = 1, seconds = 1): Promise<void> {
    await this.provider.send('anvil_mine', [toQuantity(blocks), toQuantity(seconds)]);
  }

  /** Mines a block at that time, so that calls on `latest` see it. */
  async setTime(time: number): Promise<void> {
    await this.nextBlockAt(time);
    await this.provider.send('evm_mine', []);
  }

  /** The next block, and with it the next transaction, will have that time. */
  async nextBlockAt(time: number): Promise<void> {
    await this.provider.send('evm_setNextBlockTimestamp', [toQuantity(time)]);
  }

  /** The time of the latest block, Unix seconds. */
  async now(): Promise<number> {
    const block: { timestamp: string } = await this.provider.send('eth_getBlockByNumber', ['latest', false]);
    return Number(block.timestamp);
  }

  /** Remembers the state of the chain and returns what brings it back, once. */
  async snapshot(): Promise<() => Promise<void>> {
    const id: string = await this.provider.send('evm_snapshot', []);
    return async () => {
      await this.provider.send('evm_revert', [id]);
    };
  }

  /** Leaves no process behind. */
  async stop(): Promise<void> {
    this.provider.destroy();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

export interface TestDeployment {
  readonly marketplace: TestContract;
  /** Who holds the tokens: the vault, or the marketplace itself. */
  readonly treasury: TestContract;
  readonly token: TestContract;
  readonly verifier: TestContract;
  readonly deployedAtBlock: number;
}

async function startAnvil(statesKept: number): Promise<{ child: ChildProcess; rpcUrl: string }> {
  const command = resolve(import.meta.dirname, '../../node_modules/.bin/anvil');
  // Older states than these would be written to the home folder, and stay there: a gigabyte for a file of tests.
  const history = ['--prune-history', `${statesKept}`];
  const child = spawn(command, ['--port', '0', '--timestamp', `${genesisTime}`, ...history], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stdout.resume(); // a full pipe would stop it
    return { child, rpcUrl: `http://127.0.0.1:${port}` };
  }
  throw new Error('anvil ended before it listened');
}

function testAccounts(count: number): TestAccount[] {
  const mnemonic = Mnemonic.fromPhrase('test test test test test test test test test test test junk');
  const root = HDNodeWallet.fromMnemonic(mnemonic, "m/44'/60'/0'/0");
  return Array.from({ length: count }, (_, index) => {
    const { address, privateKey } = root.deriveChild(index);
    return { address: address.toLowerCase(), key: privateKey };
  });
}
