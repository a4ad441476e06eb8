import { toQuantity } from 'ethers';
import type { Answer } from '../../../src/main/engine/market/servers/jsonrpc.ts';
import type { Upstream } from './upstream.ts';

/** What a server answers that is `lag` blocks behind: head, blocks, logs, receipts, nonces and calls fit together. */
export async function answerAsOf(
  upstream: Upstream,
  lag: number,
  method: string,
  params: readonly unknown[],
): Promise<Answer> {
  const newest = Math.max(0, (await numberOf(upstream, 'eth_blockNumber')) - lag);
  const place = blockPlaces[method];
  if (place !== undefined) {
    const tag = tagAsOf(params[place], newest);
    return tag === undefined ? headerNotFound : upstream(method, params.with(place, tag));
  }
  switch (method) {
    case 'eth_blockNumber':
      return { result: toQuantity(newest) };
    case 'eth_getBlockByNumber': {
      const tag = tagAsOf(params[0], newest);
      return tag === undefined ? { result: null } : upstream(method, [tag, ...params.slice(1)]);
    }
    case 'eth_getLogs':
      return logsAsOf(upstream, params, newest);
    case 'eth_getTransactionReceipt':
    case 'eth_getTransactionByHash':
    case 'eth_getBlockByHash':
      return unlessLater(await upstream(method, params), newest);
    default:
      return upstream(method, params);
  }
}

/** Where a method names the block it is asked at; without one it is the newest. */
const blockPlaces: Readonly<Record<string, number>> = {
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
};

const headerNotFound: Answer = { error: { code: -32_000, message: 'header not found' } };

/** Undefined for a block that is not there yet. */
function tagAsOf(tag: unknown, newest: number): unknown {
  if (tag === 'earliest') return tag;
  if (typeof tag !== 'string' || !tag.startsWith('0x')) return toQuantity(newest);
  return Number(tag) > newest ? undefined : tag;
}

async function logsAsOf(upstream: Upstream, [filter]: readonly unknown[], newest: number): Promise<Answer> {
  const { fromBlock, toBlock, ...rest } = filter as { fromBlock?: string; toBlock?: string };
  const from = tagAsOf(fromBlock, newest);
  if (from === undefined) return { result: [] };
  const to = tagAsOf(toBlock, newest) ?? toQuantity(newest);
  return upstream('eth_getLogs', [{ ...rest, fromBlock: from, toBlock: to }]);
}

/** A transaction that is not mined yet, or was mined later, is not known. */
function unlessLater(answer: Answer, newest: number): Answer {
  if ('error' in answer || answer.result === null) return answer;
  const { blockNumber, number = blockNumber } = answer.result as Record<string, unknown>;
  return typeof number === 'string' && Number(number) <= newest ? answer : { result: null };
}

async function numberOf(upstream: Upstream, method: string): Promise<number> {
  const answer = await upstream(method, []);
  if ('error' in answer) throw new Error(`The chain behind the faulty server fails: ${answer.error.message}`);
  return Number(answer.result);
}
