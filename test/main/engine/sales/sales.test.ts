import { describe, expect, it } from 'vitest';
import { slotIdOf, type Challenge, type RequestId } from '../../../../src/main/engine/contracts/ids.ts';
import { requestIdOf } from '../../../../src/main/engine/contracts/requestid.ts';
import { collateralPerSlot } from '../../../../src/main/engine/contracts/requests.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { MarketError, revertError } from '../../../../src/main/engine/market/errors.ts';
import { NetworkError } from '../../../../src/main/engine/network/errors.ts';
import { DownloadSpeed } from '../../../../src/main/engine/sales/downloadspeed.ts';
import { Reservations } from '../../../../src/main/engine/sales/reservations.ts';
import { Sales } from '../../../../src/main/engine/sales/sales.ts';
import { StoreError } from '../../../../src/main/engine/stores/errors.ts';
import { someProof } from '../../../support/fakemarket.ts';
import { Gate } from '../../../support/fakeslothost.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { word } from '../../../support/requests.ts';
import { aWorld, pass, settled, snapshot, someTerms, statesOf } from '../../../support/salesfixtures.ts';
import {
  expectAllBack,
  filledByUs,
  oneSlot,
  outcomes,
  post,
  scenes,
  toPeriodEnd,
  toPeriodStart,
  unreachable,
} from '../../../support/salesscenes.ts';

const { start, provider, hosting, notStarted } = scenes();

const nineTimes = (text: string) => Array.from({ length: 9 }, () => text);

describe('a sale that goes well', () => {
  it('goes from request to payout, pays exactly, and gives everything back', async () => {
    const { world, node, untouched } = await provider();
    const tokens = world.market.chain.marketplace.tokens.get(world.market.signer) ?? 0n;
    const { requestId, request, slotId, rate } = post(world);
    await pass(world.clock, 3600 + 70);
    expect(statesOf(node.events, slotId)).toEqual([
      'preparing',
      'slotReserving',
      'downloading',
      'initialProving',
      'filling',
      'filled',
      'proving',
      'payout',
      'finished',
    ]);
    expectAllBack(node, world, untouched, slotId);
    const [sale] = await node.sales.history(10);
    const received = (world.market.chain.marketplace.tokens.get(world.market.signer) ?? 0n) - tokens;
    expect(sale).toMatchObject({
      requestId,
      slotIndex: 0,
      outcome: { code: 'paid' },
      ask: request.ask,
      payout: received,
    });
    expect(received).toBe(rate * BigInt((sale?.requestEndsAt ?? 0) - (sale?.filledAt ?? 0)));
    expect(sale).toMatchObject({
      collateral: collateralPerSlot(request.ask),
      currentCollateral: collateralPerSlot(request.ask),
    });
  });

  it('gives one proof in each period after the one of the fill', async () => {
    const { node } = await (async () => {
      const hosted = await hosting();
      await pass(hosted.world.clock, 600);
      return hosted;
    })();
    const [sale] = node.sales.list();
    const periods = sale?.proofs.sentAt.map((at) => Math.floor(at / 60)) ?? [];
    const filledIn = Math.floor((sale?.filledAt ?? 0) / 60);
    expect(periods).toEqual(Array.from({ length: 10 }, (_, n) => filledIn + 1 + n));
    expect(sale?.proofs).toMatchObject({ sent: 10, missed: 0, failed: 0 });
  });

  it('tells of its progress, its proofs and its end, and of its end last', async () => {
    const { world, node, slotId } = await hosting();
    await pass(world.clock, 3700);
    const own = node.events.filter(({ sale }) => sale.slotId === slotId);
    const progress = own.flatMap(({ type, sale }) => (type === 'progress' ? [sale.progress?.doneBytes] : []));
    expect(progress).toEqual([0n, 262_144n, 524_288n, 786_432n, 1_048_576n]);
    expect(own.filter(({ type }) => type === 'proof').length).toBeGreaterThan(50);
    expect(own.at(-1)).toMatchObject({
      type: 'ended',
      sale: { state: 'finished', outcome: { code: 'paid' } },
    });
  });

  it('sells all slots of a request, some at a time', async () => {
    const { world, node } = await provider({ workers: 3 });
    let atOnce = 0;
    node.queue.onChange.subscribe(() => (atOnce = Math.max(atOnce, node.queue.workers.busy)));
    const { requestId } = post(world, { ask: { slots: 9n }, expiry: 1000n });
    await pass(world.clock, 400);
    expect(node.sales.list().map(({ state }) => state)).toEqual(nineTimes('proving'));
    expect(world.market.chain.marketplace.requestState(requestId, world.clock.now())).toBe('started');
    expect(atOnce).toBe(3);
    expect(node.queue.workers.busy).toBe(0);
    await pass(world.clock, 3600);
    expect(await outcomes(node)).toEqual(nineTimes('paid'));
  });

  it('waits with the first proof for a new period, and for a pointer that cannot wrap', async () => {
    const { world, node } = await provider();
    world.market.setPointer(250);
    post(world);
    await pass(world.clock, 180);
    expect(node.sales.list()[0]?.state).toBe('initialProving');
    world.market.setPointer(224);
    await pass(world.clock, 65);
    expect(node.sales.list()[0]?.state).toBe('proving');
    expect((node.sales.list()[0]?.filledAt ?? 0) % 60).toBeGreaterThanOrEqual(1);
  });
});

