import { describe, expect, it } from 'vitest';
import type { SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { ChainReservations } from '../../../../src/main/engine/sales/chainreservations.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { word } from '../../../support/requests.ts';

const slot = (n: number) => word<SlotId>(n);

async function opened(database = new MemoryDatabase(), clock = new FakeClock()) {
  const reserved = new ChainReservations({ database, clock, logger: silentLogger });
  await reserved.load();
  return { database, clock, reserved, now: clock.now() };
}

describe('the slots that are reserved on chain', () => {
  it('are known after a restart, until they are filled', async () => {
    const { database, clock, reserved, now } = await opened();
    await reserved.note(slot(1), now + 100);
    await reserved.note(slot(2), now + 100);
    await reserved.forget(slot(1));
    const { reserved: again } = await opened(database, clock);
    expect([1, 2, 3].map((n) => again.has(slot(n)))).toEqual([false, true, false]);
  });

  it('are forgotten once their request is over', async () => {
    const { database, clock, reserved, now } = await opened();
    await reserved.note(slot(1), now + 10);
    await reserved.note(slot(2), now + 20);
    clock.advance(11);
    await reserved.note(slot(3), now + 100);
    expect(reserved.size).toBe(2);
    expect([...database.records.keys()]).toEqual(
      [2, 3].map((n) => `/meta/sales/chainreservations/${slot(n).slice(2)}`),
    );
  });

  it('are written once each, and not at all when nothing changes', async () => {
    const { database, reserved, now } = await opened();
    await reserved.note(slot(1), now + 10);
    await reserved.note(slot(1), now + 10);
    await reserved.forget(slot(2));
    expect(database.batches).toHaveLength(1);
    await reserved.note(slot(1), now + 20);
    expect(database.batches).toHaveLength(2);
  });

  it('are as they were when they could not be written', async () => {
    const { database, reserved, now } = await opened();
    database.failNextBatch();
    await expect(reserved.note(slot(1), now + 10)).rejects.toThrow();
    expect(reserved.has(slot(1))).toBe(false);
    await reserved.note(slot(1), now + 10);
    database.failNextBatch();
    await expect(reserved.forget(slot(1))).rejects.toThrow();
    expect(reserved.has(slot(1))).toBe(true);
  });

  it('that are noted while they are being forgotten are known after it', async () => {
    const { database, clock, reserved, now } = await opened();
    await reserved.note(slot(1), now + 10);
    const forgetting = reserved.forget(slot(1));
    await reserved.note(slot(1), now + 10);
    await forgetting;
    expect(reserved.has(slot(1))).toBe(true);
    const { reserved: again } = await opened(database, clock);
    expect(again.has(slot(1))).toBe(true);
  });
});
