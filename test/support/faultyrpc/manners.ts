import type { Answer } from '../../../src/main/engine/market/servers/jsonrpc.ts';

/** What a server never does, whatever the day: ranges and lists it finds too large. */
export interface Manners {
  /** Refuses to list the logs of more blocks. */
  readonly logBlocks?: number;
  /** Refuses to list more logs. */
  readonly logs?: number;
  /** Lists no more logs than this, and does not say so. */
  readonly logsListed?: number;
}

/** The refusals of servers in the wild, each with its own code and words (marketplace.md §13). */
const refusals: readonly ((limit: number) => { code: number; message: string })[] = [
  (limit) => ({ code: -32_005, message: `query returned more than ${limit} results` }),
  (limit) => ({ code: -32_602, message: `eth_getLogs is limited to a ${limit} block range` }),
  (limit) => ({ code: -32_603, message: `block range is too wide, at most ${limit}` }),
  () => ({ code: -32_000, message: 'exceed maximum block range' }),
  () => ({ code: 35, message: 'ranges over the limit are not supported on this plan' }),
  () => ({ code: -32_000, message: 'query timeout exceeded' }),
  () => ({ code: -32_005, message: 'Log response size exceeded' }),
];

export function refusedRange({ logBlocks = Infinity }: Manners, params: readonly unknown[], drawn: number) {
  const { fromBlock, toBlock } = (params[0] ?? {}) as { fromBlock?: string; toBlock?: string };
  const blocks = Number(toBlock) - Number(fromBlock) + 1;
  return blocks > logBlocks ? refusal(logBlocks, drawn) : undefined;
}

export function mannerly(answer: Answer, { logs = Infinity, logsListed }: Manners, drawn: number): Answer {
  if ('error' in answer || !Array.isArray(answer.result)) return answer;
  if (answer.result.length > logs) return refusal(logs, drawn);
  return logsListed === undefined ? answer : { result: answer.result.slice(0, logsListed) };
}

function refusal(limit: number, drawn: number): Answer {
  const words = refusals[Math.floor(drawn * refusals.length)] ?? refusals[0];
  return { error: words?.(limit) ?? { code: 0, message: 'no' } };
}