describe('the host', () => {
  it('is handed the request and an index of it, to store and to prove with the challenge of the chain', async () => {
    const { world, node } = await provider();
    const stored: { requestId: string; slotIndex: number }[] = [];
    world.host.beforeChunk = async ({ request, slotIndex }, done) => {
      if (done === 0n) stored.push({ requestId: requestIdOf(request), slotIndex });
    };
    world.market.setChallenge(word<Challenge>(7));
    const { requestId } = post(world, { ask: { slots: 3n } });
    await pass(world.clock, 60);
    expect(stored).toHaveLength(3);
    expect(new Set(stored.map(({ slotIndex }) => slotIndex))).toEqual(new Set([0, 1, 2]));
    expect(new Set(stored.map((each) => each.requestId))).toEqual(new Set([requestId]));
    expect(new Set(world.host.proven.map(({ challenge }) => challenge))).toEqual(new Set([word(7)]));
    expect(new Set(world.host.proven.map(({ slotId }) => slotId))).toEqual(
      new Set([0, 1, 2].map((index) => slotIdOf(requestId, index))),
    );
    expect(node.sales.list()).toHaveLength(3);
  });

  it('has its proof on chain when the slot is filled, with us as the host, and that is told', async () => {
    const { world, node } = await provider();
    const { requestId, slotId } = post(world);
    await pass(world.clock, 60);
    const fill = world.market.calls.find(({ method }) => method === 'fillSlot');
    expect(fill?.args).toEqual([requestId, 0, someProof, 104_857_600n]);
    expect(filledByUs(world, slotId)).toBe(true);
    const told = node.events.find((event) => event.type === 'entered' && event.from === 'filled');
    expect(told?.sale).toMatchObject({ requestId, slotIndex: 0, state: 'proving' });
  });

  it('says how fast the slot came, in chain time and never faster than it was', async () => {
    const world = aWorld();
    const samples: object[] = [];
    const downloadSpeed = new DownloadSpeed({ clock: world.clock });
    downloadSpeed.note = (sample) => void samples.push(sample);
    const reservations = await Reservations.open(
      { database: world.database, logger: silentLogger },
      { quotaMax: 2n ** 40n },
    );
    const sales = new Sales({ ...world, reservations, downloadSpeed, logger: silentLogger });
    await sales.start();
    await reservations.createAvailability(someTerms);
    world.host.beforeChunk = async (_, done) => {
      if (done > 0n) world.clock.advance(3);
    };
    post(world);
    await settled();
    expect(samples).toEqual([{ bytes: 1_048_576n, seconds: 10 }]);
    await sales.stop();
  });
});

