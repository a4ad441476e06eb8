import { slotIdOf, type RequestId, type SlotId } from '../../src/main/engine/contracts/ids.ts';
import { periodOf, periodStart } from '../../src/main/engine/contracts/periods.ts';
import { slotCollateral, type StorageRequest } from '../../src/main/engine/contracts/requests.ts';
import type { Market, MarketEvent, Sent } from '../../src/main/engine/market/market.ts';
import { someProof } from './fakemarket.ts';
import type { RequestChanges } from './requests.ts';

/** A marketplace and those who deal in it, as the suites need them. Hosts have tokens and gas in plenty. */
export interface MarketWorld {
  /** Three hosts on the same chain. */
  readonly hosts: readonly [Market, Market, Market];
  /** Posts a request as its client, and says when it was posted. */
  requestStorage(
    changes: RequestChanges,
  ): Promise<{ requestId: RequestId; request: StorageRequest; at: number }>;
  withdrawFunds(requestId: RequestId): Promise<void>;
  /** As a validator. */
  markProofAsMissing(slotId: SlotId, period: number): Promise<void>;
  /** Moves the chain to that time, if it is not past it. */
  setTime(time: number): Promise<void>;
  /** What is mined from now on has that time, until `setTime` moves on. */
  freezeAt(time: number): Promise<void>;
  now(): Promise<number>;
  timeOf(blockNumber: number): Promise<number>;
  mine(blocks: number): Promise<void>;
  /** Until every event so far was told. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const on = { signal: new AbortController().signal };

/** What the suites do again and again on a marketplace, seen by its first host. */
export class MarketHands {
  readonly world: MarketWorld;
  readonly market: Market;
  readonly other: Market;
  /** All that the first host was told. */
  readonly events: MarketEvent[] = [];

  constructor(world: MarketWorld) {
    this.world = world;
    [this.market, this.other] = world.hosts;
    this.market.subscribe((event) => this.events.push(event));
  }

  /** A request that lasts four periods. */
  async post(changes: RequestChanges = {}) {
    const ask = { duration: 14_400n, ...changes.ask };
    const posted = await this.world.requestStorage({ expiry: 3000n, ...changes, ask });
    return { ...posted, slotId: (index = 0) => slotIdOf(posted.requestId, index) };
  }

  async reserve(host: Market, requestId: RequestId, index = 0): Promise<void> {
    if (await host.canReserveSlot(requestId, index, on)) await host.reserveSlot(requestId, index, on);
  }

  async fill(host: Market, requestId: RequestId, index = 0) {
    await this.reserve(host, requestId, index);
    const sent = await host.fillSlot(requestId, index, someProof, await this.due(requestId, index), on);
    return { ...sent, filledAt: sent.minedAt };
  }

  /** What a host has to put in now. */
  async due(requestId: RequestId, index = 0): Promise<bigint> {
    const request = await this.market.getRequest(requestId, on);
    if (!request) throw new Error('the request is not known');
    const state = await this.market.slotState(slotIdOf(requestId, index), on);
    return slotCollateral(request.ask, state, this.market.config);
  }

  /** A request of one slot, filled by the first host. */
  async running() {
    const posted = await this.post({ ask: { slots: 1n, maxSlotLoss: 0n } });
    return { ...posted, ...(await this.fill(this.market, posted.requestId)) };
  }

  async told(...names: MarketEvent['name'][]): Promise<MarketEvent[]> {
    await this.world.settle();
    return this.events.filter((event) => names.includes(event.name));
  }

  async bringPointerTo(slotId: SlotId, target: number): Promise<void> {
    const pointer = await this.market.getPointer(slotId, on);
    await this.world.mine((target - pointer + 256) % 256);
  }

  async nextPeriod(): Promise<number> {
    const { periodSeconds } = this.market.config;
    const period = periodOf(await this.world.now(), periodSeconds) + 1;
    await this.world.setTime(periodStart(period, periodSeconds) + 1);
    return period;
  }

  /** A validator marks the period before this one, in a block in which the slot's pointer is out of the downtime. */
  async markMissed(slotId: SlotId): Promise<void> {
    const { periodSeconds, downtimeProduct } = this.market.config;
    const period = periodOf(await this.world.now(), periodSeconds);
    await this.bringPointerTo(slotId, 128 + downtimeProduct);
    await this.world.markProofAsMissing(slotId, period - 1);
  }

  /** Until the contract takes it away. The request began in the period before this one at the latest. */
  async missUntilLost(slotId: SlotId): Promise<void> {
    for (let misses = 0; misses < this.market.config.maxNumberOfSlashes; misses++) {
      await this.nextPeriod();
      await this.markMissed(slotId);
    }
  }

  /** Tokens that came to the host, as the balance shows it, and as the transaction itself tells. */
  async paidBy(
    free: () => Promise<Sent>,
    host: Market = this.market,
  ): Promise<{ paid: bigint; told: bigint }> {
    const before = await host.balances(on);
    const { tokensReceived } = await free();
    return { paid: (await host.balances(on)).tokens - before.tokens, told: tokensReceived };
  }
}
