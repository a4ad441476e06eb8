import type { Challenge } from '../../contracts/ids.ts';
import { periodOf, periodStart } from '../../contracts/periods.ts';
import type { Groth16Proof } from '../../contracts/proofs.ts';
import { isEngineError } from '../../errors.ts';
import { isAborted } from '../../lib/abort.ts';
import type { HostedSlot } from '../../slots/slothost.ts';
import { givenUp } from '../outcomes.ts';
import { reach } from '../phase.ts';
import type { SaleContext, SaleStep } from '../salestate.ts';
import { untilAnswered } from '../untilanswered.ts';

/** Makes the proof with which the slot is filled. */
export const initialProving: SaleStep<'initialProving'> = async ({ slot, reservation }, context, signal) => {
  await reach(context, 'proving');
  for (;;) {
    const { challenge, period } = await lastingChallenge(context, signal);
    try {
      const proof = await firstProof(slot, challenge, period, context, signal);
      return { name: 'filling', slot, reservation, proof, period };
    } catch (error) {
      if (isAborted(error)) throw error;
      if (!isEngineError(error, 'NO_TIME_LEFT'))
        return givenUp('proofFailed', 'The first proof could not be made', error);
      context.logger.warn('The first proof was not made in its period; it is made anew', { period, error });
    }
  }
};

/** Nothing is at stake yet: proofs that are due in the same period go first. */
function firstProof(
  slot: HostedSlot,
  challenge: Challenge,
  period: number,
  { market, host, ref, proofQueue }: SaleContext,
  signal: AbortSignal,
): Promise<Groth16Proof> {
  const deadline = periodStart(period + 1, market.config.periodSeconds);
  const job = { slotId: ref.slotId, deadline, stake: 0n };
  return proofQueue.run(job, (own) => host.prove(slot, challenge, { signal: own }), { signal });
}

/**
 * A challenge that will still be the same when the fill is mined: asked for at the beginning of a period, and only
 * while the pointer is so far from 256 that it cannot wrap (engine.md 8.3). All of the slot is here by now, so a chain
 * that does not answer is waited for; the end of the request ends that.
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
    const pointer = await untilAnswered('read the pointer', context, signal, () =>
      market.getPointer(ref.slotId, { signal }),
    );
    if (pointer > 256 - downtimeBlocks) continue;
    const challenge = await untilAnswered('read the challenge', context, signal, () =>
      market.getChallenge(ref.slotId, { signal }),
    );
    if (periodOf(clock.now(), periodSeconds) === period) return { challenge, period };
  }
}
