import { keccak256, toQuantity, toUtf8Bytes } from 'ethers';
import type { Answer } from '../../../src/main/engine/market/servers/jsonrpc.ts';
import type { Fate } from './faults.ts';

/** The answer as a fault makes it. */
export function spoiled(answer: Answer, { fault, draw }: Fate): Answer {
  if ('error' in answer) return answer;
  const { result } = answer;
  if (fault === 'lyingHead') return { result: aheadOf(result, 101 + Math.floor(draw('ahead') * 10_000)) };
  if (!Array.isArray(result)) return answer;
  const logs: readonly unknown[] = result;
  switch (fault) {
    case 'duplicateLogs':
      return { result: logs.flatMap((log, index) => (draw(`twice ${index}`) < 0.5 ? [log, log] : [log])) };
    case 'reorderLogs':
      return { result: shuffled(logs, draw) };
    case 'truncateLogs':
      return { result: logs.slice(0, Math.floor(draw('length') * logs.length)) };
    default:
      return answer;
  }
}

/** A head that is not there: a number, or a block with a made-up hash. */
function aheadOf(head: unknown, blocks: number): unknown {
  if (typeof head === 'string') return toQuantity(Number(head) + blocks);
  const block = head as { number: string; timestamp: string } | null;
  if (block === null) return null;
  const number = Number(block.number) + blocks;
  const timestamp = toQuantity(Number(block.timestamp) + blocks);
  return { ...block, number: toQuantity(number), timestamp, hash: keccak256(toUtf8Bytes(`lie ${number}`)) };
}

function shuffled<T>(items: readonly T[], draw: Fate['draw']): T[] {
  return items
    .map((item, index) => ({ item, at: draw(`place ${index}`) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
