import { isEngineError } from '../../errors.ts';
import { MarketError } from '../errors.ts';
import type { Rpc } from '../rpc.ts';

/** What came of handing signed bytes to a server. Each is a fact to go on from; none is an accident. */
export type Delivery =
  | { readonly kind: 'taken' }
  /** No answer came: it may have arrived. */
  | { readonly kind: 'unanswered'; readonly error: MarketError }
  | { readonly kind: 'refused'; readonly why: Refusal; readonly error: MarketError };

export type Refusal =
  /** A transaction with this nonce is on the chain. */
  | 'nonceUsed'
  /** One with a nonce before it is not known to the server. */
  | 'nonceAhead'
  /** The server holds another with this nonce, which pays as much or nearly. */
  | 'nonceHeld'
  /** It pays too little for this server, or less than the base fee has risen to meanwhile. */
  | 'feeTooLow'
  | 'noGas'
  | 'other';

/** Hands the same bytes over; doing so again is harmless, and a server that has them already has taken them. */
export async function deliver(
  { raw, hash }: { raw: string; hash: string },
  { rpc }: { rpc: Rpc },
): Promise<Delivery> {
  try {
    await rpc.send('eth_sendRawTransaction', [raw]);
    return { kind: 'taken' };
  } catch (error) {
    if (!(error instanceof MarketError)) throw error;
    if (isKnown.test(refusalOf(error))) return { kind: 'taken' };
    if (await isKnownToServer(hash, rpc)) return { kind: 'taken' };
    if (error.code === 'CHAIN_UNREACHABLE' || error.code === 'HOSTILE_VALUE')
      return { kind: 'unanswered', error };
    return { kind: 'refused', why: refusalBy(error), error };
  }
}

/** False when nobody answers. */
export async function isKnownToServer(hash: string, rpc: Rpc): Promise<boolean> {
  try {
    const answer = await rpc.send('eth_getTransactionByHash', [hash]);
    return answer !== null && answer !== undefined;
  } catch {
    return false;
  }
}

/** In the words of the servers that are about: geth, nitro, erigon, nethermind, besu, reth, anvil. */
function refusalBy(error: MarketError): Refusal {
  if (isEngineError(error, 'INSUFFICIENT_GAS')) return 'noGas';
  const words = refusalOf(error);
  return refusals.find(([pattern]) => pattern.test(words))?.[1] ?? 'other';
}

function refusalOf(error: MarketError): string {
  return 'refusal' in error.details ? String(error.details.refusal) : '';
}

const isKnown = /already known|already imported|known transaction|already exists|already in mempool/i;

const refusals: readonly (readonly [RegExp, Refusal])[] = [
  [/nonce (?:is )?too low|old ?nonce|nonce.*already been used/i, 'nonceUsed'],
  [/nonce (?:is )?too high|nonce gap|future nonce|nonce too distant/i, 'nonceAhead'],
  [/replacement|too low to replace/i, 'nonceHeld'],
  [/underpriced|max fee per gas|base ?fee|fee ?cap|fee too low|gas price (?:is )?too low/i, 'feeTooLow'],
  [/insufficient funds|insufficient balance/i, 'noGas'],
];
