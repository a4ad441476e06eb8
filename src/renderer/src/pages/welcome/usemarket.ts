import { useAnswer } from '../../api/answer.ts';
import { useConnection, useOnly, useTable } from '../../api/node.tsx';
import { marketOf, type SeenRequest } from '../../lib/demand.ts';
import type { Asked } from '../../lib/asked.ts';
import { useWallNow } from '../../lib/now.ts';

interface Market {
  /** Requests that the node saw, the newest at most. */
  readonly seen: readonly SeenRequest[];
  /** What they ask, from the lowest to the highest; undefined while nothing is known of the market. */
  readonly asked: Asked | undefined;
  /** The node has said what it saw, or why it cannot. */
  readonly isKnown: boolean;
}

/** What the market asks, looked at again while more is seen. */
export function useMarket(): Market {
  const { client } = useConnection();
  const node = useOnly('node');
  const queue = useTable('queue');
  const turn = Math.floor(useWallNow() / LOOK_AGAIN_MS);
  const question = node?.state === 'running' ? { turn } : undefined;
  const { value, failure } = useAnswer(() => client.whyNot({ limit: MOST_REQUESTS }), question);
  const seen = value?.recent ?? [];
  return {
    seen,
    asked: marketOf(seen, queue.values(), node?.network.kind === 'practice'),
    isKnown: value !== undefined || failure !== undefined,
  };
}

const LOOK_AGAIN_MS = 10_000;
const MOST_REQUESTS = 200;
