import { outcomeText } from '../../../shared/outcome.ts';
import type { AvailabilityRow, QueueRow, RefusedRow } from '../../../shared/rows.ts';

export type Offers = ReadonlyMap<string, Pick<AvailabilityRow, 'name'>>;

/** Why a slot was not taken, with the figures of the rule. */
export function refusedText(row: RefusedRow, offers: Offers): string {
  const { availabilityId } = row.refusal ?? {};
  return outcomeText(row, availabilityId === undefined ? undefined : offers.get(availabilityId)?.name);
}

/** What a slot in the queue waits for: why it was not taken when it was looked at last. */
export function waitingText(
  { id, waitingFor }: QueueRow,
  refused: ReadonlyMap<string, RefusedRow>,
  offers: Offers,
): string | undefined {
  if (waitingFor === undefined) return undefined;
  const row = refused.get(id) ?? { id, requestId: '', slotIndex: 0, at: 0, code: 'noMatchingAvailability' };
  return refusedText({ ...row, text: waitingFor }, offers);
}
