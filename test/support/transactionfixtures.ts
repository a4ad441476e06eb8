import type { SlotId } from '../../src/main/engine/contracts/ids.ts';
import type { Call } from '../../src/main/engine/market/transactions/transactions.ts';
import { account, word } from './requests.ts';

/** A caller's patience that no test wears out, ms. */
export const PATIENCE_MS = 2 ** 31;

/** A reservation of a slot by its number. */
export const callOf = (slot: number, more: Partial<Call> = {}): Call => ({
  purpose: 'reserve',
  slotId: word<SlotId>(slot),
  to: account(7),
  data: `0x12827602${slot.toString(16).padStart(8, '0')}`,
  ...more,
});
