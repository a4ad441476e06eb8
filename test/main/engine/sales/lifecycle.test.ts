import { describe, expect, it } from 'vitest';
import type { SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { revertError } from '../../../../src/main/engine/market/errors.ts';
import { StoreError } from '../../../../src/main/engine/stores/errors.ts';
import { someProof } from '../../../support/fakemarket.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { word } from '../../../support/requests.ts';
import { aWorld, pass, settled } from '../../../support/salesfixtures.ts';
import {
  filledByUs,
  outcomes,
  post,
  scenes,
  toPeriodStart,
  unreachable,
} from '../../../support/salesscenes.ts';

/** Starting, stopping, and what a run leaves to the next. */

const { start, provider, hosting, notStarted, stop } = scenes();
const { signal } = new AbortController();

describe('the sales', () => {
  it('begin once when they are told twice at once to start', async () => {
    const world = aWorld();
    const node = await notStarted(world);
    await Promise.all([node.sales.start(), node.sales.start()]);
    await node.sales.start();
    expect(world.market.count('pastStorageRequests')).toBe(1);
    post(world);
    await settled();
    expect(node.events.filter(({ type }) => type === 'ended')).toHaveLength(1);
  });

  it('end once when they are told twice at once to stop, and can be started again', async () => {
    const { world, node, slotId } = await hosting();
    await Promise.all([node.sales.stop(), node.sales.stop()]);
    expect(node.sales.list()).toEqual([]);
    await node.sales.start();
    await pass(world.clock, 60);
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
  });

  it('go on when one who listens to them, to the queue or to the ledger throws, and that is logged', async () => {
    const { logger, lines } = recordingLogger();
    const { world, node } = await provider({ logger });
    const broken = () => {
      throw new Error('broken window');
    };
    node.sales.onEvent.subscribe(broken);
    node.sales.onRequest.subscribe(broken);
    node.queue.onChange.subscribe(broken);
    node.reservations.onChange.subscribe(broken);
    const { slotId } = post(world);
    await pass(world.clock, 60);
    expect(filledByUs(world, slotId)).toBe(true);
    const said = new Set(lines.filter(({ level }) => level === 'error').map(({ message }) => message));
    expect(said).toEqual(
      new Set([
        'A listener of the sales failed',
        'A listener of the queue failed',
        'A listener of the ledger failed',
      ]),
    );
  });

  it('ask whose a slot is until they are answered, when its sale was given up and it is filled after all', async () => {
    const { world, node } = await provider();
    world.market.failNext('fillSlot', revertError('Marketplace_InvalidSlot'));
    const { requestId, request, slotId } = post(world);
    await pass(world.clock, 60);
    expect(await outcomes(node)).toEqual(['error']);
    world.market.failNext('mySlots', unreachable(), { times: 3 });
    const collateral = request.ask.collateralPerByte * request.ask.slotSize;
    await world.market.fillSlot(requestId, 0, someProof, collateral, { signal });
    await settled();
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
  });
});

describe('after a restart', () => {
  it('what an ended sale left behind and cannot be put away is put away by the start after', async () => {
    const { world, node, slotId } = await hosting();
    const key = `/meta/sales/running/${slotId.slice(2)}`;
    const running = () => world.database.records.has(key);
    await stop(node);
    const left = world.database.records.get(key) ?? '';
    const second = await start(world);
    await pass(world.clock, 3700);
    expect(running()).toBe(false);
    await stop(second);
    world.database.records.set(key, left.replace('"state":"proving"', '"state":"downloading"'));
    world.database.records.set(key, (world.database.records.get(key) ?? '').replace(/"filledAt":\d+,/, ''));
    const clear = world.host.clear.bind(world.host);
    world.host.clear = () => Promise.reject(new StoreError('SLOT_FILES_FAILED', {}));
    const third = await start(world);
    expect([running(), third.sales.list()]).toEqual([true, []]);
    await stop(third);
    world.host.clear = clear;
    await start(world);
    expect(running()).toBe(false);
  });

  it('a slot is proven though its books cannot be compared with the disk, and that is logged', async () => {
    const { world, node, slotId } = await hosting();
    await stop(node);
    const { logger, lines } = recordingLogger();
    const storedBytes = world.host.storedBytes.bind(world.host);
    world.host.storedBytes = () => Promise.reject(new StoreError('SLOT_FILES_FAILED', {}));
    const again = await start(world, { logger });
    await pass(world.clock, 120);
    expect(lines.map(({ message }) => message)).toContain(
      'The books of a slot do not follow its bytes on disk',
    );
    expect(again.sales.list()).toMatchObject([{ slotId, state: 'proving', proofs: { missed: 0 } }]);
    world.host.storedBytes = storedBytes;
  });

  it('a stop while the books are compared with the disk is no fault', async () => {
    const { world, node } = await hosting();
    await stop(node);
    const { logger, lines } = recordingLogger();
    world.host.storedBytes = () => Promise.reject(new StoreError('SLOT_FILES_FAILED', {}));
    const again = await notStarted(world, { logger });
    await again.sales.start();
    await again.sales.stop();
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('a proof that the run before has sent is not counted twice', async () => {
    const { world, node } = await hosting();
    await toPeriodStart(world);
    await pass(world.clock, 10);
    const before = node.sales.list()[0]?.proofs;
    await stop(node);
    const again = await start(world);
    await pass(world.clock, 40);
    expect(world.market.count('submitProof')).toBe((before?.sent ?? 0) + 1);
    expect(again.sales.list()[0]?.proofs).toMatchObject({ sent: before?.sent, late: 0, failed: 0 });
    expect(again.sales.list()[0]?.proofs.dueBy).toBeUndefined();
  });

  it('a start that is called off while it asks what may be swept ends at once, and sweeps nothing', async () => {
    const world = aWorld();
    const node = await notStarted(world);
    world.host.stored.set(word<SlotId>(0xdead), 65_536n);
    // The first to ask is who looks for what is ours.
    world.market.delayNext('mySlots', { after: true }).release();
    const gate = world.market.delayNext('mySlots');
    const controller = new AbortController();
    const starting = node.sales.start({ signal: controller.signal });
    await gate.reached;
    controller.abort();
    await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
    expect(node.queue.isRunning).toBe(false);
    expect(world.host.cleared).toEqual([]);
  });
});
