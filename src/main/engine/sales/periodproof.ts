import { periodStart } from '../contracts/periods.ts';
import { isEngineError } from '../errors.ts';
import { throwIfAborted } from '../lib/abort.ts';
import type { HostedSlot } from '../slots/slothost.ts';
import type { SaleContext } from './salestate.ts';

/**
 * Gives the proof of a period if one is due, and looks again until the period is over: a pointer that leaves its
 * downtime or wraps can make a proof due late. What fails is tried again while there is time. Rejects only when aborted.
 */
export async function proveInPeriod(
  slot: HostedSlot,
  period: number,
  context: SaleContext,
  signal: AbortSignal,
): Promise<void> {
  const { clock, market, record, logger } = context;
  const { periodSeconds } = market.config;
  const end = periodStart(period + 1, periodSeconds);
  const part = (parts: number) => Math.max(1, Math.floor(periodSeconds / parts));
  for (let failures = 0; clock.now() < end;) {
    let pause = part(4);
    try {
      const need = await proofNeed(context, signal);
      if (need === 'over') break;
      if (need === 'due') {
        record.proofDue(end);
        await prove(slot, context, signal);
        return;
      }
    } catch (error) {
      // A transaction that is no longer waited for has not failed.
      throwIfAborted(signal);
      if (isEngineError(error, 'PROOF_ALREADY_SUBMITTED')) break;
      pause = Math.min(part(60) * 2 ** failures++, part(8));
      if (record.info.proofs.dueBy !== undefined) record.proofFailed();
      logger.warn('A proof failed and is tried again while its period lasts', { period, end, error });
    }
    await clock.waitUntil(Math.min(clock.now() + pause, end), { signal });
  }
  record.proofNoLongerDue();
}

async function prove(slot: HostedSlot, context: SaleContext, signal: AbortSignal): Promise<void> {
  const { market, host, record, ref } = context;
  const challenge = await market.getChallenge(ref.slotId, { signal });
  const proof = await host.prove(slot, challenge, { signal });
  record.spent(await market.submitProof(ref.slotId, proof, { signal }));
  record.proofSent();
}

/**
 * One that will be required later in the period is taken now: its challenge is the same, and after the downtime there may
 * be too little left of the period.
 */
async function proofNeed({ market, ref }: SaleContext, signal: AbortSignal): Promise<'due' | 'no' | 'over'> {
  if ((await market.slotState(ref.slotId, { signal })) !== 'filled') return 'over';
  if (await market.isProofRequired(ref.slotId, { signal })) return 'due';
  return (await market.willProofBeRequired(ref.slotId, { signal })) ? 'due' : 'no';
}
