import { slotIdOf, type RequestId } from '../../src/main/engine/contracts/ids.ts';
import { Emitter } from '../../src/main/engine/lib/emitter.ts';
import type { LedgerChange } from '../../src/main/engine/sales/reservations.ts';
import type { SlotQueueItem } from '../../src/main/engine/sales/slotqueueitem.ts';
import { word } from './requests.ts';

/** An item of request 1, of which the test says what it cares about. */
export function anItem({
  request = 1,
  slot = 0,
  ...changes
}: Partial<SlotQueueItem> & { request?: number; slot?: number } = {}): SlotQueueItem {
  const requestId = word<RequestId>(0xa000 + request);
  return {
    slotId: slotIdOf(requestId, slot),
    requestId,
    slotIndex: slot,
    slotSize: 1n,
    duration: 1n,
    pricePerBytePerSecond: 1n,
    profit: 1n,
    collateral: 1n,
    expiresAt: 1_800_000_000,
    draw: 0,
    ...changes,
  };
}

/** What the queue knows of a ledger. */
export class FakeGenerations {
  readonly onChange = new Emitter<LedgerChange>();
  generation = 1;

  loosen(): void {
    this.generation++;
    this.onChange.emit({ isLooser: true });
  }
}
