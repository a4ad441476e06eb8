import { describe, expect, it } from 'vitest';
import { newSale, SaleRecord } from '../../../../src/main/engine/sales/salerecord.ts';
import type { SalesEvent } from '../../../../src/main/engine/sales/saleinfo.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { word } from '../../../support/requests.ts';

describe('the progress of a download', () => {
  it('tells the speed at which bytes come, by the wall clock, and that none come any more', () => {
    let nowMs = 0;
    const events: SalesEvent[] = [];
    const clock = new FakeClock();
    const sale = newSale({ slotId: word(1), requestId: word(2), slotIndex: 0 }, clock.now());
    const record = new SaleRecord(sale, { clock, tell: (event) => events.push(event), nowMs: () => nowMs });
    const told = (receivedBytes: bigint, doneBytes = 0n) => {
      record.progressed({ doneBytes, totalBytes: 1_000_000n, receivedBytes });
      return record.info.progress;
    };
    expect(told(0n)).toEqual({ doneBytes: 0n, totalBytes: 1_000_000n, bytesPerSecond: 0 });
    nowMs = 1_000;
    // Chain time has nothing to do with it, nor how much is written by now.
    clock.advance(3600);
    expect(told(50_000n)?.bytesPerSecond).toBe(50_000);
    nowMs = 2_000;
    expect(told(100_000n, 65_536n)).toMatchObject({ doneBytes: 65_536n, bytesPerSecond: 50_000 });
    for (; nowMs <= 9_000; nowMs += 1_000) told(100_000n);
    expect(told(100_000n)?.bytesPerSecond).toBe(0);
    expect(events.every(({ type }) => type === 'progress')).toBe(true);
  });
});
