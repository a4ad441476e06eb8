import { keccak256, Transaction } from 'ethers';
import type { TransactionVersion } from '../../contracts/storedtransaction.ts';
import { isEngineError } from '../../errors.ts';
import { abortScope, isAborted, untilAborted } from '../../lib/abort.ts';
import { sleep } from '../../lib/retry.ts';
import { MarketError } from '../errors.ts';
import type { Signer } from '../signer.ts';
import type { Fee } from './fees.ts';

export interface Unsigned {
  readonly kind: TransactionVersion['kind'];
  readonly nonce: number;
  readonly to: string;
  readonly data: string;
  readonly gasLimit: bigint;
  readonly fee: Fee;
}

export interface SigningModules {
  readonly signer: Signer;
  readonly chainId: number;
}

/**
 * Has a transaction signed by whoever holds the key, who may take long or refuse, and makes sure that it is the one that
 * was asked for.
 * @throws MarketError SIGNING_REFUSED; whatever engine error the signer gives as its reason, such as that it is locked
 */
export async function signedVersion(
  { kind, fee, nonce, to, data, gasLimit }: Unsigned,
  { signer, chainId }: SigningModules,
  { signal, limitMs = SIGNING_LIMIT_MS }: { signal: AbortSignal; limitMs?: number },
): Promise<TransactionVersion> {
  const asked = { type: 2, chainId, nonce, to, data, value: 0n, gasLimit, ...fee };
  const raw = await inTime(signer.sign(asked, { signal }), signal, limitMs);
  const signed = parsed(raw);
  const isAsAsked =
    signed?.from?.toLowerCase() === signer.address &&
    signed.unsignedHash === Transaction.from(asked).unsignedHash;
  if (!isAsAsked) throw refusal('The signature is not for the transaction that was to be signed');
  return { kind, hash: keccak256(raw), to, data, raw, gasLimit, ...fee };
}

async function inTime(signing: Promise<string>, signal: AbortSignal, limitMs: number): Promise<string> {
  using scope = abortScope(signal);
  const tooLong = sleep(limitMs, scope.signal).then(() => {
    throw refusal('Nobody signed the transaction in time');
  });
  try {
    return await Promise.race([untilAborted(signing, signal), tooLong]);
  } catch (error) {
    if (isAborted(error) || isEngineError(error)) throw error;
    throw refusal('The transaction was not signed', error);
  } finally {
    tooLong.catch(() => {});
  }
}

const SIGNING_LIMIT_MS = 60_000;

function parsed(raw: string): Transaction | undefined {
  try {
    return Transaction.from(raw);
  } catch {
    return undefined;
  }
}

const refusal = (message: string, cause?: unknown) =>
  new MarketError('SIGNING_REFUSED', {}, { message, cause });
