import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { api, type Api } from '../shared/api.ts';
import { errorText } from '../shared/errors.ts';
import { shownServer } from '../shared/networks.ts';
import type { NodeRow } from '../shared/rows.ts';
import type { NetworkSettings, Settings } from '../shared/settings.ts';
import { askedAtTerminal, refusePages, type Confirm } from './confirm.ts';
import type { Deployment } from './engine/contracts/deployment.ts';
import { familyOf } from './engine/contracts/family.ts';
import { describeError, EngineError } from './engine/errors.ts';
import { isAborted, throwIfAborted } from './engine/lib/abort.ts';
import { Closers } from './engine/lib/closers.ts';
import { Emitter } from './engine/lib/emitter.ts';
import { Secret } from './engine/lib/secret.ts';
import { keySigner, type Signer } from './engine/market/signer.ts';
import { Tasks } from './engine/lib/tasks.ts';
import type { Logger } from './engine/logger.ts';
import { createNode, type NodeOptions, type SlotkeeperNode } from './engine/node.ts';
import type { EventOf } from './ipc/events.ts';
import { createHandlers, nodeNotRunning } from './ipc/handlers.ts';
import { LiveFeed } from './ipc/live-feed.ts';
import { createRouter, type Router } from './ipc/router.ts';
import { checkVersion } from './engine/stores/dataversion.ts';
import type { Logging } from './logging/logging.ts';
import { liveChain } from './networks/chain.ts';
import { Networks } from './networks/networks.ts';
import { presetOf } from './networks/presets.ts';
import { launchPractice, type PracticeHandle } from './practice/launch.ts';

export interface ApplicationOptions {
  dataDir: string;
  settings: Settings;
  /** The practice network's program, as built. */
  daemonPath: string;
  version: string;
}

export class ApplicationError extends EngineError<'NO_KEY' | 'PRACTICE_ENDED'> {}

export interface ApplicationModules {
  readonly logging: Logging;
  /** Asks what no page may answer; without it pages are refused it. */
  readonly confirm?: Confirm;
  /** What builds the parts; tests hand in their own. */
  readonly createNode?: typeof createNode;
  readonly launchPractice?: typeof launchPractice;
}

/**
 * The node and what windows need to see it, the same for the desktop and headless. Windows can be served before the
 * node runs and after it failed: its row says so.
 */
export class Application {
  /** For windows. */
  readonly router: Router;
  /** For commands of the account that runs the node, which ask at the terminal themselves. */
  readonly commandRouter: Router;
  readonly live: LiveFeed;
  readonly events: Emitter<EventOf<Api>>;
  /** Told when the node ended by itself after it ran. It is stopped then; `stop` is due all the same. */
  readonly onFailed: Emitter<Error>;
  readonly #options: ApplicationOptions;
  readonly #modules: Required<ApplicationModules>;
  readonly #networks: Networks;
  readonly #ending = new AbortController();
  /** Ends what calls began; unlike `#ending` only when all is over. */
  readonly #closing = new AbortController();
  /** Node and practice network. */
  readonly #running = new Closers();
  readonly #feeds = new Closers();
  readonly #tasks: Tasks;
  #node: SlotkeeperNode | undefined;
  #practice: PracticeHandle | undefined;
  #row: NodeRow;
  #started: Promise<SlotkeeperNode> | undefined;
  #failure: ApplicationError | undefined;
  #stopped: Promise<void> | undefined;

