import { Interface, toQuantity, Wallet } from 'ethers';
import { address, slotIdOf, type Address, type RequestId } from '../../../src/main/engine/contracts/ids.ts';
import type { Deployment } from '../../../src/main/engine/contracts/deployment.ts';
import { requestIdOf } from '../../../src/main/engine/contracts/requestid.ts';
import { collateralPerSlot } from '../../../src/main/engine/contracts/requests.ts';
import { someProof } from '../fakemarket.ts';
import {
  chainId,
  startTestChain,
  testConfig,
  type TestChain,
  type TestDeployment,
} from '../practicechain.ts';
import { aRequest } from '../requests.ts';
import { artifacts, type TestAccount } from '../testcontract.ts';
import { ForkingChain } from './forkingchain.ts';

/** Tokens that our account begins with. */
export const STAKE = 10n ** 24n;
export const SLOTS = 3;
/** Seconds that every request runs. */
export const DURATION = 6000;

/**
 * A practice chain that can fork, a client who asks for storage and a rival who is after the same slots, both beside the
 * way to the chain that is under test. It goes back to its beginning for every run.
 */
export class ChainWorld {
  readonly chain: TestChain;
  readonly forking: ForkingChain;
  readonly account: TestAccount;
  readonly #client: Outsider;
  readonly #rival: Outsider;
  readonly #site: TestDeployment;
  #begin: () => Promise<void>;

  private constructor(chain: TestChain, site: TestDeployment, begin: () => Promise<void>) {
    const [, client, rival, account] = chain.accounts as [TestAccount, TestAccount, TestAccount, TestAccount];
    this.chain = chain;
    this.forking = new ForkingChain(chain);
    this.account = account;
    this.#site = site;
    this.#begin = begin;
    const marketplace = address(site.marketplace.address);
    this.#client = new Outsider(this.forking, chain, client, marketplace);
    this.#rival = new Outsider(this.forking, chain, rival, marketplace);
  }

  static async open(): Promise<ChainWorld> {
    // A fork needs the state of the block before it, from however many runs ago.
    const chain = await startTestChain({ statesKept: 8000 });
    // Long periods, so that a run sees few; what is proven here is the way to the chain.
    const proofs = { ...testConfig.proofs, period: 900, zkeyHash: 'practice' };
    const site = await chain.deploy({ ...testConfig, proofs });
    const [deployer, client, rival, account] = chain.accounts as [
      TestAccount,
      TestAccount,
      TestAccount,
      TestAccount,
    ];
    for (const holder of [client, rival]) {
      await site.token.send(deployer, 'mint', [holder.address, 10n ** 40n]);
      await site.token.send(holder, 'approve', [site.marketplace.address, 10n ** 40n]);
    }
    await site.token.send(deployer, 'mint', [account.address, STAKE]);
    await chain.mine(12);
    await chain.provider.send('evm_setAutomine', [false]);
    return new ChainWorld(chain, site, await chain.snapshot());
  }

  get deployment(): Deployment {
    const { marketplace, deployedAtBlock } = this.#site;
    return {
      name: 'the forking chain',
      chainId,
      marketplace: address(marketplace.address),
      abi: marketplace.abi,
      deployedAtBlock,
    };
  }

  /** As it was when it was opened. */
  async rewind(): Promise<void> {
    await this.#begin();
    this.#begin = await this.chain.snapshot();
    await this.chain.provider.send('anvil_dropAllTransactions', []);
  }

  async stop(): Promise<void> {
    await this.chain.stop();
  }

  /** Has the client ask for storage. Nobody waits for it. */
  async post(): Promise<RequestId> {
    const ask = {
      slots: BigInt(SLOTS),
      duration: BigInt(DURATION),
      maxSlotLoss: BigInt(SLOTS),
      proofProbability: 1n,
    };
    const client = this.#client.address;
    const request = aRequest({ client, ask, expiry: BigInt(DURATION - 1) });
    await this.#client.send('requestStorage', [request]);
    return requestIdOf(request);
  }

  /** Has the rival reserve and fill a slot, if the chain lets him. */
  async contest(requestId: RequestId, slotIndex: number): Promise<void> {
    await this.#rival.send('reserveSlot', [requestId, slotIndex]);
    await this.#rival.send('fillSlot', [requestId, slotIndex, someProof]);
  }

