import type { Address, RequestId, SlotId } from '../../src/main/engine/contracts/ids.ts';
import { slotIdOf } from '../../src/main/engine/contracts/ids.ts';
import { untilAborted } from '../../src/main/engine/lib/abort.ts';
import type { Cancellable } from '../../src/main/engine/market/market.ts';
import type { Terms } from '../../src/main/engine/sales/offers.ts';
import type { SaleStateName } from '../../src/main/engine/sales/saleinfo.ts';
import type { HostedSlot } from '../../src/main/engine/slots/slothost.ts';
import type { FakeMarket } from './fakemarket.ts';
import { FakeSlotHost, Gate } from './fakeslothost.ts';
import { MemoryDatabase } from './memorydatabase.ts';
import { account } from './requests.ts';
import { aNode, aWorld, pass, settled, someTerms, type Node, type World } from './salesfixtures.ts';

/** A host beside us, and two more who want the third slot. */
export const other: Address = account(0xb0b);
const others = [other, account(0xca1), account(0xda1)];

/** Room for one slot, so that a sale has no company. */
export const roomForOne: Terms = { ...someTerms, totalSize: 1_048_576n };

/**
 * A node's life up to the moment at which it is ended. It is after slot 0 of a request of three: of the other two one is
 * filled by another host, and the other is reserved by as many as may. When that one is filled too, the request starts.
 */
export class FirstLife {
  readonly world: World;
  readonly requestId: RequestId;
  readonly slotId: SlotId;
  node: Node;
  readonly #held: { readonly method: string; release: () => void }[] = [];
  #isDead = false;

  static async begin(): Promise<FirstLife> {
    const world = aWorld();
    // The node's own eyes and hands on the chain: what is done to them leaves the second life alone.
    const market = world.market.as(world.market.signer, { tokens: 0n });
    const node = await aNode({ ...world, market });
    await node.sales.start();
    const { requestId } = world.market.requestStorage({ ask: { slots: 3n, maxSlotLoss: 1n } });
    await settled();
    world.market.fillAsOther(requestId, 1, other);
    for (const host of others) {
      await world.market.as(host).reserveSlot(requestId, 2, { signal: new AbortController().signal });
    }
    await settled();
    return new FirstLife({ ...world, market }, node, requestId);
  }

  private constructor(world: World, node: Node, requestId: RequestId) {
    this.world = world;
    this.node = node;
    this.requestId = requestId;
    this.slotId = slotIdOf(requestId, 0);
  }

  get state(): SaleStateName | undefined {
    return this.node.sales.list().find(({ slotId }) => slotId === this.slotId)?.state;
  }

  /** With room for a slot, slot 0 is taken. */
  async offer(): Promise<void> {
    await this.node.reservations.createAvailability(roomForOne);
    await settled();
  }

  async pass(seconds: number, step = 60): Promise<void> {
    await pass(this.world.clock, seconds, step);
  }

  /** Filled and proven on. */
  async sell(): Promise<void> {
    await this.offer();
    await this.pass(120);
  }

  /** The next such call of slot 0 waits: before its effect, or with `after` between effect and answer. */
  hold(method: HeldMethod, { after = false } = {}): void {
    const { market } = this.world;
    const original: (...args: never[]) => Promise<unknown> = market[method];
    const gate = new Gate();
    this.#held.push({ method, release: () => gate.open() });
    let isArmed = true;
    const held = async (...args: unknown[]): Promise<unknown> => {
      const isOurs = args[0] === this.slotId || (args[0] === this.requestId && args[1] === 0);
      if (!isArmed || !isOurs) return Reflect.apply(original, market, args);
      isArmed = false;
      if (after) {
        const answer: unknown = await Reflect.apply(original, market, args);
        await gate.pass();
        return answer;
      }
      await untilAborted(gate.pass(), signalOf(args));
      return Reflect.apply(original, market, args);
    };
    Object.assign(market, { [method]: held });
  }

  /** Downloads stop half-way, until they are called off. */
  holdDownload(): void {
    this.world.host.beforeChunk = (_slot: HostedSlot, done: bigint) =>
      done === 0n ? Promise.resolve() : new Gate().pass();
  }

  /** Nothing is deleted any more. */
  holdClear(): void {
    const { host } = this.world;
    const gate = new Gate();
    this.#held.push({ method: 'clear', release: () => gate.open() });
    const clear = host.clear.bind(host);
    Object.assign(host, {
      clear: async (slotId: SlotId) => {
        await gate.pass();
        // Of a process that was killed nothing is done any more.
        if (!this.#isDead) await clear(slotId);
      },
    });
  }

  /** The same node anew. */
  async restart(hold: () => void): Promise<void> {
    await this.node.sales.stop();
    this.world.host.beforeChunk = async () => {};
    hold();
    this.node = await aNode(this.world);
    await this.node.sales.start();
    await settled();
  }

  /** Stops in order, with what is on its way answered; answers with what a second life finds. */
  async stop(): Promise<World> {
    const stopping = this.node.sales.stop();
    await settled();
    for (const { release } of this.#held) release();
    await stopping;
    return this.#left();
  }

  /** As when the process is killed: what is on the disk and on the chain now stays, and nothing is added. */
  async kill(): Promise<World> {
    const left = this.#left();
    this.#isDead = true;
    const never = (...args: unknown[]) => untilAborted(new Promise(() => {}), signalOf(args));
    Object.assign(this.world.market, {
      reserveSlot: never,
      fillSlot: never,
      freeSlot: never,
      submitProof: never,
    });
    await this.stop();
    return left;
  }

  #left(): World {
    const { clock, market, host, database } = this.world;
    const left = new FakeSlotHost();
    for (const [slotId, bytes] of host.stored) left.stored.set(slotId, bytes);
    const records = new MemoryDatabase();
    for (const [key, value] of database.records) records.records.set(key, value);
    return { clock, market: market.as(market.signer, { tokens: 0n }), host: left, database: records };
  }
}

export type HeldMethod = {
  [Name in keyof FakeMarket]: FakeMarket[Name] extends (...args: never[]) => Promise<unknown> ? Name : never;
}[keyof FakeMarket];

const signalOf = (args: readonly unknown[]): AbortSignal => (args.at(-1) as Cancellable).signal;