  constructor(modules: ApplicationModules, options: ApplicationOptions) {
    const { logging } = modules;
    const { logger } = logging;
    const reported = (error: unknown) => logger.error('A listener of the node failed', { error });
    this.#modules = { createNode, launchPractice, confirm: refusePages, ...modules };
    this.#options = options;
    this.#networks = new Networks({ dataDir: options.dataDir });
    this.#tasks = new Tasks((error, task) => logger.error('The node did not end well', { task, error }));
    this.events = new Emitter(reported);
    this.onFailed = new Emitter(reported);
    this.live = new LiveFeed();
    const { network, workers } = options.settings;
    const isPractice = network.kind === 'practice';
    this.#row = {
      id: 'node',
      state: 'starting',
      network: { kind: network.kind, name: nameOf(network) },
      workers: { max: workers, busy: 0 },
      startedAtMs: Date.now(),
      version: options.version,
      token: { symbol: 'TST', decimals: 18 },
      ...(isPractice && { practiceSpeed: network.speed }),
    };
    this.#show({});
    this.router = this.#routerFor(this.#modules.confirm);
    this.commandRouter = this.#routerFor(askedAtTerminal);
    this.#feeds.add(
      this.live.subscribe((payload) => this.events.emit({ name: 'live', payload })),
      logging.subscribe((payload) => this.events.emit({ name: 'log', payload })),
    );
  }

  get logger(): Logger {
    return this.#modules.logging.logger;
  }

  /** The node, while it runs. */
  get node(): SlotkeeperNode | undefined {
    return this.#node;
  }

  /**
   * Starts the node, once. What it refuses for is thrown and stands in the node's row; nothing of it is left running
   * then. Called off, or stopped meanwhile, it rejects with an abort error.
   */
  start({ signal }: { signal?: AbortSignal } = {}): Promise<SlotkeeperNode> {
    this.#started ??= this.#start(signal);
    return this.#started;
  }

  /** Ends what calls wait for, so that whoever serves them can close; `stop` does it, too. */
  endCalls(): void {
    this.#closing.abort();
  }

  /** Stops node and practice network, in that order, and waits for a start that is under way; idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #routerFor(confirm: Confirm): Router {
    const { dataDir, settings } = this.#options;
    return createRouter(
      api,
      createHandlers({
        snapshot: () => this.live.snapshot(),
        logging: this.#modules.logging,
        node: () => this.#node,
        networks: this.#networks,
        dataDir,
        confirm,
        signal: this.#closing.signal,
        ...(settings.network.kind === 'practice' && {
          setPracticeSpeed: (speed: number) => this.#setPracticeSpeed(speed),
        }),
      }),
      { logger: this.logger.child('ipc') },
    );
  }

  async #start(signal: AbortSignal | undefined): Promise<SlotkeeperNode> {
    const callOff = () => this.#ending.abort();
    signal?.addEventListener('abort', callOff, { once: true });
    if (signal?.aborted) callOff();
    try {
      throwIfAborted(this.#ending.signal);
      const options = await this.#nodeOptions();
      const node = await this.#modules.createNode(options, { signal: this.#ending.signal });
      this.#running.add(() => node.stop());
      throwIfAborted(this.#ending.signal);
      this.#follow(node);
      return node;
    } catch (error) {
      await this.#running
        .close()
        .catch((cause: unknown) => this.logger.error('The node did not end well', { error: cause }));
      if (this.#failure) throw this.#failure;
      if (!isAborted(error)) this.#showFailure(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', callOff);
    }
  }

  #follow(node: SlotkeeperNode): void {
    const { queue } = node.sales;
    this.#node = node;
    this.#running.add(
      node.view.notices.subscribe((payload) => this.events.emit({ name: 'notice', payload })),
      queue.onChange.subscribe(() => this.#show({ workers: queue.workers })),
      () => (this.#node = undefined),
    );
    this.#show({ state: 'running', workers: queue.workers });
  }

  async #stop(): Promise<void> {
    this.#show({ state: 'stopping' });
    this.#ending.abort();
    this.#closing.abort();
    try {
      // Whoever started it hears why it failed.
      await this.#started?.catch(() => {});
      await this.#running.close();
    } finally {
      await this.#tasks.settle();
      this.#show({ state: 'stopped' });
      this.live.stop();
      await this.#feeds.close();
    }
  }

  async #nodeOptions(): Promise<NodeOptions> {
    const { dataDir, settings } = this.#options;
    await mkdir(dataDir, { recursive: true });
    await checkVersion(dataDir);
    const { network } = settings;
    const chain =
      network.kind === 'practice' ? await this.#practiceChain(network) : await this.#liveChain(network);
    return {
      ...chain,
      dataDir,
      ...(settings.quotaBytes !== undefined && { quotaBytes: BigInt(settings.quotaBytes) }),
      workers: settings.workers,
      queueCapacity: settings.queueCapacity,
      token: this.#row.token,
      rows: {
        set: (table, row) => this.live.set(table, row.id, row),
        delete: (table, id) => this.live.delete(table, id),
        replace: (table, rows) => this.live.replace(table, rows),
      },
      logger: this.logger,
    };
  }

  async #practiceChain(settings: PracticeSettings): Promise<ChainOptions> {
    const { family, transport, scenario, speed, seed } = settings;
    const logger = this.logger.child('practice');
    const practice = await this.#modules.launchPractice(
      { folder: join(this.#options.dataDir, 'practice'), logger, daemonPath: this.#options.daemonPath },
      { family, scenario, speed, seed, signal: this.#ending.signal },
    );
    this.#practice = practice;
    this.#running.add(
      () => practice.stop(),
      practice.onFailed((error) => this.#onPracticeEnded(error)),
    );
    const { rpcUrl, wsUrl, deployment, peers, hostKey } = practice.info;
    const rpcUrls = [transport === 'ws' ? wsUrl : rpcUrl];
    this.#showNetwork(deployment, rpcUrls);
    return { rpcUrls, deployment, peers, signer: keySigner(hostKey), pollMs: 250 };
  }

  async #liveChain(network: LiveSettings): Promise<ChainOptions> {
    const signer = signerOfEnvironment();
    const { files } = this.#networks;
    const logger = this.logger.child('networks');
    const { rpcUrls, deployment } = await liveChain(
      network,
      { files, logger },
      { signal: this.#ending.signal },
    );
    this.#showNetwork(deployment, rpcUrls);
    const { maxFeeGwei } = network;
    return {
      rpcUrls,
      deployment,
      peers: [],
      signer,
      pollMs: 3000,
      ...(maxFeeGwei !== undefined && { maxFeePerGas: inWei(maxFeeGwei) }),
    };
  }

  #showNetwork({ marketplace, chainId, abi }: Deployment, servers: readonly string[]): void {
    const { network } = this.#row;
    const facts = { marketplace, chainId, family: familyOf(abi), servers: servers.map(shownServer) };
    this.#show({ network: { ...network, ...facts } });
  }

  /** Without its chain the node can do nothing more, and whatever it holds on that chain goes on with the next start. */
  #onPracticeEnded(cause: Error): void {
    this.logger.error('The practice network ended by itself', { error: cause });
    const failure = new ApplicationError('PRACTICE_ENDED', {}, { cause, message: describeError(cause) });
    this.#failure = failure;
    this.#showFailure(failure);
    this.#ending.abort();
    if (!this.#node) return;
    this.#tasks.track('stop', this.#running.close());
    this.events.emit({
      name: 'notice',
      payload: { kind: 'nodeStopped', title: 'Slotkeeper has stopped', body: errorText(failure) },
    });
    this.onFailed.emit(failure);
  }

  async #setPracticeSpeed(speed: number): Promise<void> {
    if (!this.#practice) throw nodeNotRunning();
    await this.#practice.setSpeed(speed);
    this.#show({ practiceSpeed: speed });
  }

  #showFailure(error: unknown): void {
    const code = error instanceof EngineError ? error.code : 'INTERNAL';
    this.#show({ state: 'failed', failure: { code, message: describeError(error) } });
  }

  #show(change: Partial<NodeRow>): void {
    this.#row = { ...this.#row, ...change };
    this.live.set('node', this.#row.id, this.#row);
  }
}

type PracticeSettings = Extract<NetworkSettings, { kind: 'practice' }>;
type LiveSettings = Exclude<NetworkSettings, PracticeSettings>;
type ChainOptions = Pick<
  NodeOptions,
  'rpcUrls' | 'deployment' | 'peers' | 'signer' | 'pollMs' | 'maxFeePerGas'
>;

function nameOf(network: NetworkSettings): string {
  if (network.kind === 'practice') return 'Practice network';
  return network.kind === 'archivist' ? presetOf(network.id).name : network.name;
}

const inWei = (gwei: number): bigint => BigInt(Math.round(gwei * 1e9));

/** Until there is a wallet the key of another network comes from the environment, and is taken out of it at once. */
function signerOfEnvironment(): Signer {
  const key = process.env.SLOTKEEPER_PRIVATE_KEY;
  delete process.env.SLOTKEEPER_PRIVATE_KEY;
  if (key === undefined || !/^(0x)?[0-9a-fA-F]{64}$/.test(key)) {
    const message =
      'SLOTKEEPER_PRIVATE_KEY must hold the private key of the account that sells: 64 hexadecimal digits.';
    throw new ApplicationError('NO_KEY', {}, { message });
  }
  return keySigner(new Secret(key));
}
