import { setTimeout as sleep } from 'node:timers/promises';
import { Interface, MaxUint256 } from 'ethers';
import { slotIdOf, type RequestId, type SlotId } from '../../src/main/engine/contracts/ids.ts';
import { Account } from '../../src/main/practice/account.ts';
import { artifacts } from '../../src/main/practice/artifacts.ts';
import { Chain } from '../../src/main/practice/chain.ts';
import { Marketplace } from '../../src/main/practice/marketplace.ts';
import type { PracticeInfo } from '../../src/main/practice/practice.ts';
import { shamProof } from '../../src/main/practice/rival.ts';

/** Someone who sells on the practice network in a test, by hand, and sees only what a node would see. */
export class PracticeHost {
  readonly market: Marketplace;
  readonly account: Account;
  readonly #chain: Chain;
  readonly #info: PracticeInfo;
  readonly #signal = AbortSignal.timeout(110_000);
  #mining = true;

  private constructor(chain: Chain, info: PracticeInfo) {
    this.#chain = chain;
    this.#info = info;
    this.market = new Marketplace({ chain, deployment: info.deployment });
    this.account = new Account({ chain, key: info.hostKey });
  }

  static async join(info: PracticeInfo): Promise<PracticeHost> {
    const host = new PracticeHost(await Chain.connect(info.rpcUrl), info);
    void host.#follow();
    return host;
  }

  async time(): Promise<number> {
    return (await this.#chain.refresh()).timestamp;
  }

  async blockNumber(): Promise<number> {
    return (await this.#chain.refresh()).number;
  }

  async tokens(): Promise<bigint> {
    const token = new Interface(artifacts.PracticeToken.abi);
    const data = token.encodeFunctionData('balanceOf', [this.account.address]);
    const [balance] = token.decodeFunctionResult(
      'balanceOf',
      await this.#chain.provider.call({ to: this.#info.token, data }),
    );
    return BigInt(balance as bigint);
  }

  async fill(requestId: RequestId, slotIndex: number): Promise<SlotId> {
    const signal = this.#signal;
    const slot = slotIdOf(requestId, slotIndex);
    await this.#approveAll();
    await this.market.reserveSlot(this.account, { requestId, slotIndex }, { signal });
    const proof = shamProof(await this.market.challenge(slot));
    await this.market.fillSlot(this.account, { requestId, slotIndex }, proof, { signal });
    return slot;
  }

  /** Fills the first slot that is still free. */
  async fillAny(requestId: RequestId): Promise<SlotId> {
    for (let slotIndex = 0; slotIndex < 4; slotIndex++) {
      const isFree = (await this.market.slotState(slotIdOf(requestId, slotIndex))) === 'free';
      if (isFree) return this.fill(requestId, slotIndex);
    }
    throw new Error('No slot is free');
  }

  leave(): void {
    this.#mining = false;
    this.#chain.close();
  }

  async #approveAll(): Promise<void> {
    const data = new Interface(artifacts.PracticeToken.abi).encodeFunctionData('approve', [
      this.#info.deployment.marketplace,
      MaxUint256,
    ]);
    await this.account.send({ to: this.#info.token, data }, { signal: this.#signal });
  }

  /** Sees new blocks as they come, so that whoever waits for one goes on. */
  async #follow(): Promise<void> {
    while (this.#mining) {
      await this.#chain.refresh().catch(() => {});
      await sleep(30);
    }
  }
}
