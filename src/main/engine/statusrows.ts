import type { ChainServer } from '../../shared/rows.ts';
import { isAborted, throwIfAborted } from './lib/abort.ts';
import { sleep } from './lib/retry.ts';
import { Tasks } from './lib/tasks.ts';
import type { Logger } from './logger.ts';
import type { ChainStatus, OnchainMarket } from './market/onchain-market.ts';
import type { ServerStatus } from './market/servers/health.ts';
import type { WalletRow } from '../../shared/rows.ts';
import type { RowSink } from './row-sink.ts';
import type { Reservations } from './sales/reservations.ts';
import type { View } from './view.ts';

export interface StatusRowsModules {
  readonly market: Pick<
    OnchainMarket,
    'signer' | 'config' | 'status' | 'onStatus' | 'balances' | 'gasOutlook'
  >;
  readonly view: Pick<View, 'tick'>;
  readonly rows: RowSink;
  /** Looks again at what was refused. */
  readonly reservations: Pick<Reservations, 'wake'>;
  readonly logger: Logger;
}

export interface StatusRowsOptions {
  /** How long to wait between two looks, and how many of them until the wallet is asked again. */
  readonly tickMs?: number;
  readonly walletTicks?: number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The rows of chain and wallet, and the view's clockwork: what changes with time and not by an event of the engine. */
export class StatusRows {
  readonly #modules: StatusRowsModules;
  readonly #options: Required<StatusRowsOptions>;
  readonly #stopping = new AbortController();
  readonly #tasks: Tasks;
  /** What failed at the last look, so that a fault that lasts is told once. */
  readonly #failing = new Set<string>();
  #unsubscribe = () => {};
  #unreachableSinceMs: number | undefined;
  #tokens: bigint | undefined;
  #isGasLow = false;

  constructor(modules: StatusRowsModules, options: StatusRowsOptions = {}) {
    this.#modules = modules;
    this.#options = { tickMs: 1000, walletTicks: 3, sleep, ...options };
    this.#tasks = new Tasks((error) => modules.logger.error('The status is no longer told', { error }));
  }

  /** In the wallet, when it was last looked at. */
  get tokens(): bigint | undefined {
    return this.#tokens;
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
    const { tickMs, walletTicks, sleep: wait } = this.#options;
    for (let tick = 0; ; tick++) {
      await this.#try('view', signal, () => this.#modules.view.tick());
      if (tick % walletTicks === 0) await this.#try('wallet', signal, () => this.#showWallet(signal));
      await wait(tickMs, signal);
    }
  }

  /** What cannot be read now stays as it was, and is read again at the next look. */
  async #try(what: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    throwIfAborted(signal);
    try {
      await work();
      this.#failing.delete(what);
    } catch (error) {
      if (isAborted(error) && signal.aborted) throw error;
      if (!this.#failing.has(what))
        this.#modules.logger.warn('A part of the status cannot be told', { what, error });
      this.#failing.add(what);
    }
  }

  #showChain({ reachable, block, servers }: ChainStatus): void {
    const { market, rows } = this.#modules;
    this.#unreachableSinceMs = reachable ? undefined : (this.#unreachableSinceMs ?? Date.now());
    rows.set('chain', {
      id: 'chain',
      block: block.number,
      time: block.timestamp,
      seenAtMs: Date.now(),
      periodSeconds: market.config.periodSeconds,
      servers: servers.map(shownServer),
      ...(this.#unreachableSinceMs !== undefined && { unreachableSinceMs: this.#unreachableSinceMs }),
    });
  }

  async #showWallet(signal: AbortSignal): Promise<void> {
    const { market, rows, reservations } = this.#modules;
    const { tokens, gas } = await market.balances({ signal });
    const proofs = await this.#proofsIn(gas, signal);
    rows.set('wallet', { id: 'wallet', address: market.signer, tokens, gas, ...proofs });
    // What was refused for want of tokens may be affordable now.
    if (this.#tokens !== undefined && tokens > this.#tokens) reservations.wake();
    this.#tokens = tokens;
  }

  /** Unknown while nobody says what gas costs: the rest of the wallet is shown all the same. */
  async #proofsIn(gas: bigint, signal: AbortSignal): Promise<Pick<WalletRow, 'gasPerProof' | 'proofsLeft'>> {
    const { market, logger } = this.#modules;
    try {
      const { gasPerProof } = await market.gasOutlook({ signal });
      if (gasPerProof === 0n) return {};
      const proofsLeft = gas / gasPerProof;
      const isLow = proofsLeft < FEW_PROOFS;
      if (isLow && !this.#isGasLow)
        logger.warn('The wallet has gas for few proofs; without gas none can be sent', { proofsLeft });
      this.#isGasLow = isLow;
      return { gasPerProof, proofsLeft };
    } catch (error) {
      throwIfAborted(signal);
      logger.debug('What a proof costs is not known', { error });
      return {};
    }
  }
}

function shownServer({
  server,
  state,
  reason,
  isInUse,
  lagBlocks,
  latencyMs,
  faults,
}: ServerStatus): ChainServer {
  return {
    name: server,
    state,
    isInUse,
    faults,
    ...(reason !== undefined && { reason }),
    ...(lagBlocks !== undefined && { lagBlocks }),
    ...(latencyMs !== undefined && { latencyMs }),
  };
}

const FEW_PROOFS = 100n;
