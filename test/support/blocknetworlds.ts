import { Exchange, type ExchangeOptions } from '../../src/main/engine/network/exchange.ts';
import type { BlockSource } from '../../src/main/engine/network/blocknetwork.ts';
import type { Transport } from '../../src/main/engine/network/peerlink.ts';
import { silentLogger } from '../../src/main/engine/logger.ts';
import type { BlockNetworkWorld } from './blocknetworksuite.ts';

/** Exchanges over one kind of transport, on this machine. */
export function exchangesOver(
  makeTransport: (options: { listens: boolean }) => Transport,
): BlockNetworkWorld & {
  serve(
    source: BlockSource,
    options?: ExchangeOptions,
  ): Promise<{ exchange: Exchange; transport: Transport }>;
  fetch(options: ExchangeOptions): Promise<Exchange>;
} {
  const running: Exchange[] = [];
  const run = async (transport: Transport, options: ExchangeOptions) => {
    const exchange = new Exchange({ transport, logger: silentLogger }, { redialMs: 1, ...options });
    running.push(exchange);
    await exchange.start();
    return exchange;
  };
  const serve = async (source: BlockSource, options: ExchangeOptions = {}) => {
    const transport = makeTransport({ listens: true });
    const exchange = await run(transport, options);
    exchange.serve(source);
    return { exchange, transport };
  };
  const fetch = (options: ExchangeOptions) => run(makeTransport({ listens: false }), options);
  return {
    serve,
    fetch,
    connect: async (sources) => {
      const servers = await Promise.all(sources.map((source) => serve(source)));
      return await fetch({ peers: servers.flatMap(({ transport }) => transport.address ?? []) });
    },
    close: async () => {
      await Promise.all(running.splice(0).map((exchange) => exchange.stop()));
    },
  };
}