  /** What it is, not what somebody says of it. */
  get truth(): Truth {
    return new Truth(this.chain, this.#site, this.account);
  }
}

/** Collateral of one slot of every request here. */
export const collateral = collateralPerSlot(aRequest().ask);

/** The chain as it stands, asked without anything in between. */
export class Truth {
  readonly #chain: TestChain;
  readonly #site: TestDeployment;
  readonly #account: TestAccount;

  constructor(chain: TestChain, site: TestDeployment, account: TestAccount) {
    this.#chain = chain;
    this.#site = site;
    this.#account = account;
  }

  async host(requestId: RequestId, slotIndex: number): Promise<string> {
    const slotId = slotIdOf(requestId, slotIndex);
    return String(await this.#site.marketplace.read(this.#account, 'getHost', [slotId])).toLowerCase();
  }

  async isKnown(requestId: RequestId): Promise<boolean> {
    return this.#site.marketplace.read(this.#account, 'requestState', [requestId]).then(
      () => true,
      () => false,
    );
  }

  async tokens(): Promise<bigint> {
    return (await this.#site.token.read(this.#account, 'balanceOf', [this.#account.address])) as bigint;
  }

  async nonces(): Promise<{ latest: number; pending: number }> {
    const count = (tag: string) => this.#chain.provider.getTransactionCount(this.#account.address, tag);
    return { latest: await count('latest'), pending: await count('pending') };
  }

  /** Every log of the marketplace from a block on. */
  async logs(fromBlock: number): Promise<readonly TrueLog[]> {
    const range = { fromBlock: toQuantity(fromBlock), toBlock: 'latest' };
    return (await this.#chain.provider.send('eth_getLogs', [
      { address: this.#site.marketplace.address, ...range },
    ])) as TrueLog[];
  }

  /** What our account had mined, in order, with what became of it. */
  async transactions(
    fromBlock: number,
  ): Promise<readonly { name: string; data: string; succeeded: boolean }[]> {
    const found = [];
    for (let block = fromBlock; block <= (await this.#chain.provider.getBlockNumber()); block++) {
      const { transactions } = (await this.#chain.provider.send('eth_getBlockByNumber', [
        toQuantity(block),
        true,
      ])) as { transactions: { from: string; hash: string; input: string }[] };
      for (const { from, hash, input } of transactions) {
        if (from.toLowerCase() !== this.#account.address) continue;
        const receipt = (await this.#chain.provider.send('eth_getTransactionReceipt', [hash])) as {
          status: string;
        };
        const name = marketplaceInterface.parseTransaction({ data: input })?.name ?? 'other';
        found.push({ name, data: input, succeeded: receipt.status === '0x1' });
      }
    }
    return found;
  }
}

export interface TrueLog {
  readonly blockNumber: string;
  readonly transactionHash: string;
  readonly logIndex: string;
  readonly topics: readonly string[];
  readonly data: string;
}

const marketplaceInterface = new Interface(artifacts.contracts.Marketplace.abi);

/** Somebody who sends and does not look back. */
class Outsider {
  readonly address: Address;
  readonly #forking: ForkingChain;
  readonly #chain: TestChain;
  readonly #wallet: Wallet;
  readonly #marketplace: Address;

  constructor(
    forking: ForkingChain,
    chain: TestChain,
    { address: own, key }: TestAccount,
    marketplace: Address,
  ) {
    this.address = address(own);
    this.#forking = forking;
    this.#chain = chain;
    this.#wallet = new Wallet(key);
    this.#marketplace = marketplace;
  }

  async send(method: string, args: readonly unknown[]): Promise<void> {
    const nonce = await this.#chain.provider.getTransactionCount(this.address, 'pending');
    const raw = await this.#wallet.signTransaction({
      type: 2,
      chainId,
      nonce,
      to: this.#marketplace,
      data: marketplaceInterface.encodeFunctionData(method, args),
      gasLimit: 1_000_000n,
      maxFeePerGas: 10n ** 11n,
      maxPriorityFeePerGas: 10n ** 9n,
    });
    await this.#forking.offer(raw);
  }
}
