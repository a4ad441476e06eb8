import { z } from 'zod';
import { isEngineError } from '../../errors.ts';
import { MarketError } from '../errors.ts';
import type { RevertDecoder } from '../reverts.ts';
import type { ErrorAnswer } from './jsonrpc.ts';
import { unanswered } from './transport.ts';

/** What it means that a server answered with an error. Codes differ from one to the next, so its words count. */
export function meaningOf(method: string, error: ErrorAnswer, reverts: RevertDecoder): MarketError {
  const refusal = wordsOf(error);
  const cause = error;
  if (/insufficient funds/i.test(refusal)) {
    const message = 'The account has too little of the chain’s coin to pay for the transaction';
    return new MarketError('INSUFFICIENT_GAS', { method }, { cause, message });
  }
  const revert = REVERTING.has(method) ? revertData(error, refusal) : undefined;
  if (revert !== undefined) return reverts.decode(revert === '' ? null : revert, { method }, { cause });
  if (error.code === 429 || TOO_OFTEN.test(refusal)) {
    return unanswered({ reason: `it is asked too often: ${refusal}`, isThrottled: true }, cause);
  }
  const message = `The server refused: ${refusal}`;
  return new MarketError('RPC_REFUSED', { method, refusal, code: error.code }, { cause, message });
}

/** Whether a refusal says something of this server and not of the question: another one may well answer. */
export function isOnlyThisServers(error: unknown, method: string): boolean {
  if (!isEngineError(error, 'RPC_REFUSED')) return false;
  const { refusal } = error.details as { refusal?: unknown };
  const words = typeof refusal === 'string' ? refusal : '';
  return WILL_NOT.test(words) || (method !== 'eth_getLogs' && CANNOT_NOW.test(words));
}

/** Calls that run the contract. */
const REVERTING: ReadonlySet<string> = new Set(['eth_call', 'eth_estimateGas']);

const TOO_OFTEN =
  /too many requests|rate.?limit|request (?:rate|count)|requests? per|per second|compute units|throughput|throttl/i;
const WILL_NOT =
  /method.*(?:not (?:found|supported|available|allowed|exist)|disabled|unavailable)|unsupported method|does not exist\/is not available|forbidden|unauthori[sz]ed|api.?key|not whitelisted/i;
/** A range of logs that takes too long is another matter: there the range is at fault. */
const CANNOT_NOW =
  /header not found|unknown block|block (?:not found|is out of range)|missing trie node|state .*not available|pruned|historical state|internal (?:json-rpc )?error|server error|tim(?:ed|e) ?out|overloaded|no (?:healthy|available) /i;

/** The data of the contract's error, empty when it reverted without one. Undefined when it did not revert. */
function revertData({ code, data }: ErrorAnswer, words: string): string | undefined {
  const found = hexIn(data) ?? /\b(?:reverted|revert:?) (0x[0-9a-f]{8,})/i.exec(words)?.[1];
  if (found !== undefined) return found;
  return code === 3 || /\brevert|invalid opcode|invalid jump/i.test(words) ? '' : undefined;
}

/** It lies at the top, or in `data` once more, by server. */
function hexIn(data: unknown): string | undefined {
  const parsed = dataAnswer.safeParse(data);
  if (!parsed.success) return undefined;
  return typeof parsed.data === 'string' ? parsed.data : parsed.data.data;
}

const errorData = z.string().regex(/^0x(?:[0-9a-fA-F]{2}){4,}$/);
const dataAnswer = z.union([errorData, z.object({ data: errorData })]);

function wordsOf({ message }: ErrorAnswer): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, 300) || 'no reason given';
}
