import { isEngineError } from '../../errors.ts';
import { isAborted } from '../../lib/abort.ts';
import { followDisk } from '../followdisk.ts';
import { givenUp } from '../outcomes.ts';
import { reach } from '../phase.ts';
import type { SaleContext, SaleStep } from '../salestate.ts';

/** Fetches, verifies and stores the slot; what is written is charged before. */
export const downloading: SaleStep<'downloading'> = async ({ slot, reservation }, context, signal) => {
  const { reservations, host, record, clock } = context;
  await reach(context, 'downloading');
  const startedAt = clock.now();
  let bytes = 0n;
  try {
    // An earlier sale may have left something behind, if its record was lost.
    await followDisk(context);
    await host.store(slot, {
      charge: async (batch) => {
        await reservations.bookWritten(reservation.id, batch);
        record.downloaded(batch);
        bytes += batch;
      },
      onProgress: (progress) => record.progressed(progress),
      signal,
    });
  } catch (error) {
    if (isAborted(error)) throw error;
    if (isEngineError(error, 'MANIFEST_NOT_VERIFIABLE'))
      return givenUp('notVerifiable', 'The slot was not taken', error);
    return givenUp('downloadFailed', 'The data could not be fetched and stored', error);
  }
  noteSpeed(context, bytes, startedAt);
  return { name: 'initialProving', slot, reservation };
};

function noteSpeed({ downloadSpeed, clock }: SaleContext, bytes: bigint, startedAt: number): void {
  // Seconds are whole: the one that is added keeps a short download from looking quicker than it was.
  if (bytes > 0n) downloadSpeed?.note({ bytes, seconds: clock.now() - startedAt + 1 });
}
