import type { MarketEvent } from '../../../src/main/engine/market/market.ts';
import { Busy } from './busy.ts';
import { ChildNode } from './childnode.ts';
import { Endings, watchFiles } from './endings.ts';
import { Line, unanswered, type Message } from './line.ts';
import type { ChildApi } from './nodeprocess.ts';
import type { OpenOptions } from './nodeview.ts';

/**
 * The program of a child process: opens a node when told so, and ends with its parent. After `stop` another may be
 * opened in the same process.
 */
const endings = new Endings();
const busy = new Busy();
const line = new Line({
  send: (message) => void process.send?.(message),
  serve: (method, args) => serve(method as keyof ChildApi, args),
  hear: (_what, event) => node?.heard(event as MarketEvent),
});
let node: ChildNode | undefined;
let opening = Promise.resolve();
let calledOff = new AbortController();

endings.onStop = () => {
  void stop().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`The node did not stop well: ${String(error)}\n`);
      process.exit(1);
    },
  );
};

await watchFiles(endings);
process.on('message', (message: Message) => void line.receive(message));
process.on('disconnect', () => process.exit(1));
line.tell('ready', undefined);

const api: ChildApi = {
  open: async (options) => {
    endings.reset(options.plan);
    calledOff = new AbortController();
    opening = open(options, calledOff.signal);
    await opening;
  },
  settle: (now) => opened().settle(now),
  createOffer: (terms) => opened().createOffer(terms),
  patchOffer: (id, changes) => opened().patchOffer(id, changes),
  deleteOffer: (id) => opened().deleteOffer(id),
  remains: () => opened().remains(),
  stop: async () => {
    await stop();
    return [...endings.writes];
  },
};

async function serve(method: keyof ChildApi, args: readonly unknown[]): Promise<unknown> {
  const call = api[method] as (...args: readonly unknown[]) => Promise<unknown>;
  try {
    return await call(...args);
  } catch (error) {
    // It stops in the midst of this, and then ends; its parent hears of the end.
    if (method !== 'stop' && calledOff.signal.aborted) return unanswered;
    throw error;
  }
}

async function open(options: OpenOptions, signal: AbortSignal): Promise<void> {
  node = await ChildNode.open({ line, busy, endings }, options);
  await node.start(signal);
}

function opened(): ChildNode {
  if (!node) throw new Error('No node is open');
  return node;
}

async function stop(): Promise<void> {
  calledOff.abort();
  await opening.catch(() => {});
  await node?.stop();
  node = undefined;
}
