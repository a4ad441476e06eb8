import type { StorageRequested } from '../../../src/main/engine/market/market.ts';
import type { FakeMarket } from '../fakemarket.ts';

/** Answers a call that another process makes to the market. Its options come last, without a signal. */
export async function answerCall(
  market: FakeMarket,
  method: string,
  sent: readonly unknown[],
): Promise<unknown> {
  const { signal } = new AbortController();
  const args = sent.slice(0, -1);
  if (method === 'pastStorageRequests') {
    const requests: StorageRequested[] = [];
    const [range] = args as Parameters<FakeMarket['pastStorageRequests']>;
    for await (const request of market.pastStorageRequests(range, { signal })) requests.push(request);
    return requests;
  }
  const call: unknown = Reflect.get(market, method, market);
  if (typeof call !== 'function') throw new Error(`The market has no ${method}`);
  return await call.call(market, ...args, { ...optionsOf(sent), signal });
}

function optionsOf(sent: readonly unknown[]): object {
  const options = sent.at(-1);
  return typeof options === 'object' && options !== null ? options : {};
}
