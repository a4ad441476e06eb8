import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { api, type Api } from '../shared/api.ts';
import type { NodeRow } from '../shared/rows.ts';
import type { NetworkSettings, Settings } from '../shared/settings.ts';
import { customDeployment } from './deployments.ts';
import { describeError, EngineError } from './engine/errors.ts';
import { Emitter } from './engine/lib/emitter.ts';
import { Secret } from './engine/lib/secret.ts';
import type { Logger } from './engine/logger.ts';
import { createNode, type NodeOptions, type SlotkeeperNode } from './engine/node.ts';
import type { EventOf } from './ipc/events.ts';
import { createHandlers } from './ipc/handlers.ts';
import { LiveFeed } from './ipc/live-feed.ts';
import { createRouter, type Router } from './ipc/router.ts';
import { checkVersion } from './engine/stores/dataversion.ts';
import type { Logging } from './logging/logging.ts';
import { launchPractice, type PracticeHandle } from './practice/launch.ts';

export interface ApplicationOptions {
  dataDir: string;
  settings: Settings;
  /** The practice network's program, as built. */
  daemonPath: string;
  version: string;
}

export class ApplicationError extends EngineError<'NO_KEY' | 'PRACTICE_ENDED'> {}

/**
 * The node and what windows need to see it, the same for the desktop and headless. Windows can be served before the
 * node runs and after it failed: its row says so.
 */
export class Application {
  readonly router: Router;
  readonly live: LiveFeed;
  readonly events = new Emitter<EventOf<Api>>();
  readonly #options: ApplicationOptions;
  readonly #logging: Logging;
  readonly #stopping = new AbortController();
  readonly #closers: (() => Promise<void> | void)[] = [];
  #node: SlotkeeperNode | undefined;
  #practice: PracticeHandle | undefined;
  #row: NodeRow;
  #stopped: Promise<void> | undefined;

  constructor({ logging }: { logging: Logging }, options: ApplicationOptions) {
    this.#logging = logging;
    this.#options = options;
    this.live = new LiveFeed();
    const { network, workers } = options.settings;
    const isPractice = network.kind === 'practice';
    this.#row = {
      id: 'node',
      state: 'starting',
      network: { kind: network.kind, name: isPractice ? 'Practice network' : network.name },
      workers: { max: workers, busy: 0 },
      startedAtMs: Date.now(),
      version: options.version,
      token: { symbol: 'TST', decimals: 18 },
      ...(isPractice && { practiceSpeed: network.speed }),
    };
    this.#show({});
    this.router = createRouter(
      api,
      createHandlers({
        snapshot: () => this.live.snapshot(),
        logging,
        node: () => this.#node,
        ...(isPractice && { setPracticeSpeed: (speed: number) => this.#setPracticeSpeed(speed) }),
      }),
      { logger: logging.logger.child('ipc') },
    );
    this.#closers.push(
      this.live.subscribe((payload) => this.events.emit({ name: 'live', payload })),
      logging.subscribe((payload) => this.events.emit({ name: 'log', payload })),
    );
  }

  get logger(): Logger {
    return this.#logging.logger;
  }

  /** The node, once it runs. */
  get node(): SlotkeeperNode | undefined {
    return this.#node;
  }

  /** Starts the node. What it refuses for is thrown, and stands in the node's row. */
  async start(): Promise<SlotkeeperNode> {
    try {
      const node = await createNode(await this.#nodeOptions(), { signal: this.#stopping.signal });
      this.#closers.push(
        () => node.stop(),
        node.view.notices.subscribe((payload) => this.events.emit({ name: 'notice', payload })),
        node.sales.queue.onChange.subscribe(() => this.#show({ workers: node.sales.queue.workers })),
      );
      this.#node = node;
      this.#show({ state: 'running', workers: node.sales.queue.workers });
      return node;
    } catch (error) {
      const code = error instanceof EngineError ? error.code : 'INTERNAL';
      this.#show({ state: 'failed', failure: { code, message: describeError(error) } });
      throw error;
    }
  }

  /** Stops node and practice network, in that order; idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#show({ state: 'stopping' });
    this.#stopping.abort();
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) await close();
    this.#node = undefined;
    this.#show({ state: 'stopped' });
    this.live.stop();
  }

  async #nodeOptions(): Promise<NodeOptions> {
    const { dataDir, settings } = this.#options;
    await mkdir(dataDir, { recursive: true });
    await checkVersion(dataDir);
    const { network } = settings;
    const chain = network.kind === 'practice' ? await this.#practiceChain(network) : customChain(network);
    return {
      ...chain,
      dataDir,
      quotaBytes: BigInt(settings.quotaBytes),
      workers: settings.workers,
      token: this.#row.token,
      rows: {
        set: (table, row) => this.live.set(table, row.id, row),
        delete: (table, id) => this.live.delete(table, id),
        replace: (table, rows) => this.live.replace(table, rows),
      },
      logger: this.#logging.logger,
    };
  }

  async #practiceChain({ scenario, speed, seed }: PracticeSettings): Promise<ChainOptions> {
    const logger = this.#logging.logger.child('practice');
    const practice = await launchPractice(
      { folder: join(this.#options.dataDir, 'practice'), logger, daemonPath: this.#options.daemonPath },
      { scenario, speed, seed, signal: this.#stopping.signal },
    );
    this.#practice = practice;
    this.#closers.push(() => practice.stop());
    practice.onFailed((error) => {
      logger.error('The practice network ended by itself', { error });
      this.#show({
        state: 'failed',
        failure: { code: 'PRACTICE_ENDED', message: `${describeError(error)}. Start Slotkeeper again.` },
      });
    });
    const { rpcUrl, deployment, peers, hostKey } = practice.info;
    return { rpcUrl, deployment, peers, signer: hostKey, pollMs: 250 };
  }

  async #setPracticeSpeed(speed: number): Promise<void> {
    await this.#practice?.setSpeed(speed);
    this.#show({ practiceSpeed: speed });
  }

  #show(change: Partial<NodeRow>): void {
    this.#row = { ...this.#row, ...change };
    this.live.set('node', this.#row.id, this.#row);
  }
}

type PracticeSettings = Extract<NetworkSettings, { kind: 'practice' }>;
type CustomSettings = Extract<NetworkSettings, { kind: 'custom' }>;
type ChainOptions = Pick<NodeOptions, 'rpcUrl' | 'deployment' | 'peers' | 'signer' | 'pollMs'>;

/** Until there is a wallet the key of another network comes from the environment, and is taken out of it at once. */
function customChain(network: CustomSettings): ChainOptions {
  const key = process.env.SLOTKEEPER_PRIVATE_KEY;
  delete process.env.SLOTKEEPER_PRIVATE_KEY;
  if (key === undefined || !/^(0x)?[0-9a-fA-F]{64}$/.test(key)) {
    const message =
      'SLOTKEEPER_PRIVATE_KEY must hold the private key of the account that sells: 64 hexadecimal digits.';
    throw new ApplicationError('NO_KEY', {}, { message });
  }
  return {
    rpcUrl: network.rpcUrl,
    deployment: customDeployment(network),
    peers: [],
    signer: new Secret(key),
    pollMs: 3000,
  };
}
