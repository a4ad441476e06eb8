import { shortId } from '../../../shared/units.ts';

/** A slot by its request, short; the whole id in the tooltip. */
export function RequestSlot({ requestId, slotIndex }: { requestId: string; slotIndex: number }) {
  return (
    <span className="id" title={requestId}>
      {shortId(requestId)} <span className="third">· {slotIndex}</span>
    </span>
  );
}
