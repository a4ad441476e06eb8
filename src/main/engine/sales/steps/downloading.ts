import { isAborted } from '../../lib/abort.ts';
import { givenUp } from '../outcomes.ts';
import type { SaleStep } from '../salestate.ts';

/** Fetches, verifies and stores the slot; what became durable is booked before more is written. */
export const downloading: SaleStep<'downloading'> = async ({ slot, reservation }, context, signal) => {
  const { reservations, host, record } = context;
  await reservations.setPhase(reservation.id, 'downloading');
  try {
    await host.store(slot, {
      book: (durableBytes) => reservations.bookWritten(reservation.id, durableBytes),
      onProgress: (progress) => record.progressed(progress),
      signal,
    });
  } catch (error) {
    if (isAborted(error)) throw error;
    return givenUp('downloadFailed', 'The data could not be fetched and stored', error);
  }
  return { name: 'initialProving', slot, reservation };
};
