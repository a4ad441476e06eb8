import { periodStart } from '../contracts/periods.ts';
import { isEngineError } from '../errors.ts';
import { throwIfAborted } from '../lib/abort.ts';
import { retry } from '../lib/retry.ts';
import type { HostedSlot } from '../slots/slothost.ts';
import { proofFailure } from './proofcause.ts';
import type { ProofFailure } from './saleinfo.ts';
import type { SaleContext } from './salestate.ts';
import { atStake, costOfMiss } from './stake.ts';

/**
 * Gives the proof of a period if one is due, and looks again until the period is over: a pointer that leaves its
 * downtime or wraps can make a proof due late. What fails is tried again while there is time, and told with its cause
 * and with what it costs. `onDataMissing` is called when it was for want of data. Rejects only when aborted.
 */
export async function proveInPeriod(
  slot: HostedSlot,
  period: number,
  context: SaleContext,
  { signal, onDataMissing }: { signal: AbortSignal; onDataMissing: () => void },
): Promise<void> {
  const { clock, market, record, logger } = context;
  const { periodSeconds } = market.config;
  const end = periodStart(period + 1, periodSeconds);
  const part = (parts: number) => Math.max(1, Math.floor(periodSeconds / parts));
  const attempt: Attempt = { isProving: false, wasSent: false };
  let failure: Omit<ProofFailure, 'at'> | undefined;
  for (let failures = 0; clock.now() < end;) {
    let pause = part(4);
    attempt.isProving = false;
    const wasSentBefore = attempt.wasSent;
    try {
      const need = await proofNeed(context, signal);
      if (need === 'over') break;
      if (need === 'due') {
        record.proofDue(end);
        await giveProof(slot, end, attempt, context, signal);
        return record.proofSent({ isLate: failures > 0 || clock.now() >= end - part(8) });
      }
    } catch (error) {
      // A transaction that is no longer waited for has not failed.
      throwIfAborted(signal);
      if (isEngineError(error, 'PROOF_ALREADY_SUBMITTED')) {
        // Without one of ours it was sent in an earlier run, and counted there.
        if (wasSentBefore) return record.proofSent({ isLate: true });
        break;
      }
      failure = proofFailure(error, attempt);
      if (failure.cause === 'dataMissing') onDataMissing();
      // Missing data is seen at once, so looking for it often costs little.
      pause = Math.min(part(60) * 2 ** (failure.cause === 'dataMissing' ? 0 : failures), part(8));
      failures++;
      if (record.info.proofs.dueBy !== undefined) record.proofFailed(failure);
      logger.warn('A proof failed and is tried again while its period lasts', {
        cause: failure.cause,
        period,
        end,
        ...costOfMiss(record.info, market.config),
        error,
      });
    }
    await clock.waitUntil(Math.min(clock.now() + pause, end), { signal });
  }
  if (failure && record.info.proofs.dueBy !== undefined && clock.now() >= end) {
    const cost = costOfMiss(record.info, market.config);
    logger.error('A proof was not given in its period', { cause: failure.cause, period, ...cost });
  }
  record.proofNoLongerDue();
}

/** How far an attempt got before it failed. */
interface Attempt {
  isProving: boolean;
  /** A transaction with the proof may be on the chain, though it was not heard of. */
  wasSent: boolean;
}

async function giveProof(
  slot: HostedSlot,
  deadline: number,
  attempt: Attempt,
  context: SaleContext,
  signal: AbortSignal,
): Promise<void> {
  const { market, host, clock, record, ref, proofQueue } = context;
  const challenge = await promptly(context, signal, () => market.getChallenge(ref.slotId, { signal }));
  const job = { slotId: ref.slotId, deadline, stake: atStake(record.info, clock.now()) };
  attempt.isProving = true;
  const proof = await proofQueue.run(job, (own) => host.prove(slot, challenge, { signal: own }), { signal });
  attempt.isProving = false;
  attempt.wasSent = true;
  record.spent(await market.submitProof(ref.slotId, proof, { signal, deadline: deadline - 1 }));
}

/**
 * One that will be required later in the period is taken now: its challenge is the same, and after the downtime there may
 * be too little left of the period.
 */
async function proofNeed(context: SaleContext, signal: AbortSignal): Promise<'due' | 'no' | 'over'> {
  const { market, ref } = context;
  const ask = <T>(work: () => Promise<T>) => promptly(context, signal, work);
  if ((await ask(() => market.slotState(ref.slotId, { signal }))) !== 'filled') return 'over';
  if (await ask(() => market.isProofRequired(ref.slotId, { signal }))) return 'due';
  return (await ask(() => market.willProofBeRequired(ref.slotId, { signal }))) ? 'due' : 'no';
}

/**
 * A question that nobody answered is asked again at once, a few times: a proof takes several, and were all asked anew for
 * each that fails, a server that answers every second one would let hardly a proof through.
 */
function promptly<T>(
  { retryTimes: { sleep } }: SaleContext,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const onError = (error: unknown) => {
    if (!isEngineError(error, 'CHAIN_UNREACHABLE') && !isEngineError(error, 'RPC_REFUSED')) throw error;
  };
  return retry(work, { signal, attempts: 4, minDelayMs: 100, onError, ...(sleep && { sleep }) });
}
