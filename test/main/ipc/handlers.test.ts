import { describe, expect, it } from 'vitest';
import { SlotQueue } from '../../../src/main/engine/sales/slotqueue.ts';
import { createHandlers } from '../../../src/main/ipc/handlers.ts';
import { createRouter } from '../../../src/main/ipc/router.ts';
import { api } from '../../../src/shared/api.ts';
import type { Reply } from '../../../src/shared/contract.ts';
import { errorTexts } from '../../../src/shared/errors.ts';
import { decode, encode } from '../../../src/shared/json.ts';
import { noAccounts, someToken } from '../../support/accountfixtures.ts';
import { FakeClock } from '../../support/fakeclock.ts';
import { noInsight } from '../../support/insightfixtures.ts';
import { aLogDesk } from '../../support/logdesk.ts';
import { aNetworkDesk } from '../../support/networkdesk.ts';
import { tempFolder } from '../../support/tempfolder.ts';
import { aLedger, availabilityId, reserved } from '../../support/ledgerfixtures.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';
import { aWalletDesk } from '../../support/walletdesk.ts';
import { aWallet } from '../../support/walletfixtures.ts';

const offer = {
  name: 'Spare disk',
  totalBytes: 1000n,
  durationSeconds: 100n,
  minPricePerBytePerSecond: 1n,
  totalCollateral: 2000n,
};

/** The calls of a window, answered by a node of which there is only the ledger. */
async function aWindow({ isRunning = true } = {}) {
  const { reservations } = await aLedger();
  const { logger } = recordingLogger();
  const queue = new SlotQueue({ reservations, clock: new FakeClock(), logger }, { capacity: 8 });
  const sales = { queue };
  const dataDir = await tempFolder();
  const logDesk = aLogDesk(dataDir);
  const handlers = createHandlers({
    snapshot: () => expect.fail('not asked for'),
    ...logDesk,
    token: () => someToken,
    ...aNetworkDesk(dataDir),
    ...aWalletDesk((await aWallet()).wallet),
    node: () => (isRunning ? { reservations, sales, insight: noInsight, accounts: noAccounts } : undefined),
  });
  const router = createRouter(api, handlers, { logger });
  const ask = async (name: string, input: unknown) =>
    decode(await router.dispatch(name, encode(input))) as Reply;
  const create = async () => {
    const reply = await ask('createAvailability', offer);
    return (reply as unknown as { value: { id: string } }).value.id;
  };
  return { reservations, queue, ask, create, told: logDesk.told };
}

