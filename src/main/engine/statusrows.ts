import { sleep } from './lib/retry.ts';
import { Tasks } from './lib/tasks.ts';
import type { Logger } from './logger.ts';
import type { ChainStatus, OnchainMarket } from './market/onchain-market.ts';
import type { RowSink, View } from './view.ts';

export interface StatusRowsModules {
  market: OnchainMarket;
  view: View;
  rows: RowSink;
  logger: Logger;
}

const TICK_MS = 1000;
/** The wallet is asked this often, in ticks. */
const WALLET_TICKS = 3;

/** The rows of chain and wallet, and the view's clockwork: what changes with time and not by an event of the engine. */
export class StatusRows {
  readonly #modules: StatusRowsModules;
  readonly #stopping = new AbortController();
  readonly #tasks: Tasks;
  #unsubscribe = () => {};
  #unreachableSinceMs: number | undefined;

  constructor(modules: StatusRowsModules) {
    this.#modules = modules;
    this.#tasks = new Tasks((error) => modules.logger.error('The status is no longer told', { error }));
  }

  start(): void {
    const { market } = this.#modules;
    this.#unsubscribe = market.onStatus((status) => this.#showChain(status));
    this.#showChain(market.status);
    this.#tasks.track('status', this.#run(this.#stopping.signal));
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stopping.abort();
    await this.#tasks.settle();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let tick = 0; ; tick++) {
      await this.#modules.view.tick();
      if (tick % WALLET_TICKS === 0) await this.#showWallet(signal);
      await sleep(TICK_MS, signal);
    }
  }

  #showChain({ reachable, block }: ChainStatus): void {
    const { market, rows } = this.#modules;
    this.#unreachableSinceMs = reachable ? undefined : (this.#unreachableSinceMs ?? Date.now());
    rows.set('chain', {
      id: 'chain',
      block: block.number,
      time: block.timestamp,
      seenAtMs: Date.now(),
      periodSeconds: market.config.periodSeconds,
      ...(this.#unreachableSinceMs !== undefined && { unreachableSinceMs: this.#unreachableSinceMs }),
    });
  }

  /** What cannot be asked now stays as it was: the chain's row says that it does not answer. */
  async #showWallet(signal: AbortSignal): Promise<void> {
    const { market, rows, logger } = this.#modules;
    try {
      const { tokens, gas } = await market.balances({ signal });
      rows.set('wallet', { id: 'wallet', address: market.signer, tokens, gas });
    } catch (error) {
      signal.throwIfAborted();
      logger.debug('Balances not read', { error });
    }
  }
}
