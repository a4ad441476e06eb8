import { afterEach, describe, expect, it } from 'vitest';
import { slotIdOf, type SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { periodOf, periodStart } from '../../../../src/main/engine/contracts/periods.ts';
import { pricePerSlotPerSecond, type MarketConfig } from '../../../../src/main/engine/contracts/requests.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { Reservations } from '../../../../src/main/engine/sales/reservations.ts';
import { Sales } from '../../../../src/main/engine/sales/sales.ts';
import { SlotQueue } from '../../../../src/main/engine/sales/slotqueue.ts';
import type { SaleInfo, SalesEvent } from '../../../../src/main/engine/sales/saleinfo.ts';
import { BrokenLine, type Fault } from '../../../support/brokenline.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { FakeMarket } from '../../../support/fakemarket.ts';
import { FakeSlotHost } from '../../../support/fakeslothost.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { watchLeaks } from '../../../support/noleaks.ts';
import type { RequestChanges } from '../../../support/requests.ts';
import { expectAllowedEdges } from '../../../support/saleedges.ts';
import { expectSoundBooks, GiB, settled, someTerms } from '../../../support/salesfixtures.ts';

const PERIOD = 60;
const OUTAGE = 7200;

/** A chain whose server can be cut off, with a node that pauses between attempts in chain time, of which a second is the least. */
class Scene {
  readonly clock = new FakeClock(periodStart(28_333_334, PERIOD));
  readonly market: FakeMarket;
  readonly line: BrokenLine;
  readonly host = new FakeSlotHost();
  readonly events: SalesEvent[] = [];
  longestPauseMs = 0;
  readonly reservations: Reservations;
  readonly sales: Sales;
  /** The chain as it is, whatever the node hears of it. */
  readonly truth: FakeMarket;

  static async begin(config: Partial<MarketConfig> = {}): Promise<Scene> {
    const database = new MemoryDatabase();
    const reservations = await Reservations.open({ database, logger: silentLogger }, { quotaMax: GiB });
    const scene = new Scene(database, reservations, config);
    await scene.sales.start();
    await reservations.createAvailability(someTerms);
    return scene;
  }

  private constructor(database: MemoryDatabase, reservations: Reservations, config: Partial<MarketConfig>) {
    const { clock, host } = this;
    const logger = silentLogger;
    this.truth = new FakeMarket({ clock, config });
    this.truth.setPointer(100);
    this.market = this.truth.as(this.truth.signer, { tokens: 0n });
    this.line = new BrokenLine(this.market);
    this.reservations = reservations;
    const queue = new SlotQueue({ reservations, clock, logger });
    const sleep = async (ms: number, signal: AbortSignal) => {
      this.longestPauseMs = Math.max(this.longestPauseMs, ms);
      await new Promise(setImmediate);
      await clock.waitUntil(clock.now() + Math.floor(ms / 1000), { signal });
    };
    this.sales = new Sales(
      { clock, host, database, logger, reservations, queue, market: this.market },
      { retryTimes: { sleep } },
    );
    this.sales.onEvent.subscribe((event) => this.events.push(event));
  }

  post(changes: RequestChanges = {}): { slotId: SlotId; rate: bigint; endsAt: number; expiresAt: number } {
    const { requestId, request } = this.truth.requestStorage({
      ...changes,
      ask: { slots: 1n, maxSlotLoss: 0n, duration: 40_000n, ...changes.ask },
    });
    const { endsAt, expiresAt } = this.truth.chain.marketplace.request(requestId);
    const rate = pricePerSlotPerSecond(request.ask);
    return { slotId: slotIdOf(requestId, 0), rate, endsAt, expiresAt };
  }

  /** A slot that is filled and proven. */
  async sell(changes?: RequestChanges) {
    const posted = this.post(changes);
    await this.pass(180);
    expect(this.sale(posted.slotId)?.state).toBe('proving');
    return posted;
  }

  sale(slotId: SlotId): SaleInfo | undefined {
    return this.sales.list().find((info) => info.slotId === slotId);
  }

  async ended(slotId: SlotId): Promise<SaleInfo | undefined> {
    return (await this.sales.history(100)).find((info) => info.slotId === slotId);
  }

  /** Time passes in steps, a validator marks what is missing, and `each` looks. */
  async pass(seconds: number, { step = 15, each = () => {} }: { step?: number; each?: () => void } = {}) {
    for (let left = seconds; left > 0; left -= step) {
      this.clock.advance(Math.min(step, left));
      await settled();
      each();
    }
  }

  get period(): number {
    return periodOf(this.clock.now(), PERIOD);
  }

  /** Marks the slot's missed proof of the last period, if there is one; answers whether. */
  validate(slotId: SlotId): boolean {
    try {
      this.truth.markProofAsMissing(slotId);
      return true;
    } catch {
      return false;
    }
  }
}

const scenes: Scene[] = [];
async function begin(config?: Partial<MarketConfig>): Promise<Scene> {
  const scene = await Scene.begin(config);
  scenes.push(scene);
  return scene;
}

afterEach(async () => {
  for (const { sales, events, reservations, clock } of scenes.splice(0)) {
    await sales.stop();
    expectAllowedEdges(events);
    expectSoundBooks(reservations);
    expect(clock.waiting).toBe(0);
  }
});

/** No miss costs the slot, so that all of an outage can be counted. */
const patient: Partial<MarketConfig> = { maxNumberOfSlashes: 10_000, slashPercentage: 0 };

describe('a server that answers nothing for two hours of proving', () => {
  it('does not end the agent; the misses are counted, and the next period that can be proven is', async () => {
    const scene = await begin(patient);
    const { slotId, rate } = await scene.sell();
    const before = scene.sale(slotId);
    scene.line.breakDown();
    let marked = 0;
    await scene.pass(OUTAGE, {
      each: () => {
        marked += scene.validate(slotId) ? 1 : 0;
        expect(scene.sale(slotId)?.state).toBe('proving');
      },
    });
    expect(marked).toBeGreaterThan(OUTAGE / PERIOD - 3);
    // It asks again and again, but with pauses: two a minute for each that waits.
    expect(scene.line.count()).toBeLessThan((OUTAGE / 30) * 6);
    expect(scene.line.count()).toBeGreaterThan(OUTAGE / 60);
    expect(scene.sale(slotId)?.proofs).toMatchObject({
      sent: before?.proofs.sent,
      missed: before?.proofs.missed,
    });

    scene.line.mend();
    const mended = scene.period;
    await scene.pass(2 * PERIOD, { each: () => void (marked += scene.validate(slotId) ? 1 : 0) });
    const after = scene.sale(slotId);
    const [sentFirst = 0] = after?.proofs.sentAt.slice(before?.proofs.sent) ?? [];
    expect(periodOf(sentFirst, PERIOD)).toBeLessThanOrEqual(mended + 1);
    expect(after?.proofs.missed).toBe(marked);

    await scene.pass(40_000, { step: 600 });
    const ended = await scene.ended(slotId);
    expect(ended?.outcome?.code).toBe('paid');
    expect(ended?.payout).toBe(rate * BigInt((ended?.requestEndsAt ?? 0) - (ended?.filledAt ?? 0)));
  });

  it('is asked every half a minute also where periods are long', async () => {
    const scene = await begin({ ...patient, periodSeconds: 300 });
    const { slotId } = scene.post({ expiry: 900n });
    await scene.pass(600);
    expect(scene.sale(slotId)?.state).toBe('proving');
    scene.line.breakDown();
    await scene.pass(1800);
    expect(scene.longestPauseMs).toBe(30_000);
  });

  it.each([1, 20, 29])(
    'proves in the very period in which the server is back, %i s into it',
    async (into) => {
      const scene = await begin(patient);
      const { slotId } = await scene.sell();
      const sent = scene.sale(slotId)?.proofs.sent ?? 0;
      scene.line.breakDown();
      await scene.pass(OUTAGE + PERIOD + into - (scene.clock.now() % PERIOD), { step: 5 });
      scene.line.mend();
      const period = scene.period;
      await scene.pass(PERIOD - into - 1, { step: 1 });
      expect(scene.period).toBe(period);
      expect(scene.sale(slotId)?.proofs.sent).toBe(sent + 1);
      await scene.pass(35, { step: 1 });
      expect(scene.validate(slotId)).toBe(false);
    },
  );

  it('may have stood still for the node: time that jumps is taken as it comes', async () => {
    const scene = await begin(patient);
    const { slotId } = await scene.sell();
    scene.line.breakDown();
    await settled();
    scene.clock.advance(OUTAGE);
    await settled();
    scene.line.mend();
    const period = scene.period;
    await scene.pass(PERIOD);
    const { proofs } = scene.sale(slotId) ?? {};
    expect(periodOf(proofs?.sentAt.at(-1) ?? 0, PERIOD)).toBeGreaterThanOrEqual(period);
  });

  it('costs the slot when the contract takes it away meanwhile, and that is booked as it was', async () => {
    const scene = await begin();
    const { slotId } = await scene.sell();
    const collateral = scene.sale(slotId)?.collateral ?? 0n;
    scene.line.breakDown();
    let marked = 0;
    await scene.pass(OUTAGE, { each: () => void (marked += scene.validate(slotId) ? 1 : 0) });
    expect(marked).toBe(2);
    expect(scene.sale(slotId)?.state).toBe('proving');
    scene.line.mend();
    await scene.pass(2 * PERIOD);
    expect((await scene.ended(slotId))?.outcome?.code).toMatch(/slotLost|requestFailed/);
    expect(scene.reservations.availabilities()).toMatchObject([
      { freeSize: someTerms.totalSize, totalCollateral: someTerms.totalCollateral - collateral },
    ]);
  });

  it('one miss is slashed, and the collateral that is left is what comes back', async () => {
    const scene = await begin();
    const { slotId, endsAt } = await scene.sell();
    const collateral = scene.sale(slotId)?.collateral ?? 0n;
    scene.line.breakDown();
    let marked = false;
    await scene.pass(OUTAGE, { each: () => void (marked ||= scene.validate(slotId)) });
    expect(marked).toBe(true);
    scene.line.mend();
    await scene.pass(2 * PERIOD);
    expect(scene.sale(slotId)).toMatchObject({
      state: 'proving',
      currentCollateral: (collateral * 80n) / 100n,
      proofs: { missed: 1 },
    });
    await scene.pass(endsAt - scene.clock.now() + 60, { step: 600 });
    await scene.pass(120);
    expect(scene.reservations.availabilities()).toMatchObject([
      { totalCollateral: someTerms.totalCollateral - collateral / 5n, freeSize: someTerms.totalSize },
    ]);
  });

  it('leaves nothing running when the node is stopped in the middle of it', async () => {
    const noLeaks = watchLeaks();
    const scene = await begin();
    await scene.sell();
    scene.line.breakDown();
    await scene.pass(OUTAGE / 4);
    await scene.sales.stop();
    expect(scene.clock.waiting).toBe(0);
    const calls = scene.line.count();
    await scene.pass(OUTAGE / 4);
    expect(scene.line.count()).toBe(calls);
    await noLeaks();
  });
});

describe('a server that answers now and then for two hours of proving', () => {
  const faults: Record<string, (scene: Scene) => Fault> = {
    'every second call fails': () => (call) => call % 2 === 0,
    'half of the calls fail, by chance': () => byChance(0.5),
    'two of three calls fail': () => (call) => call % 3 !== 0,
    'it is there for a quarter of each minute': (scene) => () => scene.clock.now() % 60 < 45,
    'it is there every other quarter of a minute': (scene) => () => scene.clock.now() % 30 < 15,
  };

  it.each(Object.keys(faults))('%s: no proof is missed', async (name) => {
    const scene = await begin();
    const { slotId } = await scene.sell();
    const sent = scene.sale(slotId)?.proofs.sent ?? 0;
    scene.line.breakDown(faults[name]?.(scene));
    await scene.pass(OUTAGE, {
      step: 5,
      each: () => {
        expect(scene.validate(slotId)).toBe(false);
        expect(scene.sale(slotId)?.state).toBe('proving');
      },
    });
    scene.line.mend();
    await scene.pass(PERIOD);
    const { proofs } = scene.sale(slotId) ?? {};
    expect(proofs?.missed).toBe(0);
    expect(proofs?.sent).toBeGreaterThanOrEqual(sent + OUTAGE / PERIOD - 1);
  });

  it('whose answers get lost: a proof that arrived is not missed, and the agent lives', async () => {
    const scene = await begin();
    const { slotId } = await scene.sell();
    scene.line.answersAreLost = true;
    scene.line.breakDown((call) => call % 2 === 0);
    await scene.pass(OUTAGE, {
      step: 5,
      each: () => {
        expect(scene.validate(slotId)).toBe(false);
        expect(scene.sale(slotId)?.state).toBe('proving');
      },
    });
    scene.line.mend();
    await scene.pass(2 * PERIOD);
    expect(scene.sale(slotId)).toMatchObject({ state: 'proving', proofs: { missed: 0 } });
  });
});

describe('an outage at the end of a sale', () => {
  const ends = {
    'its pay': { ask: { slots: 1n, duration: 3600n }, code: 'paid' },
    'its part for the time until the expiry': {
      ask: { slots: 2n, duration: 40_000n },
      expiry: 3600n,
      code: 'partlyPaid',
    },
  } as const;

  for (const [what, { code, ...changes }] of Object.entries(ends)) {
    for (const answersAreLost of [false, true]) {
      it(`delays ${what}, and takes nothing of it${answersAreLost ? ', also when only answers are lost' : ''}`, async () => {
        const scene = await begin();
        if (code === 'partlyPaid') scene.host.beforeChunk = oneSlotOnly();
        const { slotId, sale } = await soldWith(scene, changes);
        const over = code === 'paid' ? (sale.requestEndsAt ?? 0) : (sale.expiresAt ?? 0);
        await scene.pass(over - scene.clock.now() - 30, { step: 30 });
        scene.line.answersAreLost = answersAreLost;
        scene.line.breakDown();
        await scene.pass(OUTAGE, { each: () => expect(scene.sale(slotId)).toBeDefined() });
        expect(await scene.ended(slotId)).toBeUndefined();
        scene.line.mend();
        await scene.pass(2 * PERIOD);
        const ended = await scene.ended(slotId);
        expect(ended?.outcome?.code).toBe(code);
        const rate = pricePerSlotPerSecond(sale.ask ?? never());
        expect(ended?.payout).toBe(rate * BigInt(over - (sale.filledAt ?? 0)));
        expect(scene.reservations.availabilities()[0]?.totalCollateral).toBe(someTerms.totalCollateral);
        expect(scene.truth.chain.marketplace.slotState(slotId, scene.clock.now())).toBe('paid');
      });
    }
  }

  /** The other slot of the request is never filled. */
  function oneSlotOnly(): FakeSlotHost['beforeChunk'] {
    let first: SlotId | undefined;
    return async ({ slotId }) => {
      first ??= slotId;
      if (slotId !== first) throw new Error('no peer has it');
    };
  }

  async function soldWith(
    scene: Scene,
    changes: RequestChanges,
  ): Promise<{ slotId: SlotId; sale: SaleInfo }> {
    scene.post(changes);
    await scene.pass(180);
    const [sale] = scene.sales.list().filter(({ state }) => state === 'proving');
    if (!sale) throw new Error('Nothing was sold');
    return { slotId: sale.slotId, sale };
  }
});

describe('an outage around the fill', () => {
  /** Every call fails from the fill on, which was sent or was not. */
  async function cutAtFill({ arrives }: { arrives: boolean }) {
    const scene = await begin(patient);
    const fill = scene.market.fillSlot.bind(scene.market);
    Object.assign(scene.market, {
      fillSlot: async (...args: Parameters<FakeMarket['fillSlot']>) => {
        Object.assign(scene.market, { fillSlot: fill });
        if (arrives) await fill(...args);
        scene.line.breakDown();
        return fill(...args);
      },
    });
    const posted = scene.post({ expiry: 20_000n });
    await scene.pass(120);
    return { scene, ...posted };
  }

  it('that began when it had arrived: it is found to be ours, and proven', async () => {
    const { scene, slotId } = await cutAtFill({ arrives: true });
    const collateral = scene.truth.chain.marketplace.slot(slotId)?.currentCollateral;
    await scene.pass(OUTAGE, {
      each: () => {
        scene.validate(slotId);
        expect(scene.sale(slotId)?.state).toBe('filling');
      },
    });
    scene.line.mend();
    await scene.pass(2 * PERIOD);
    expect(scene.sale(slotId)).toMatchObject({ state: 'proving', collateral });
    expect(scene.sale(slotId)?.proofs.sent).toBeGreaterThan(0);
    expect(scene.reservations.reservations()).toMatchObject([{ slotId, phase: 'filled', collateral }]);
    expect(scene.truth.chain.history.filter(({ event }) => event.name === 'SlotFilled')).toHaveLength(1);
  });

  it('that began before it arrived: it is proven anew and filled', async () => {
    const { scene, slotId } = await cutAtFill({ arrives: false });
    await scene.pass(OUTAGE, {
      each: () => expect(scene.sale(slotId)?.state).toMatch(/filling|initialProving/),
    });
    expect(scene.truth.chain.marketplace.slot(slotId)).toBeUndefined();
    scene.line.mend();
    await scene.pass(4 * PERIOD);
    expect(scene.sale(slotId)?.state).toBe('proving');
  });

  it('that began before it arrived, and another was quicker: all comes back', async () => {
    const { scene, slotId } = await cutAtFill({ arrives: false });
    await scene.pass(OUTAGE / 2);
    const { requestId } = scene.sale(slotId) ?? never();
    scene.truth.fillAsOther(requestId, 0);
    await scene.pass(OUTAGE / 2);
    scene.line.mend();
    await scene.pass(4 * PERIOD);
    expect((await scene.ended(slotId))?.outcome?.code).toBe('slotTaken');
    expect(scene.reservations.reservations()).toEqual([]);
    expect(scene.reservations.availabilities()).toMatchObject([
      { freeSize: someTerms.totalSize, totalRemainingCollateral: someTerms.totalCollateral },
    ]);
  });
});

describe('an outage before anything is put in', () => {
  it('leaves the slots that wait in the queue for afterwards', async () => {
    const scene = await begin();
    scene.line.breakDown();
    scene.post({ expiry: 20_000n, ask: { slots: 6n } });
    await scene.pass(OUTAGE);
    scene.line.mend();
    await scene.pass(10 * PERIOD);
    expect(scene.sales.list().map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'proving'));
  });
});

/** The same at each run. */
function byChance(share: number): Fault {
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647 < share;
  };
}

function never(): never {
  throw new Error('There is no such sale');
}
