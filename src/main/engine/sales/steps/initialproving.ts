import { periodOf, periodStart } from '../../contracts/periods.ts';
import type { Challenge } from '../../contracts/ids.ts';
import { isAborted } from '../../lib/abort.ts';
import { givenUp } from '../outcomes.ts';
import type { SaleContext, SaleStep } from '../salestate.ts';
import { fewTimes } from '../untilanswered.ts';

/** Makes the proof with which the slot is filled. */
export const initialProving: SaleStep<'initialProving'> = async ({ slot, reservation }, context, signal) => {
  await context.reservations.setPhase(reservation.id, 'proving');
  try {
    const { challenge, period } = await lastingChallenge(context, signal);
    const proof = await context.host.prove(slot, challenge, { signal });
    return { name: 'filling', slot, reservation, proof, period };
  } catch (error) {
    if (isAborted(error)) throw error;
    return givenUp('proofFailed', 'The first proof could not be made', error);
  }
};

/**
 * A challenge that will still be the same when the fill is mined: asked for at the beginning of a period, and only
 * while the pointer is so far from 256 that it cannot wrap (engine.md 8.3).
 */
async function lastingChallenge(
  context: SaleContext,
  signal: AbortSignal,
): Promise<{ challenge: Challenge; period: number }> {
  const { market, clock, ref } = context;
  const { periodSeconds, downtimeBlocks } = market.config;
  for (;;) {
    const period = periodOf(clock.now(), periodSeconds) + 1;
    await clock.waitUntil(periodStart(period, periodSeconds) + 1, { signal });
    const pointer = await fewTimes('read the pointer', context, signal, () =>
      market.getPointer(ref.slotId, { signal }),
    );
    if (pointer > 256 - downtimeBlocks) continue;
    const challenge = await fewTimes('read the challenge', context, signal, () =>
      market.getChallenge(ref.slotId, { signal }),
    );
    return { challenge, period };
  }
}
