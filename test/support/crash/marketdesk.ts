import type { StorageRequested } from '../../../src/main/engine/market/market.ts';
import type { FakeMarket } from '../fakemarket.ts';

/** Answers a call that another process makes to the market. */
export async function answerCall(
  market: FakeMarket,
  method: string,
  args: readonly unknown[],
): Promise<unknown> {
  const { signal } = new AbortController();
  if (method === 'pastStorageRequests') {
    const requests: StorageRequested[] = [];
    const [range] = args as Parameters<FakeMarket['pastStorageRequests']>;
    for await (const request of market.pastStorageRequests(range, { signal })) requests.push(request);
    return requests;
  }
  const call: unknown = Reflect.get(market, method, market);
  if (typeof call !== 'function') throw new Error(`The market has no ${method}`);
  return await call.call(market, ...args, { signal });
}