describe('a slot that is not taken', () => {
  it('waits in the queue with the reason until an offer fits, and leaves no history', async () => {
    const world = aWorld();
    const node = await start(world);
    const { slotId } = post(world);
    await settled();
    expect(node.queue.items()).toMatchObject([{ item: { slotId }, waitingFor: 'You offer no space yet.' }]);
    await node.reservations.createAvailability({ ...someTerms, minPricePerBytePerSecond: 8n });
    await settled();
    const text = 'It pays 0.0181 tokens per GB and month; your lowest is 0.0207.';
    expect(node.queue.items()).toMatchObject([{ waitingFor: text }]);
    expect(node.events.at(-1)).toMatchObject({
      type: 'ended',
      sale: { outcome: { code: 'noMatchingAvailability', text } },
    });
    expect(await outcomes(node)).toEqual([]);
    expect(world.host.cleared).toEqual([]);
    await node.reservations.createAvailability(someTerms);
    await pass(world.clock, 60);
    expect(filledByUs(world, slotId)).toBe(true);
  });

  it('stands in the log with the bare numbers of the rule that failed', async () => {
    const { logger, lines } = recordingLogger();
    const world = aWorld();
    const node = await start(world, { logger });
    const { id } = await node.reservations.createAvailability({ ...someTerms, minPricePerBytePerSecond: 8n });
    post(world);
    await settled();
    const line = lines.find(({ message }) => message === 'No offer fits the slot');
    expect(line?.fields).toEqual({ rule: 'price', asked: 7n, yours: 8n, availabilityId: id });
  });

  it('frees its worker and is told as ended also when the history cannot be written', async () => {
    const { world, node } = await provider();
    world.host.beforeChunk = () => Promise.reject(new Error('nobody has it'));
    const ended: string[] = [];
    node.sales.onEvent.subscribe(({ type, sale }) => {
      if (type === 'ended') ended.push(sale.outcome?.code ?? '');
    });
    const { slotId } = post(world);
    // The last write of a sale is the one that moves it to the history.
    const batch = world.database.batch.bind(world.database);
    world.database.batch = async (operations) => {
      if (operations.some(({ key }) => key.startsWith('/meta/sales/history'))) throw new Error('disk full');
      await batch(operations);
    };
    await settled();
    expect(ended).toEqual(['downloadFailed']);
    expect(node.queue.workers.busy).toBe(0);
    expect(node.sales.list()).toEqual([]);
    expect(world.host.stored.has(slotId)).toBe(false);
    await node.sales.stop();
    world.database.batch = batch;
    const again = await start(world);
    expect(await outcomes(again)).toEqual(['downloadFailed']);
  });

  it('says so when its client did not make it provable', async () => {
    const { world, node } = await provider();
    const why = 'its manifest names no slot roots';
    world.host.beforeChunk = () =>
      Promise.reject(new NetworkError('MANIFEST_NOT_VERIFIABLE', {}, { message: why }));
    const ended: unknown[] = [];
    node.sales.onEvent.subscribe(({ type, sale }) => {
      if (type === 'ended') ended.push(sale.outcome);
    });
    post(world);
    await settled();
    expect(ended).toEqual([{ code: 'notVerifiable', text: `The slot was not taken: ${why}` }]);
  });

  it('is left to others when they have reserved it', async () => {
    const { world, node, untouched } = await provider();
    const gate = world.market.delayNext('canReserveSlot');
    const { requestId, slotId } = post(world);
    await gate.reached;
    world.market.reserveAsOthers(requestId, 0, 3);
    gate.release();
    await settled();
    expect(await outcomes(node)).toEqual(['reservationsFull']);
    expectAllBack(node, world, untouched, slotId);
    expect(node.queue.length).toBe(0);
  });

  it('is left to another who filled it before it was looked at', async () => {
    const { world, node } = await provider();
    const gate = world.market.delayNext('slotState');
    const { requestId } = post(world);
    await gate.reached;
    world.market.fillAsOther(requestId, 0);
    gate.release();
    await settled();
    expect(statesOf(node.events)).toEqual(['preparing', 'filled', 'ignored']);
  });

  it('is given back in full when another fills it during the download', async () => {
    const { world, node, untouched } = await provider();
    const gate = new Gate();
    world.host.beforeChunk = (_, done) => (done === 0n ? Promise.resolve() : gate.pass());
    const { requestId, slotId } = post(world);
    await gate.reached;
    expect(node.reservations.quota.used).toBe(262_144n);
    world.market.fillAsOther(requestId, 0);
    await settled();
    expect(await outcomes(node)).toEqual(['slotTaken']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('is given back in full when another fills it while our transaction is on its way', async () => {
    const { world, node, untouched } = await provider();
    const gate = world.market.delayNext('fillSlot');
    const { requestId, slotId } = post(world);
    await pass(world.clock, 60);
    await gate.reached;
    world.market.fillAsOther(requestId, 0);
    await settled();
    expect(node.sales.list()[0]?.state).toBe('filling');
    gate.release();
    await settled();
    expect(await outcomes(node)).toEqual(['slotTaken']);
    expectAllBack(node, world, untouched, slotId);
  });
});

describe('an offer', () => {
  const rules = [
    ['price', { minPricePerBytePerSecond: 8n }],
    ['duration', { duration: 3599n }],
    ['size', { totalSize: 1_048_575n }],
    ['collateral', { totalCollateral: 99n * 64n * 1_048_576n }],
    ['until', { until: 1_700_003_599 }],
    ['disabled', { enabled: false }],
  ] as const;

  it.each(rules)(
    'that does not fit by its %s leaves the slot alone, and says so as a fact',
    async (rule, terms) => {
      const world = aWorld();
      const node = await start(world);
      const { id } = await node.reservations.createAvailability({ ...someTerms, ...terms });
      post(world);
      await settled();
      expect(statesOf(node.events)).toEqual(['preparing', 'ignored']);
      expect(node.events.at(-1)).toMatchObject({
        type: 'ended',
        sale: {
          outcome: { code: 'noMatchingAvailability', text: node.queue.items()[0]?.waitingFor },
          refusal: { rule, availabilityId: id },
        },
      });
      expect(node.reservations.reservations()).toEqual([]);
      expect(world.market.count('reserveSlot')).toBe(0);
    },
  );

  it('that ends when the request ends, or later, takes its slot', async () => {
    const world = aWorld();
    const node = await start(world);
    await node.reservations.createAvailability({ ...someTerms, until: 1_700_003_600 });
    const { slotId } = post(world);
    await pass(world.clock, 60);
    expect(filledByUs(world, slotId)).toBe(true);
  });

  it('has one slot size less to give once the slot is downloaded', async () => {
    const { world, node, untouched } = await provider();
    post(world);
    await settled();
    const [before] = untouched.availabilities;
    expect(node.reservations.availabilities()).toMatchObject([
      { freeSize: (before?.freeSize ?? 0n) - 1_048_576n, totalSize: before?.totalSize },
    ]);
    expect(node.reservations.quota.used).toBe(1_048_576n);
  });

  it('that was paused meanwhile gets all its bytes back when the sale is finished', async () => {
    const { world, node, untouched, slotId } = await hosting();
    for (const { id } of node.reservations.availabilities()) await node.reservations.setEnabled(id, false);
    await pass(world.clock, 3700);
    expect(await outcomes(node)).toEqual(['paid']);
    expect(node.reservations.availabilities()[0]?.freeSize).toBe(untouched.availabilities[0]?.freeSize);
    expect(node.reservations.quota.used).toBe(0n);
    expect(world.host.stored.has(slotId)).toBe(false);
  });

  it('that fits none of four slots leaves them seen in the queue, which pauses', async () => {
    const world = aWorld();
    const node = await start(world);
    await node.reservations.createAvailability({ ...someTerms, duration: 1n });
    post(world, { ask: { slots: 4n } });
    await settled();
    expect(node.queue.items().map(({ seen }) => seen)).toEqual([true, true, true, true]);
    expect(node.queue.paused).toBe(true);
  });

  it('with room for one of four slots leaves three seen in the queue, which pauses', async () => {
    const world = aWorld();
    const node = await start(world);
    await node.reservations.createAvailability({ ...someTerms, totalSize: 1_048_576n });
    post(world, { ask: { slots: 4n } });
    await pass(world.clock, 60);
    expect(node.sales.list().map(({ state }) => state)).toEqual(['proving']);
    expect(node.queue.items().map(({ seen }) => seen)).toEqual([true, true, true]);
    expect(node.queue.paused).toBe(true);
  });
});

describe('what ends a sale before the slot is filled', () => {
  it('a download that fails: all is given back', async () => {
    const { world, node, untouched } = await provider();
    world.host.beforeChunk = async (_, done) => {
      if (done > 0n) throw new Error('no peer has it');
    };
    const { slotId } = post(world);
    await settled();
    expect(await outcomes(node)).toEqual(['downloadFailed']);
    expect((await node.sales.history(1))[0]?.outcome?.text).toContain('no peer has it');
    expectAllBack(node, world, untouched, slotId);
  });

  it('more bytes than the request names', async () => {
    const { world, node, untouched } = await provider();
    world.host.surplus = 1n;
    const { slotId } = post(world);
    await settled();
    expect(await outcomes(node)).toEqual(['downloadFailed']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('a first proof that cannot be made', async () => {
    const { world, node, untouched } = await provider();
    world.host.beforeProof = () => Promise.reject(new Error('prover broken'));
    const { slotId } = post(world);
    await pass(world.clock, 60);
    expect(await outcomes(node)).toEqual(['proofFailed']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('a first proof that the contract refuses', async () => {
    const { world, node, untouched } = await provider();
    world.market.failNext('fillSlot', revertError('Proofs_InvalidProof'));
    const { slotId } = post(world);
    await pass(world.clock, 60);
    expect(await outcomes(node)).toEqual(['proofFailed']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('a fill that the contract refuses for want of tokens', async () => {
    const { world, node, untouched } = await provider();
    world.market.failNext('fillSlot', revertError('ERC20InsufficientBalance'));
    const { slotId } = post(world);
    await pass(world.clock, 60);
    expect((await node.sales.history(1))[0]?.outcome?.text).toContain('not enough tokens');
    expectAllBack(node, world, untouched, slotId);
  });

  it('a reservation that the database cannot write, after a few attempts', async () => {
    const world = aWorld();
    const node = await start(world);
    await node.reservations.createAvailability(someTerms);
    const untouched = snapshot(node.reservations);
    const gate = world.market.delayNext('getRequest');
    const { slotId } = post(world);
    await gate.reached;
    const batch = world.database.batch.bind(world.database);
    world.database.batch = () => Promise.reject(new StoreError('DATABASE_FAILED', {}));
    gate.release();
    await settled();
    world.database.batch = batch;
    expect(node.events.at(-1)).toMatchObject({
      type: 'ended',
      sale: { outcome: { code: 'error', text: expect.stringContaining('DATABASE_FAILED') as unknown } },
    });
    expectAllBack(node, world, untouched, slotId);
  });

  it('a database that cannot write: nothing is half done', async () => {
    const { world, node, untouched } = await provider();
    const gate = world.market.delayNext('reserveSlot');
    const { slotId } = post(world);
    await gate.reached;
    world.database.failNextBatch();
    gate.release();
    await settled();
    expect(await outcomes(node)).toEqual(['error']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('the expiry of its request, and only once the chain says so', async () => {
    const { world, node, untouched } = await provider();
    world.host.beforeChunk = () => new Gate().pass();
    const { slotId } = post(world);
    await settled();
    world.market.answerNext('requestState', 'new');
    await pass(world.clock, 601, 601);
    expect(node.sales.list()[0]?.state).toBe('downloading');
    await pass(world.clock, 2, 1);
    expect(await outcomes(node)).toEqual(['requestExpired']);
    expectAllBack(node, world, untouched, slotId);
  });
});

describe('money in a slot', () => {
  it('is paid out for the time until the request expired', async () => {
    const { world, node, untouched, requestId, rate } = await hosting(
      { ask: { slots: 2n } },
      { alone: true },
    );
    await pass(world.clock, 610);
    const sales = await node.sales.history(10);
    const paid = sales.find(({ outcome }) => outcome?.code === 'partlyPaid');
    const { expiresAt } = world.market.chain.marketplace.request(requestId);
    expect(paid?.payout).toBe(rate * BigInt(expiresAt - (paid?.filledAt ?? 0)));
    expect(snapshot(node.reservations)).toEqual(untouched);
  });

  it('survives a fill whose answer was lost', async () => {
    const { world, node } = await provider();
    world.market.failNext('fillSlot', unreachable(), { after: true });
    const { slotId } = post(world);
    await pass(world.clock, 60);
    expect(world.market.count('fillSlot')).toBe(1);
    expect(node.sales.list()[0]).toMatchObject({ slotId, state: 'proving' });
  });

  it('goes in after a chain that did not answer when it was sent', async () => {
    const { world, node } = await provider();
    world.market.failNext('fillSlot', unreachable(), { times: 3 });
    post(world);
    await pass(world.clock, 60);
    expect(node.sales.list()[0]?.state).toBe('proving');
  });

  it('goes in with a proof of the next period when the former host proved the slot in this one', async () => {
    const { world, node } = await provider();
    world.market.failNext('fillSlot', revertError('Proofs_ProofAlreadySubmitted'));
    world.market.setChallenge(word<Challenge>(1));
    const { slotId } = post(world);
    await pass(world.clock, 60);
    expect(node.sales.list()[0]?.state).toBe('initialProving');
    world.market.setChallenge(word<Challenge>(2));
    await pass(world.clock, 60);
    expect(node.sales.list()[0]?.state).toBe('proving');
    expect(statesOf(node.events, slotId).slice(-6)).toEqual([
      'initialProving',
      'filling',
      'initialProving',
      'filling',
      'filled',
      'proving',
    ]);
    const challenges = world.host.proven.map(({ challenge }) => challenge);
    expect(challenges).toEqual([word(1), word(2)]);
  });

  it('never goes in with the proof of a period that is over', async () => {
    const { world, node } = await provider();
    world.host.beforeProof = async () => {
      world.host.beforeProof = async () => {};
      world.clock.advance(60);
    };
    const { slotId } = post(world);
    await pass(world.clock, 120);
    expect(world.market.count('fillSlot')).toBe(1);
    const first = statesOf(node.events, slotId).indexOf('filling');
    expect(statesOf(node.events, slotId).slice(first)).toEqual([
      'filling',
      'initialProving',
      'filling',
      'filled',
      'proving',
    ]);
  });

  it('goes in anew when its period ended while the fill was on its way', async () => {
    const { world, node } = await provider();
    post(world);
    await settled();
    expect(node.sales.list()[0]?.state).toBe('initialProving');
    const gate = world.market.delayNext('slotState');
    world.market.failNext('fillSlot', revertError('Proofs_InvalidProof'));
    await pass(world.clock, 60);
    await gate.reached;
    world.clock.advance(60);
    gate.release();
    await pass(world.clock, 60);
    expect(world.market.count('fillSlot')).toBe(2);
    expect(node.sales.list()[0]?.state).toBe('proving');
  });

  it('is not abandoned when the request expires while the fill is on its way', async () => {
    const { world, node, untouched } = await provider();
    const gate = world.market.delayNext('fillSlot', { after: true });
    world.host.beforeChunk = async ({ slotIndex }) => (slotIndex === 0 ? undefined : new Gate().pass());
    const { slotId } = post(world, { ask: { slots: 2n } });
    await pass(world.clock, 60);
    await gate.reached;
    await pass(world.clock, 620, 20);
    gate.release();
    await pass(world.clock, 70);
    const sold = (await node.sales.history(10)).filter(({ outcome }) => outcome?.code === 'partlyPaid');
    expect(sold).toHaveLength(1);
    expect(snapshot(node.reservations)).toEqual(untouched);
    expect(world.host.stored.has(slotId)).toBe(false);
  });

  it('is proven on after the chain was away for hours', async () => {
    const { world, node } = await hosting({ ...oneSlot, ask: { ...oneSlot.ask, duration: 20_000n } });
    const sentBefore = node.sales.list()[0]?.proofs.sent ?? 0;
    for (const method of ['slotState', 'isProofRequired', 'currentCollateral'] as const) {
      world.market.failNext(method, unreachable(), { times: 40 });
    }
    await pass(world.clock, 7200, 60);
    const [sale] = node.sales.list();
    expect(sale?.state).toBe('proving');
    expect(sale?.proofs.sent).toBeGreaterThan(sentBefore + 50);
  });

  it('is collected though collecting fails at first', async () => {
    const { world, node, untouched, slotId } = await hosting();
    world.market.failNext('freeSlot', unreachable(), { times: 3 });
    world.market.failNext('getHost', unreachable(), { times: 3 });
    await pass(world.clock, 3700);
    expect(await outcomes(node)).toEqual(['paid']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('was collected when the answer to the payout was lost', async () => {
    const { world, node, rate } = await hosting();
    world.market.failNext('freeSlot', unreachable(), { after: true });
    await pass(world.clock, 3700);
    const [sale] = await node.sales.history(1);
    expect(sale).toMatchObject({ outcome: { code: 'paid' } });
    expect(sale?.payout).toBe(rate * BigInt((sale?.requestEndsAt ?? 0) - (sale?.filledAt ?? 0)));
  });

  it('is reported as slashed when a proof is missed, and the offer has that much less in the end', async () => {
    const { world, node, untouched, slotId, request } = await hosting();
    const slash = collateralPerSlot(request.ask) / 5n;
    const gate = new Gate();
    world.host.beforeProof = () => gate.pass();
    await toPeriodEnd(world);
    await toPeriodEnd(world);
    world.market.markProofAsMissing(slotId);
    world.host.beforeProof = async () => {};
    gate.open();
    await pass(world.clock, 60);
    const [sale] = node.sales.list();
    expect(sale?.proofs).toMatchObject({ missed: 1 });
    expect(sale?.currentCollateral).toBe(collateralPerSlot(request.ask) - slash);
    expect(node.events.filter((event) => event.type === 'proof' && event.result === 'missed')).toHaveLength(
      1,
    );
    await pass(world.clock, 3700);
    const [offer] = untouched.availabilities;
    const total = (offer?.totalCollateral ?? 0n) - slash;
    expect(node.reservations.availabilities()).toMatchObject([
      { totalCollateral: total, totalRemainingCollateral: total },
    ]);
  });

  it('is lost with the slot after too many misses, and the bytes come back', async () => {
    const { world, node, slotId, request } = await hosting();
    world.host.beforeProof = () => Promise.reject(new Error('prover broken'));
    await toPeriodEnd(world);
    for (let miss = 0; miss < 2; miss++) {
      await toPeriodEnd(world);
      world.market.markProofAsMissing(slotId);
    }
    // What was freed is looked at again, and refused to stay on this example's point.
    for (const { id } of node.reservations.availabilities()) await node.reservations.setEnabled(id, false);
    await pass(world.clock, 60);
    const [sale] = await node.sales.history(1);
    expect(sale).toMatchObject({ outcome: { code: 'slotLost' }, currentCollateral: 0n });
    expect(sale?.proofs.failed).toBeGreaterThan(2);
    const [offer] = node.reservations.availabilities();
    expect(offer?.totalCollateral).toBe(someTerms.totalCollateral - collateralPerSlot(request.ask));
    expect(offer?.freeSize).toBe(someTerms.totalSize);
    expect(world.host.stored.has(slotId)).toBe(false);
  });

  it('is lost when the request fails', async () => {
    const { world, node, requestId, request } = await hosting({ ask: { slots: 2n, maxSlotLoss: 0n } });
    await pass(world.clock, 60);
    expect(node.sales.list()).toHaveLength(2);
    const other = slotIdOf(requestId, node.sales.list()[0]?.slotIndex ?? 0);
    await world.market.freeSlot(other, { signal: new AbortController().signal });
    await pass(world.clock, 120);
    expect(new Set(await outcomes(node))).toEqual(new Set(['requestFailed', 'slotLost']));
    const [offer] = node.reservations.availabilities();
    expect(offer?.totalCollateral).toBe(someTerms.totalCollateral - 2n * collateralPerSlot(request.ask));
    expect(await world.market.mySlots({ signal: new AbortController().signal })).toEqual([]);
  });

  it('does not take a rumour for the failure of its request', async () => {
    const { world, node, requestId } = await hosting();
    world.market.emit({ name: 'RequestFailed', requestId });
    await pass(world.clock, 60);
    expect(node.sales.list()[0]?.state).toBe('proving');
    await pass(world.clock, 3700);
    expect(await outcomes(node)).toEqual(['paid']);
  });
});

describe('a proof', () => {
  it.each(['now', 'later'] as const)('that is due %s is given as soon as its period begins', async (need) => {
    const { world, node, slotId } = await hosting();
    world.market.setProofNeed(slotId, need);
    const before = node.sales.list()[0]?.proofs.sent ?? 0;
    await toPeriodStart(world);
    await pass(world.clock, 2, 1);
    expect(node.sales.list()[0]?.proofs).toMatchObject({ sent: before + 1 });
    expect(node.sales.list()[0]?.proofs.dueBy).toBeUndefined();
    await pass(world.clock, 50);
    expect(node.sales.list()[0]?.proofs.sent).toBe(before + 1);
  });

  it('that fails is tried again while its period lasts', async () => {
    const { world, node, slotId } = await hosting();
    await toPeriodStart(world);
    world.market.failNext('submitProof', unreachable(), { times: 2 });
    await pass(world.clock, 60);
    const [sale] = node.sales.list();
    expect(sale?.proofs).toMatchObject({ failed: 2, missed: 0 });
    expect(sale?.proofs.sentAt.length).toBeGreaterThan(0);
    await toPeriodEnd(world);
    expect(() => world.market.markProofAsMissing(slotId)).toThrow();
  });

  it('that was sent though its answer was lost is not sent twice', async () => {
    const { world, node } = await hosting();
    await toPeriodStart(world);
    const before = world.market.count('submitProof');
    world.market.failNext('submitProof', unreachable(), { after: true });
    await pass(world.clock, 50);
    expect(world.market.count('submitProof')).toBe(before + 2);
    expect(node.sales.list()[0]?.proofs.dueBy).toBeUndefined();
  });

  it('is not made when none is due', async () => {
    const { world, node, slotId } = await hosting();
    world.market.setProofNeed(slotId, 'no');
    await toPeriodStart(world);
    const before = world.host.proven.length;
    await pass(world.clock, 300);
    expect(world.host.proven.length).toBe(before);
    expect(node.sales.list()[0]?.proofs.dueBy).toBeUndefined();
  });
});

describe('the proofs of several slots', () => {
  it('go through one queue: none is made while another is, and all are made in time', async () => {
    const { world, node } = await provider();
    let atOnce = 0;
    let most = 0;
    world.host.beforeProof = async () => {
      most = Math.max(most, ++atOnce);
      await new Promise(setImmediate);
      atOnce--;
    };
    post(world, { ask: { slots: 9n } });
    await pass(world.clock, 600);
    expect(most).toBe(1);
    const proofs = node.sales.list().map((sale) => sale.proofs);
    expect(proofs).toHaveLength(9);
    for (const { failed, missed, sent } of proofs) {
      expect({ failed, missed }).toEqual({ failed: 0, missed: 0 });
      expect(sent).toBeGreaterThan(5);
    }
  });

  it('that do not all fit into the period are failed for want of time, and told with cause and cost', async () => {
    const { logger, lines } = recordingLogger();
    const { world, node } = await provider({ logger });
    post(world, { ask: { slots: 3n } });
    await pass(world.clock, 120);
    const gate = new Gate();
    world.host.beforeProof = () => gate.pass();
    await toPeriodStart(world);
    await toPeriodStart(world);
    gate.open();
    await settled();
    const failures = node.sales.list().map((sale) => sale.proofs.lastFailure);
    expect(failures.map((failure) => failure?.cause)).toEqual(['noTimeLeft', 'noTimeLeft', 'noTimeLeft']);
    expect(failures[0]?.text).toContain('may be too busy');
    const missed = lines.filter(({ message }) => message === 'A proof was not given in its period');
    expect(missed).toHaveLength(3);
    expect(missed[0]?.fields).toMatchObject({ slash: 20_971_520n, losesSlot: false });
  });

  it.each([
    ['chainUnreachable', unreachable()],
    ['refused', revertError('Proofs_InvalidProof')],
    ['noGas', new MarketError('INSUFFICIENT_GAS', {})],
  ] as const)('that fail are told with their cause: %s', async (cause, error) => {
    const { world, node } = await hosting();
    await toPeriodStart(world);
    world.market.failNext('submitProof', error);
    await pass(world.clock, 30);
    expect(node.sales.list()[0]?.proofs).toMatchObject({ failed: 1, late: 1, lastFailure: { cause } });
  });

  it('that come in the last eighth of their period are late', async () => {
    const { world, node } = await hosting();
    const gate = new Gate();
    world.host.beforeProof = () => gate.pass();
    await toPeriodStart(world);
    await pass(world.clock, 54);
    const before = node.sales.list()[0]?.proofs.late ?? 0;
    gate.open();
    await settled();
    expect(node.sales.list()[0]?.proofs).toMatchObject({ late: before + 1, failed: 0 });
  });
});

describe('the market', () => {
  it.each(['RequestCancelled', 'RequestFailed', 'RequestFulfilled'] as const)(
    'takes a request out of the queue by %s',
    async (name) => {
      const world = aWorld();
      const node = await start(world);
      const { requestId } = post(world, {});
      await settled();
      expect(node.queue.length).toBe(4);
      world.market.emit({ name, requestId });
      expect(node.queue.length).toBe(0);
    },
  );

  it.each(['SlotFilled', 'SlotReservationsFull'] as const)(
    'takes a slot out of the queue by %s',
    async (name) => {
      const world = aWorld();
      const node = await start(world);
      const { requestId } = post(world, {});
      await settled();
      world.market.emit({ name, requestId, slotIndex: 2 });
      expect(new Set(node.queue.items().map(({ item }) => item.slotIndex))).toEqual(new Set([0, 1, 3]));
    },
  );

  it('brings a freed slot with the collateral of its state, until the request ends', async () => {
    const world = aWorld();
    const node = await start(world);
    const { requestId, request, slotId } = post(world, {});
    const other = world.market.as(world.market.signer.replace('5e11', '5e12') as typeof world.market.signer);
    for (const slotIndex of [0, 1, 2, 3]) world.market.fillAsOther(requestId, slotIndex, other.signer);
    await settled();
    expect(node.queue.length).toBe(0);
    await other.freeSlot(slotId, { signal: new AbortController().signal });
    await settled();
    const full = collateralPerSlot(request.ask);
    expect(node.queue.items()).toMatchObject([
      { item: { slotId, collateral: full - full / 10n, expiresAt: world.clock.now() + 3600 } },
    ]);
  });

  it('is asked at the start for open requests of the past; those that expired are left', async () => {
    const world = aWorld();
    const old = post(world, { ...oneSlot, expiry: 100n });
    world.clock.advance(200);
    const { slotId } = post(world);
    const node = await start(world);
    await settled();
    expect(node.queue.items().map(({ item }) => item.slotId)).toEqual([slotId]);
    expect(node.queue.has(old.slotId)).toBe(false);
  });

  it('may speak while the past is read: nothing is lost and nothing comes twice', async () => {
    const world = aWorld();
    post(world, { ask: { slots: 2n } });
    const node = await notStarted(world);
    const gate = world.market.delayNext('pastStorageRequests');
    const starting = node.sales.start();
    await gate.reached;
    const { requestId } = post(world, { ask: { slots: 3n } });
    world.market.fillAsOther(requestId, 1);
    gate.release();
    await starting;
    await settled();
    expect(node.queue.length).toBe(4);
    expect(node.events.filter(({ type }) => type === 'ended')).toHaveLength(4);
  });

  it('has all slots of a request filled already: it is left alone', async () => {
    const world = aWorld();
    const { requestId } = post(world, {});
    for (const slotIndex of [0, 1, 2, 3]) world.market.fillAsOther(requestId, slotIndex);
    const node = await start(world);
    await node.reservations.createAvailability(someTerms);
    await settled();
    expect(world.market.count('reserveSlot')).toBe(0);
    expect(node.sales.list()).toEqual([]);
    expect(node.queue.length).toBe(0);
  });

  it('tells of each open request once, past and new, before its slots are queued', async () => {
    const world = aWorld();
    const past = post(world);
    const node = await notStarted(world);
    const told: { requestId: RequestId; queued: number }[] = [];
    node.sales.onRequest.subscribe(({ requestId }) => told.push({ requestId, queued: node.queue.length }));
    await node.sales.start();
    await settled();
    const fresh = post(world, {});
    await settled();
    expect(told).toEqual([
      { requestId: past.requestId, queued: 0 },
      { requestId: fresh.requestId, queued: 1 },
    ]);
  });

  it('may speak between the moment it is listened to and the start', async () => {
    const world = aWorld();
    const { requestId } = post(world, {});
    const node = await notStarted(world);
    node.sales.listen();
    world.market.fillAsOther(requestId, 2);
    await node.sales.start();
    await settled();
    expect(new Set(node.queue.items().map(({ item }) => item.slotIndex))).toEqual(new Set([0, 1, 3]));
  });

  it('may send a request that no slot can be made of', async () => {
    const world = aWorld();
    const node = await start(world);
    const { request } = post(world);
    const ask = { ...request.ask, slots: 2n ** 64n - 1n };
    world.market.emit({
      name: 'StorageRequested',
      requestId: `0x${'9'.repeat(64)}` as RequestId,
      ask,
      expiresAt: 2_000_000_000,
    });
    await settled();
    expect(node.queue.length).toBe(1);
  });
});