describe('the calls about offers', () => {
  it('create an offer that sells from now on', async () => {
    const { reservations, create } = await aWindow();
    const id = await create();
    expect(reservations.availabilities()).toMatchObject([
      { id, name: 'Spare disk', totalSize: 1000n, duration: 100n, enabled: true, until: 0 },
    ]);
  });

  it('change what is named and leave the rest', async () => {
    const { reservations, ask, create } = await aWindow();
    const id = await create();
    const changes = { totalBytes: 3000n, durationSeconds: 50n, until: 1_800_000_000 };
    expect(await ask('updateAvailability', { id, ...changes })).toEqual({ ok: true, value: null });
    expect(reservations.availabilities()).toMatchObject([
      {
        name: 'Spare disk',
        totalSize: 3000n,
        freeSize: 3000n,
        duration: 50n,
        minPricePerBytePerSecond: 1n,
        enabled: true,
        until: 1_800_000_000,
      },
    ]);
  });

  it('delete an offer, at once or when its last slot ends', async () => {
    const { reservations, ask, create } = await aWindow();
    const [sold, free] = [await create(), await create()];
    await ask('setAvailabilityEnabled', { id: free, enabled: false });
    const held = await reserved(reservations);
    expect(held.availabilityId).toBe(sold);
    const deleted = (id: string) => ask('deleteAvailability', { id });
    expect(await deleted(sold)).toEqual({ ok: true, value: { state: 'draining' } });
    expect(await deleted(free)).toEqual({ ok: true, value: { state: 'deleted' } });
    expect(await deleted(free)).toEqual({ ok: true, value: { state: 'deleted' } });
    await reservations.close(held.id, { kind: 'notFilled' });
    expect(reservations.availabilities()).toEqual([]);
  });

  it('are told in the time line once they changed something, and only then', async () => {
    const { ask, create, told } = await aWindow();
    const id = await create();
    await ask('updateAvailability', { id, totalBytes: 99_000_000n });
    await ask('updateAvailability', { id, totalBytes: 3000n });
    await ask('setAvailabilityEnabled', { id, enabled: false });
    await ask('setAvailabilityEnabled', { id, enabled: true });
    await ask('deleteAvailability', { id });
    await ask('deleteAvailability', { id });
    expect(told).toEqual([
      'Offer “Spare disk” created, 1.0 kB',
      'Offer “Spare disk” changed',
      'Offer “Spare disk” paused',
      'Offer “Spare disk” sells again',
      'Offer “Spare disk” deleted',
    ]);
  });

  it('refuse what the ledger refuses, with its code and numbers, and a text for the code', async () => {
    const { reservations, ask, create } = await aWindow();
    const id = await create();
    await reserved(reservations);
    const refusals: [keyof typeof errorTexts, object, object][] = [
      ['TOTAL_BELOW_RESERVED', { totalBytes: 99n }, { requested: 99n, reserved: 100n }],
      ['COLLATERAL_BELOW_TIED', { totalCollateral: 99n }, { requested: 99n, tied: 100n }],
      ['UNTIL_BEFORE_SALES_END', { until: 5 }, { until: 5 }],
      ['QUOTA_EXCEEDED', { totalBytes: 99_000n }, { available: 9000n }],
      ['NOT_FOUND', { id: availabilityId(9) }, {}],
    ];
    for (const [code, changes, details] of refusals) {
      const reply = await ask('updateAvailability', { id, ...changes });
      expect(reply).toMatchObject({ ok: false, error: { code, details } });
      expect(errorTexts[code]).toMatch(/\.$/);
    }
    await ask('deleteAvailability', { id });
    expect(await ask('setAvailabilityEnabled', { id, enabled: true })).toMatchObject({
      error: { code: 'OFFER_WINDING_DOWN' },
    });
  });

  it.each<[string, object]>([
    ['totalBytes', { totalBytes: 0n }],
    ['totalBytes', { totalBytes: -1n }],
    ['totalBytes', { totalBytes: 2n ** 63n }],
    ['totalBytes', { totalBytes: 1.5 }],
    ['durationSeconds', { durationSeconds: 0n }],
    ['durationSeconds', { durationSeconds: 2n ** 64n }],
    ['minPricePerBytePerSecond', { minPricePerBytePerSecond: 0n }],
    ['totalCollateral', { totalCollateral: 2n ** 256n }],
    ['until', { until: -1 }],
    ['until', { until: 0.5 }],
    ['name', { name: ' ' }],
    ['', { freeBytes: 5n }],
    ['id', { id: '0x12' }],
  ])('refuse at the border a bad %s: %o', async (path, changes) => {
    const { reservations, ask, create } = await aWindow();
    const id = await create();
    const before = reservations.availabilities();
    expect(await ask('updateAvailability', { id, ...changes })).toMatchObject({
      error: { code: 'BAD_INPUT', details: { issues: [{ path }] } },
    });
    expect(reservations.availabilities()).toEqual(before);
  });

  it('say that the node does not run yet', async () => {
    const { ask } = await aWindow({ isRunning: false });
    for (const name of ['updateAvailability', 'deleteAvailability']) {
      expect(await ask(name, { id: availabilityId(1) })).toMatchObject({
        error: { code: 'NODE_NOT_RUNNING' },
      });
    }
  });
});

describe('the call for workers', () => {
  it('sets at once how many slots are worked on', async () => {
    const { queue, ask } = await aWindow();
    expect(await ask('setWorkers', { workers: 5 })).toEqual({ ok: true, value: null });
    expect(queue.workers.max).toBe(5);
  });

  it('is refused for more than the queue holds, with what to do', async () => {
    const { queue, ask } = await aWindow();
    expect(await ask('setWorkers', { workers: 9 })).toMatchObject({
      ok: false,
      error: { code: 'WORKERS_OUT_OF_RANGE', details: { workers: 9, capacity: 8 } },
    });
    expect(queue.workers.max).toBe(3);
    expect(errorTexts.WORKERS_OUT_OF_RANGE).toMatch(/\.$/);
  });

  it.each([0, 33, 1.5, -1])('is refused at the border for %d', async (workers) => {
    const { ask } = await aWindow();
    expect(await ask('setWorkers', { workers })).toMatchObject({ error: { code: 'BAD_INPUT' } });
  });

  it('waits for a node', async () => {
    const { ask } = await aWindow({ isRunning: false });
    expect(await ask('setWorkers', { workers: 2 })).toMatchObject({ error: { code: 'NODE_NOT_RUNNING' } });
  });
});
