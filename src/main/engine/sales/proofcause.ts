import { describeError, isEngineError } from '../errors.ts';
import { MarketError } from '../market/errors.ts';
import type { ProofFailure, ProofFailureCause } from './saleinfo.ts';

/** Why an attempt at a proof failed, and what to do about it. `isProving`: the error came while the proof was made. */
export function proofFailure(
  error: unknown,
  { isProving }: { isProving: boolean },
): Omit<ProofFailure, 'at'> {
  const cause = causeOf(error, isProving);
  return { cause, text: `${texts[cause]} (${describeError(error)})` };
}

function causeOf(error: unknown, isProving: boolean): ProofFailureCause {
  if (isEngineError(error, 'NO_TIME_LEFT')) return 'noTimeLeft';
  if (isEngineError(error, 'TOO_LATE')) return 'tooLate';
  if (isEngineError(error, 'DATA_MISSING')) return 'dataMissing';
  if (isEngineError(error, 'INSUFFICIENT_GAS')) return 'noGas';
  if (isProving) return 'proverFailed';
  return error instanceof MarketError && 'revert' in error.details ? 'refused' : 'chainUnreachable';
}

const texts: Readonly<Record<ProofFailureCause, string>> = {
  dataMissing: 'Data of the slot is missing on this disk; it is being fetched again.',
  proverFailed: 'The proof could not be made.',
  chainUnreachable: 'The chain did not answer; check the connection.',
  refused: 'The contract refused the proof.',
  noGas: 'There is too little of the chain’s coin in the wallet to send the proof; put some in.',
  noTimeLeft: 'The period was over before the proof was made; this computer may be too busy.',
  tooLate: 'The proof was made, but it could not be mined before its period was over; it was not sent.',
};
