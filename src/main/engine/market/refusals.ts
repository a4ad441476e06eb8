import { isEngineError } from '../errors.ts';

/**
 * What a server means that does not list logs. Codes differ from one to the next and are shared by several meanings:
 * `tooOften` it answers later, `notYet` once it has the blocks, `tooMuch`, which is any other refusal, in smaller pieces.
 * Undefined for what is no refusal.
 */
export function refusalOf(error: unknown): 'tooOften' | 'notYet' | 'tooMuch' | undefined {
  if (isEngineError(error, 'CHAIN_UNREACHABLE')) {
    return (error.details as { isThrottled?: unknown }).isThrottled === true ? 'tooOften' : undefined;
  }
  const words = refusalWords(error);
  if (words === undefined) return undefined;
  return NOT_YET.test(words) ? 'notYet' : 'tooMuch';
}

/** How many blocks from `from` on a server offers to list, when it says so in its refusal. */
export function offeredSpan(error: unknown, from: number): number | undefined {
  const [, first, last] = OFFER.exec(refusalWords(error) ?? '') ?? [];
  if (first === undefined || last === undefined || Number(first) !== from) return undefined;
  const span = Number(last) - from + 1;
  return Number.isSafeInteger(span) && span >= 1 ? span : undefined;
}

function refusalWords(error: unknown): string | undefined {
  if (!isEngineError(error, 'RPC_REFUSED')) return undefined;
  const { refusal } = error.details as { refusal?: unknown };
  return typeof refusal === 'string' ? refusal : '';
}

const NOT_YET =
  /beyond (?:the )?(?:current )?head|unknown block|block not found|header not found|future block|not yet available/i;
/** As in "this block range should work: [0x10, 0x3f7]". */
const OFFER = /\[\s*(0x[0-9a-f]{1,13})\s*,\s*(0x[0-9a-f]{1,13})\s*\]/i;
