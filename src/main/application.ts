import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { api, type Api } from '../shared/api.ts';
import { sentence } from '../shared/i18n/say.ts';
import type { PracticeSlash } from '../shared/practiceslash.ts';
import {
  tableNames,
  type ActivityRow,
  type ChainRow,
  type NodeHost,
  type NodeRow,
  type TableName,
  type Tables,
} from '../shared/rows.ts';
import { durationText, tokensText } from '../shared/units.ts';
import type { WalletStatus } from '../shared/wallet.ts';
import type { NetworkSettings, OwnersChanges, Settings } from '../shared/settings.ts';
import { ActivityBook } from './activity/activitybook.ts';
import { askedAtTerminal, refusePages, type Confirm } from './confirm.ts';
import type { Deployment } from './engine/contracts/deployment.ts';
import { familyOf } from './engine/contracts/family.ts';
import { describeError, EngineError } from './engine/errors.ts';
import { abortError, abortScope, isAborted, throwIfAborted } from './engine/lib/abort.ts';
import { Closers } from './engine/lib/closers.ts';
import { Mutex } from './engine/lib/mutex.ts';
import { Emitter } from './engine/lib/emitter.ts';
import { keySigner, type Signer } from './engine/market/signer.ts';
import { Tasks } from './engine/lib/tasks.ts';
import type { Logger } from './engine/logger.ts';
import { parsePeerAddress } from './engine/network/peeraddress.ts';
import { PracticeProver } from './engine/slots/practiceprover.ts';
import { createNode, type DiscoveryChoices, type NodeOptions, type SlotkeeperNode } from './engine/node.ts';
import type { EventOf } from './ipc/events.ts';
import { createHandlers, nodeNotRunning, notOnPractice } from './ipc/handlers.ts';
import { LiveFeed } from './ipc/live-feed.ts';
import { createRouter, type Router } from './ipc/router.ts';
import { checkVersion, VERSION_FILE } from './engine/stores/dataversion.ts';
import { LogArchive } from './logging/archive.ts';
import type { Logging } from './logging/logging.ts';
import { parseLevelFilter } from './logging/levels.ts';
import { serverName } from './networks/ask-server.ts';
import type { ChooseFile } from './ipc/wallet-handlers.ts';
import { liveChain } from './networks/chain.ts';
import { idOf, Networks } from './networks/networks.ts';
import { presetOf } from './networks/presets.ts';
import { changedQuota } from './engine/quota.ts';
import { NodeFolders, liveKey, practiceKey } from './node-folders.ts';
import { NoticeTeller } from './notices/noticeteller.ts';
import { launchPractice, type PracticeHandle } from './practice/launch.ts';
import { PRACTICE_PROTOCOL } from './practice/practice.ts';
import { SlashOnDemand } from './practice/slash.ts';
import { StorageMover } from './storage-mover.ts';
import { takeEnvironmentSecrets } from './wallet/environment.ts';
import type { SecretBox } from './wallet/secretbox.ts';
import { Wallet } from './wallet/wallet.ts';

export interface ApplicationOptions {
  dataDir: string;
  settings: Settings;
  /** The practice network's program, as built. */
  daemonPath: string;
  /** The thread in which libp2p runs, as built. */
  libp2pPath: string;
  version: string;
  /** What of the program around it a window has to know. */
  host?: NodeHost;
}

export class ApplicationError extends EngineError<'PRACTICE_ENDED' | 'SLOTS_AT_STAKE'> {}

export interface ApplicationModules {
  readonly logging: Logging;
  /** Asks what no page may answer; without it pages are refused it. */
  readonly confirm?: Confirm;
  /** Where main has a window of its own: lets a person choose a file there. */
  readonly chooseFile?: ChooseFile;
  /** Where there is one: the key store of the operating system. */
  readonly secretBox?: SecretBox;
  /** The key that sells on a network with real money; tests hand in their own. */
  readonly wallet?: Wallet;
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
  /** Told whenever the node has failed, also while it started. Its row says why; `restart` is allowed. */
  readonly onDown: Emitter<Error>;
  /** Told when the owner changed settings that count at once. */
  readonly onSettings: Emitter<Settings>;
  readonly #options: ApplicationOptions;
  readonly #modules: ApplicationModules & Required<Pick<ApplicationModules, Chosen>>;
  readonly #wallet: Wallet;
  readonly #networks: Networks;
  readonly #folders: NodeFolders;
  /** Of the network that the node began with last, or would begin with. */
  #storage: { readonly folder: string; readonly mover: StorageMover } | undefined;
  readonly #archive: LogArchive;
  readonly #activity: ActivityBook;
  /** Ends the run that is under way; after a lock there is another one. */
  #ending = abortScope();
  /** Ends what calls began; unlike `#ending` only when all is over. */
  readonly #closing = new AbortController();
  /** Node and practice network. */
  readonly #running = new Closers();
  readonly #feeds = new Closers();
  readonly #tasks: Tasks;
  #node: SlotkeeperNode | undefined;
  #practice: PracticeHandle | undefined;
  #slash: SlashOnDemand | undefined;
  readonly #notices: NoticeTeller;
  /** A change of the settings, or their taking up by a node that begins to run. */
  readonly #settling = new Mutex();
  /** As they are now. */
  #settings: Settings;
  /** As the node began with them. */
  #begun: Settings;
  /** The node that runs could not agree to the quota of the settings. */
  #isQuotaWaiting = false;
  /** What the network's data say was changed since. */
  #isDataNew = false;
  #chain: ChainRow | undefined;
  #row: NodeRow;
  #started: Promise<SlotkeeperNode> | undefined;
  /** The start of this run. */
  #run: Promise<SlotkeeperNode> | undefined;
  /** A start is under way, or waits for a change to be over. */
  #isStarting = false;
  /** The wallet is being locked, or the node ended to be started anew. */
  #changing: Promise<void> | undefined;
  #failure: ApplicationError | undefined;
  #stopped: Promise<void> | undefined;

  constructor(modules: ApplicationModules, options: ApplicationOptions) {
    const { logging } = modules;
    const { logger } = logging;
    const reported = (error: unknown) => logger.error('A listener of the node failed', { error });
    this.#modules = { createNode, launchPractice, confirm: refusePages, ...modules };
    this.#options = options;
    this.#networks = new Networks({ dataDir: options.dataDir });
    this.#folders = new NodeFolders({
      dataDir: options.dataDir,
      networks: this.#networks.files,
      logger: logger.child('storage'),
    });
    // Before anything is started that would inherit them.
    const environment = takeEnvironmentSecrets();
    this.#wallet =
      modules.wallet ??
      new Wallet({
        folder: join(options.dataDir, 'wallet'),
        environment,
        logger: logger.child('wallet'),
        ...(modules.secretBox && { secretBox: modules.secretBox }),
      });
    this.#tasks = new Tasks((error, task) => logger.error('The node did not end well', { task, error }));
    this.events = new Emitter(reported);
    this.onFailed = new Emitter(reported);
    this.onDown = new Emitter(reported);
    this.onSettings = new Emitter(reported);
    this.#settings = this.#begun = options.settings;
    this.live = new LiveFeed();
    this.#archive = new LogArchive({ folder: join(options.dataDir, 'logs') });
    this.#activity = new ActivityBook(
      {
        rows: {
          set: (row) => this.live.set('activity', row.id, row),
          delete: (id) => this.live.delete('activity', id),
        },
        logger: logger.child('activity'),
        now: () => this.#chainNow(),
      },
      { dataDir: options.dataDir },
    );
    const { network, workers } = options.settings;
    this.#row = {
      id: 'node',
      state: 'starting',
      ...networkRow(network),
      workers: { max: workers, busy: 0 },
      startedAtMs: Date.now(),
      version: options.version,
      token: { symbol: 'TST', decimals: 18 },
      ...(options.host && { host: options.host }),
      // Of a folder that was used before the ledger has to say whether something is offered.
      ...(!options.settings.onboarded && isUnused(options.dataDir) && { isNew: true }),
    };
    this.#show({});
    this.router = this.#routerFor(this.#modules.confirm, modules.chooseFile);
    this.commandRouter = this.#routerFor(askedAtTerminal);
    this.#notices = new NoticeTeller({
      live: this.live,
      wishes: () => this.#settings,
      tell: (payload) => this.events.emit({ name: 'notice', payload }),
    });
    this.#feeds.add(
      () => this.#notices.stop(),
      this.live.subscribe((payload) => this.events.emit({ name: 'live', payload })),
      logging.subscribe((payload) => this.events.emit({ name: 'log', payload })),
      this.#wallet.onChange.subscribe((wallet) => this.#show({ wallet })),
    );
  }

  /** As the owner set them last; what cannot count at once stays as the node began with it until its next start. */
  get settings(): Settings {
    return this.#settings;
  }

  /** How many slots wait, of which the rows have the first only; undefined while no node runs. */
  get queueLength(): number | undefined {
    return this.#node?.sales.queue.length;
  }

  get logger(): Logger {
    return this.#modules.logging.logger;
  }

  /** The node, while it runs. */
  get node(): SlotkeeperNode | undefined {
    return this.#node;
  }

  /**
   * Starts the node, once; where it needs a wallet it waits until that is unlocked. What it refuses for is thrown and
   * stands in the node's row; nothing of it is left running then. Called off, or stopped meanwhile, it rejects with an
   * abort error.
   */
  start({ signal }: { signal?: AbortSignal } = {}): Promise<SlotkeeperNode> {
    this.#started ??= this.#start(signal);
    return this.#started;
  }

  /**
   * Starts the node again after it failed. What is left of it is stopped first. One that was started again meanwhile is
   * left alone. @throws as `start` does
   */
  async restart(): Promise<SlotkeeperNode> {
    if (this.#stopped) throw abortError();
    if (this.#started && this.#row.state !== 'failed') return await this.#started;
    const reason = this.#row.failure?.message ?? 'It ended.';
    await this.#change(() => this.#startAnew());
    const node = await this.start();
    const count = (this.#row.restarted?.count ?? 0) + 1;
    this.#show({ restarted: { count, atMs: Date.now(), reason } });
    return node;
  }

  /**
   * Stops the node in order and begins to start it with the settings as they are now; resolves then.
   * @throws NotNowError NODE_NOT_RUNNING before the first start; ApplicationError SLOTS_AT_STAKE when the network changes
   * while slots have to be proven on the present one, unless `force`; an abort error when all ends
   */
  async restartNode({ force }: { force: boolean }): Promise<void> {
    if (!this.#started) throw nodeNotRunning();
    if (!force && (await this.#leavesNetwork())) this.#checkNothingIsAtStake(leavingNetwork);
    await this.#change(async () => {
      this.logger.notice('The node is started anew', { waiting: this.#row.settingsWaiting ?? [] });
      await this.#startAnew();
      if (this.#started) this.#tasks.track('start', this.#started);
    });
  }

  /** Says when it is started again by itself. */
  showRestart(atMs: number): void {
    if (this.#row.state === 'failed') this.#show({ restartAtMs: atMs });
  }

  /** The whole program crashed before this start; the row of the node says so. */
  noteCrash({ count, reason }: { count: number; reason: string }): void {
    this.#show({ restarted: { count, atMs: Date.now(), reason } });
  }

  /** The computer slept for so long: what waits by wall time is looked at now. */
  resumed(asleepMs: number): void {
    this.logger.info('Taken up again after a sleep', { asleepMs });
    this.#notices.look();
  }

  /** Changes what the window says of the program around it. */
  showHost(host: NodeHost): void {
    this.#show({ host });
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

  #routerFor(confirm: Confirm, chooseFile?: ChooseFile): Router {
    const { dataDir } = this.#options;
    return createRouter(
      api,
      createHandlers({
        snapshot: () => this.live.snapshot(),
        logging: this.#modules.logging,
        node: () => this.#node,
        networks: this.#networks,
        storage: {
          state: async () => (await this.#mover()).state(),
          demandUsable: async (folder) => (await this.#mover()).demandUsable(folder),
          begin: async (folder) => (await this.#mover()).begin(folder),
          cancel: async () => (await this.#mover()).cancel(),
        },
        dataDir,
        applySettings: (changes, write) => this.#applySettings(changes, write),
        onNetwork: (change) => this.#onNetwork(change),
        restartNode: (options) => this.restartNode(options),
        archive: this.#archive,
        queueLength: () => this.queueLength,
        tellActivity: (kind, told, more) => this.#activity.tell(kind, told, more),
        wallet: this.#wallet,
        lockWallet: (lock) => this.#lockWallet(lock),
        confirm,
        token: () => this.#row.token,
        ...(chooseFile && { chooseFile }),
        signal: this.#closing.signal,
        practice: {
          setSpeed: (speed) => this.#setPracticeSpeed(speed),
          makeSlash: () => this.#makePracticeSlash(),
        },
      }),
      { logger: this.logger.child('ipc') },
    );
  }

  async #start(signal: AbortSignal | undefined): Promise<SlotkeeperNode> {
    const callOff = () => this.#ending.abort();
    signal?.addEventListener('abort', callOff, { once: true });
    this.#isStarting = true;
    if (signal?.aborted) callOff();
    try {
      for (;;) {
        this.#run = this.#startRun(this.#ending.signal);
        try {
          return await this.#run;
        } catch (error) {
          // Locked while it started, or to be started anew: it starts again after that.
          if (!this.#changing) throw error;
          await this.#changing;
        }
      }
    } finally {
      this.#isStarting = false;
      signal?.removeEventListener('abort', callOff);
    }
  }

  async #startRun(signal: AbortSignal): Promise<SlotkeeperNode> {
    try {
      throwIfAborted(signal);
      this.#begin();
      await this.#activity.load();
      const options = await this.#nodeOptions();
      const node = await this.#modules.createNode(options, { signal });
      this.#running.add(() => node.stop());
      await this.#settling.run(async () => {
        await this.#bringUpToDate(node);
        throwIfAborted(signal);
        this.#follow(node);
      });
      return node;
    } catch (error) {
      await this.#closeRun();
      if (this.#failure) throw this.#failure;
      if (!isAborted(error)) this.#showFailure(error);
      throw error;
    }
  }

  /** What could not be closed is logged: the next start has to say whether that is in its way. */
  async #closeRun(): Promise<void> {
    try {
      await this.#running.close();
    } catch (error) {
      this.logger.error('The node did not end well', { error });
    }
  }

  /** What counts at once and was changed while it started. */
  async #bringUpToDate(node: SlotkeeperNode): Promise<void> {
    const { quotaBytes, workers, scrubBytesPerSecond } = this.#settings;
    if (workers !== this.#begun.workers) node.sales.queue.setWorkers(workers);
    if (scrubBytesPerSecond !== this.#begun.scrubBytesPerSecond) node.setScrubRate(scrubBytesPerSecond);
    if (quotaBytes === this.#begun.quotaBytes) return;
    try {
      await node.setQuota(inBytes(quotaBytes), async () => {});
    } catch (error) {
      this.logger.warn('The quota that was set while the node started waits for its next start', { error });
      this.#isQuotaWaiting = true;
      this.#show({ settingsWaiting: this.#waiting() });
    }
  }

  #follow(node: SlotkeeperNode): void {
    const { queue } = node.sales;
    this.#node = node;
    this.#running.add(
      node.accounts.changes.subscribe((revision) =>
        this.events.emit({ name: 'accounts', payload: { revision } }),
      ),
      queue.onChange.subscribe(() => this.#show({ workers: queue.workers })),
      () => (this.#node = undefined),
    );
    const isNew = !this.#settings.onboarded && this.live.snapshot().tables.availabilities.length === 0;
    this.#show({ state: 'running', workers: queue.workers, isNew });
    const { version, network } = this.#row;
    this.#activity.tell('node', sentence('activity.nodeStarted', { version, network: network.name }));
  }

  async #stop(): Promise<void> {
    const hadFailed = this.#row.state === 'failed';
    this.#show({ state: 'stopping' });
    this.#ending.abort();
    this.#closing.abort();
    try {
      await this.#changing?.catch(() => {});
      // Whoever started it hears why it failed.
      await this.#started?.catch(() => {});
      await this.#running.close();
    } finally {
      await this.#endAll(hadFailed);
    }
  }

  /** All of it even when a part fails. */
  async #endAll(hadFailed: boolean): Promise<void> {
    const ends = new Closers();
    ends.add(
      () => this.#feeds.close(),
      () => this.live.stop(),
      () => this.#show({ state: 'stopped' }),
      () => this.#activity.settle(),
      () => this.#tellEnd(hadFailed),
      () => this.#wallet.close(),
      () => this.#tasks.settle(),
      () => this.#storage?.mover.stop(),
    );
    await ends.close();
  }

  /** One that was never started, as for a command, has nothing to tell of its end. */
  #tellEnd(hadFailed: boolean): void {
    if (this.#started && !hadFailed) this.#activity.tell('node', sentence('activity.nodeStopped'));
  }

  /** What the node takes up now; rows of another network go. */
  #begin(): void {
    const former = this.#begun.network;
    this.#begun = this.#settings;
    this.#isDataNew = this.#isQuotaWaiting = false;
    const { network, workers } = this.#begun;
    const { practiceSpeed: _speed, practiceSlash: _slash, settingsWaiting: _waiting, ...row } = this.#row;
    // Each run begins with a chain that was not seen yet, be it the same or another.
    this.#chain = undefined;
    const isSame = idOf(former) === idOf(network) && nameOf(former) === nameOf(network);
    this.#row = { ...row, ...networkRow(network), ...(isSame && { network: row.network }) };
    this.#show({ state: 'starting', workers: { max: workers, busy: 0 } });
  }

  /** Ends the run that is under way, and all of it is closed, though a part of it may not have ended well. */
  async #endRun(): Promise<void> {
    this.#ending.abort();
    await this.#run?.catch(() => {});
    await this.#closeRun();
  }

  async #startAnew(): Promise<void> {
    await this.#endRun();
    if (this.#stopped) throw abortError();
    this.#failure = undefined;
    this.#ending = abortScope();
    // A start that is under way begins again by itself.
    if (!this.#isStarting) this.#started = this.#start(undefined);
  }

  /** One change at a time. */
  async #change(work: () => Promise<void>): Promise<void> {
    while (this.#changing) await this.#changing.catch(() => {});
    if (this.#stopped) throw abortError();
    this.#changing = work().finally(() => (this.#changing = undefined));
    await this.#changing;
  }

  async #nodeOptions(): Promise<NodeOptions> {
    const settings = this.#begun;
    const { dataDir } = this.#options;
    await mkdir(dataDir, { recursive: true });
    await checkVersion(dataDir);
    const { network } = settings;
    const chain =
      network.kind === 'practice' ? await this.#practiceChain(network) : await this.#liveChain(network);
    const folder = await this.#claimFolder(
      network.kind === 'practice' ? practiceKey(network.family) : liveKey(chain.deployment),
    );
    return {
      ...chain,
      dataDir: folder,
      ...(settings.quotaBytes !== undefined && { quotaBytes: BigInt(settings.quotaBytes) }),
      workers: settings.workers,
      queueCapacity: settings.queueCapacity,
      scrubBytesPerSecond: settings.scrubBytesPerSecond,
      peers: [...settings.peers.map(parsePeerAddress), ...chain.peers],
      token: this.#row.token,
      rows: {
        set: (table, row) => this.#showRow(table, row),
        // What the engine lets go of is kept in its book.
        delete: (table, id) => table !== 'activity' && this.live.delete(table, id),
        replace: (table, rows) => this.live.replace(table, rows),
      },
      logger: this.logger,
    };
  }

  #showRow<T extends TableName>(table: T, row: Tables[T]): void {
    if (table === 'activity') return this.#activity.add(row as ActivityRow);
    if (table === 'chain') this.#sawChain(row as ChainRow);
    this.live.set(table, row.id, row);
  }

  /** Told when it falls silent and when it speaks again. */
  #sawChain(row: ChainRow): void {
    const before = this.#chain?.unreachableSinceMs;
    this.#chain = row;
    const since = row.unreachableSinceMs;
    if (since !== undefined && before === undefined)
      this.#activity.tell('chain', sentence('activity.chainSilent'));
    if (since !== undefined || before === undefined) return;
    const seconds = Math.max(1, Math.round((Date.now() - before) / 1000));
    this.#activity.tell('chain', sentence('activity.chainBack', { time: durationText(seconds) }));
  }

  /** By the last block and the time since; practice time may run faster, and one that is told late is not told early. */
  #chainNow(): number | undefined {
    const { time, seenAtMs } = this.#chain ?? {};
    if (time === undefined || seenAtMs === undefined) return undefined;
    const speed = this.#row.practiceSpeed ?? 1;
    return Math.floor(time + (speed * Math.max(0, Date.now() - seenAtMs)) / 1000);
  }

  async #practiceChain(settings: PracticeSettings): Promise<ChainOptions> {
    await this.#lookForWallet();
    const { family, transport, exchange, peers: peersBy, scenario, speed, seed } = settings;
    const logger = this.logger.child('practice');
    const practice = await this.#modules.launchPractice(
      { folder: join(this.#options.dataDir, 'practice'), logger, daemonPath: this.#options.daemonPath },
      { family, exchange, peers: peersBy, scenario, speed, seed, signal: this.#ending.signal },
    );
    this.#practice = practice;
    this.#running.add(
      () => practice.stop(),
      practice.onFailed((error) => this.#onPracticeEnded(error)),
    );
    const { rpcUrl, wsUrl, deployment, peers, bootstrap, hostKey, periodSeconds } = practice.info;
    const slash = new SlashOnDemand(
      { show: (practiceSlash) => this.#show({ practiceSlash }), logger },
      { periodSeconds },
    );
    this.#slash = slash;
    this.#running.add(() => slash.stop());
    const rpcUrls = [transport === 'ws' ? wsUrl : rpcUrl];
    this.#showNetwork(deployment, rpcUrls);
    const module = this.#options.libp2pPath;
    return {
      rpcUrls,
      deployment,
      peers,
      ...(exchange === 'libp2p' && { libp2p: { module, protocol: PRACTICE_PROTOCOL } }),
      ...(bootstrap.length > 0 && { discovery: this.#discovery(bootstrap, 'practice') }),
      // Requests of earlier versions have none, and its proofs are not checked.
      mustBeVerifiable: false,
      prover: slash.around(new PracticeProver()),
      signer: keySigner(hostKey),
      pollMs: 250,
    };
  }

  async #liveChain(network: LiveSettings): Promise<ChainOptions> {
    const signer = await this.#signer(this.#ending.signal);
    const { files } = this.#networks;
    const logger = this.logger.child('networks');
    const { rpcUrls, deployment, bootstrap } = await liveChain(
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
      libp2p: { module: this.#options.libp2pPath, protocol: LIVE_PROTOCOL },
      discovery: this.#discovery(bootstrap, 'live'),
      mustBeVerifiable: true,
      signer,
      pollMs: 3000,
      confirmations: LIVE_CONFIRMATIONS,
      ...(maxFeeGwei !== undefined && { maxFeePerGas: inWei(maxFeeGwei) }),
    };
  }

  /** In practice nothing leaves this computer, and any free port will do. */
  #discovery(bootstrap: readonly string[], kind: 'practice' | 'live'): DiscoveryChoices {
    const { listenPort, discoveryPort, mapPorts, announceAddress } = this.#begun;
    if (kind === 'practice')
      return { bootstrap, listen: { host: '127.0.0.1', port: 0, discoveryPort: 0 }, mapsPorts: false };
    return {
      bootstrap,
      listen: { host: '0.0.0.0', port: listenPort, discoveryPort },
      mapsPorts: mapPorts ?? true,
      announceHost: announceAddress,
    };
  }

  /** The practice network needs none; its window shows all the same whether there is one. */
  async #lookForWallet(): Promise<void> {
    try {
      await this.#wallet.look();
    } catch (error) {
      this.logger.warn('The wallet cannot be looked at', { error });
    }
  }

  /** Waits until the wallet is unlocked, for as long as that takes; the node's row says so meanwhile. */
  async #signer(signal: AbortSignal): Promise<Signer> {
    await this.#wallet.unlockUnattended();
    const showWaiting = ({ state, failure }: WalletStatus) => {
      if (state === 'none') this.#show({ state: 'failed', failure: noWallet });
      if (state === 'locked') this.#show({ state: 'locked', ...(failure && { failure }) });
    };
    showWaiting(this.#wallet.status);
    if (this.#wallet.status.state !== 'unlocked')
      this.logger.warn('Nothing is sold until the wallet is unlocked');
    const unsubscribe = this.#wallet.onChange.subscribe(showWaiting);
    try {
      return await this.#wallet.whenUnlocked({ signal });
    } finally {
      unsubscribe();
      if (!signal.aborted) this.#show({ state: 'starting' });
    }
  }

  /**
   * Locks the wallet; a node that sells with it is stopped first and started again once it is unlocked.
   * @throws ApplicationError SLOTS_AT_STAKE while slots have to be proven, unless `force`
   */
  async #lockWallet({ force }: { force: boolean }): Promise<void> {
    if (this.#begun.network.kind === 'practice') return this.#wallet.lock();
    if (!force) this.#checkNothingIsAtStake(lockedWallet);
    await this.#change(() => this.#lock());
  }

  async #lock(): Promise<void> {
    const hasRun = this.#node !== undefined;
    await this.#endRun();
    await this.#wallet.lock();
    if (this.#stopped) return;
    this.#ending = abortScope();
    if (!hasRun) return;
    this.#started = this.#start(undefined);
    this.#tasks.track('start', this.#started);
  }

  /** Whether its next start goes on with other books. In practice nothing is lost by it: that chain stands still. */
  async #leavesNetwork(): Promise<boolean> {
    if (this.#begun.network.kind === 'practice' || !this.#node) return false;
    return (await this.#folders.of(this.#settings.network)) !== this.#storage?.folder;
  }

  #checkNothingIsAtStake(why: string): void {
    const report = this.#node?.insight.risk({ seconds: [], risk: 0.01 });
    if (!report || report.slots.length === 0) return;
    const { symbol, decimals } = this.#row.token;
    const slots = report.slots.length === 1 ? '1 slot has' : `${report.slots.length} slots have`;
    const message = `${slots} to be proven, ${why}: up to ${tokensText(report.atRisk, decimals)} ${symbol} would be lost.`;
    const details = { slots: report.slots.length, atRisk: report.atRisk };
    throw new ApplicationError('SLOTS_AT_STAKE', details, { message });
  }

  #showNetwork({ marketplace, chainId, abi }: Deployment, servers: readonly string[]): void {
    const { network } = this.#row;
    const facts = { marketplace, chainId, family: familyOf(abi), servers: servers.map(serverName) };
    this.#show({ network: { ...network, ...facts } });
  }

  /** Without its chain the node can do nothing more, and whatever it holds on that chain goes on with the next start. */
  #onPracticeEnded(cause: Error): void {
    this.logger.error('The practice network ended by itself', { error: cause });
    const failure = new ApplicationError('PRACTICE_ENDED', {}, { message: describeError(cause) });
    this.#failure = failure;
    this.#showFailure(failure);
    this.#ending.abort();
    if (!this.#node) return;
    this.#tasks.track('stop', this.#running.close());
    this.onFailed.emit(failure);
  }

  async #setPracticeSpeed(speed: number): Promise<void> {
    if (this.#begun.network.kind !== 'practice') throw notOnPractice();
    if (!this.#practice) throw nodeNotRunning();
    await this.#practice.setSpeed(speed);
    this.#show({ practiceSpeed: speed });
  }

  #makePracticeSlash(): PracticeSlash {
    if (this.#begun.network.kind !== 'practice') throw notOnPractice();
    if (!this.#slash || !this.#node) throw nodeNotRunning();
    return this.#slash.begin(this.#node);
  }

  /**
   * Writes what the owner changed. What the running node has to agree to is refused before that; the rest is in force
   * once it is written. What was named on the command line is not heard any more where it is set anew.
   */
  async #applySettings(changes: OwnersChanges, write: () => Promise<Settings>): Promise<Settings> {
    if (typeof changes.logLevel === 'string') parseLevelFilter(changes.logLevel);
    const names = Object.keys(changes).filter((name) => changes[name as keyof OwnersChanges] !== undefined);
    return await this.#settling.run(async () => {
      const { quotaBytes } = changes;
      const written = quotaBytes === undefined ? await write() : await this.#setQuota(quotaBytes, write);
      this.#takeUp(written, names as (keyof OwnersChanges)[]);
      return written;
    });
  }

  async #setQuota(asked: number | null, write: () => Promise<Settings>): Promise<Settings> {
    const bytes = inBytes(asked);
    if (this.#node) {
      const written = await this.#node.setQuota(bytes, write);
      this.#isQuotaWaiting = false;
      return written;
    }
    const { disk } = await (await this.#mover()).state();
    if (disk) changedQuota({ asked: bytes, storedBytes: disk.ownBytes, disk });
    return write();
  }

  #takeUp(written: Settings, names: readonly (keyof Settings)[]): void {
    const taken = Object.fromEntries(names.map((name) => [name, written[name]]));
    const before = this.#settings;
    this.#settings = { ...before, ...taken };
    this.#tellChanged(before);
    if (names.includes('logLevel')) this.#modules.logging.setLevel(this.#settings.logLevel);
    if (names.includes('workers')) this.#node?.sales.queue.setWorkers(this.#settings.workers);
    if (names.includes('scrubBytesPerSecond')) this.#node?.setScrubRate(this.#settings.scrubBytesPerSecond);
    const isNew = this.#row.isNew === true && !this.#settings.onboarded;
    this.#show({ settingsWaiting: this.#waiting(), isNew });
    this.#notices.look();
    this.onSettings.emit(this.#settings);
  }

  #tellChanged(before: Settings): void {
    const names = changedNames(before, this.#settings);
    if (names.length === 0) return;
    this.#activity.tell('settings', sentence('activity.settingsChanged', { names: names.join(', ') }));
  }

  #onNetwork(change: { readonly network: NetworkSettings } | { readonly dataOf: string }): void {
    if ('network' in change) return this.#takeUp({ ...this.#settings, network: change.network }, ['network']);
    this.#isDataNew ||= change.dataOf === idOf(this.#begun.network);
    this.#show({ settingsWaiting: this.#waiting() });
  }

  /** Of what cannot count at once, what is not as the node began with it. */
  #waiting(): string[] {
    const isPractice = [this.#begun, this.#settings].every(({ network }) => network.kind === 'practice');
    const names = isPractice ? waitingInPractice : [...waitingInPractice, ...waitingForPeers];
    const changed = names.filter((name) => !isDeepStrictEqual(this.#begun[name], this.#settings[name]));
    return [
      ...changed,
      ...(this.#isQuotaWaiting ? ['quotaBytes'] : []),
      ...(this.#isDataNew ? ['networkData'] : []),
    ];
  }

  /** Where the node of the settings keeps its slots. */
  async #mover(): Promise<StorageMover> {
    const folder = await this.#folders.of(this.#begun.network);
    // Meanwhile a start may have claimed another.
    return (this.#storage ??= this.#storageIn(folder)).mover;
  }

  /** The folder of a node that starts; what was copied in that of another network waits there. */
  async #claimFolder(key: string): Promise<string> {
    const folder = await this.#folders.claim(key);
    if (this.#storage?.folder === folder) return folder;
    if (this.#storage) {
      await this.#storage.mover.stop();
      for (const table of tableNames)
        if (table !== 'node' && table !== 'activity') this.live.replace(table, []);
    }
    if (folder !== this.#options.dataDir) await checkVersion(folder);
    this.#storage = this.#storageIn(folder);
    return folder;
  }

  #storageIn(folder: string): { readonly folder: string; readonly mover: StorageMover } {
    return { folder, mover: new StorageMover({ dataDir: folder, logger: this.logger.child('storage') }) };
  }

  #showFailure(error: unknown): void {
    const code = error instanceof EngineError ? error.code : 'INTERNAL';
    const failure = { code, message: describeError(error) };
    this.#show({ state: 'failed', failure });
    this.#activity.tell('nodeFailed', sentence('activity.nodeFailed', { why: { error: failure } }));
    this.onDown.emit(error instanceof Error ? error : new Error(describeError(error)));
  }

  #show(change: Partial<NodeRow>): void {
    const { failure, restartAtMs, ...row } = this.#row;
    // A failure goes with the state it explains.
    const kept =
      change.state === undefined
        ? { ...(failure && { failure }), ...(restartAtMs !== undefined && { restartAtMs }) }
        : {};
    this.#row = { ...row, ...kept, ...change };
    this.live.set('node', this.#row.id, this.#row);
  }
}

/** No node ever ran there. */
const isUnused = (dataDir: string): boolean => !existsSync(join(dataDir, VERSION_FILE));

/** By their names; what they say may be private. */
const changedNames = (before: Settings, after: Settings): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !isDeepStrictEqual(before[name as keyof Settings], after[name as keyof Settings]),
  );

/** Of the modules those that there always are. */
type Chosen = 'createNode' | 'launchPractice' | 'confirm';
type PracticeSettings = Extract<NetworkSettings, { kind: 'practice' }>;
type LiveSettings = Exclude<NetworkSettings, PracticeSettings>;
type ChainOptions = Pick<
  NodeOptions,
  | 'rpcUrls'
  | 'deployment'
  | 'peers'
  | 'libp2p'
  | 'discovery'
  | 'mustBeVerifiable'
  | 'prover'
  | 'signer'
  | 'pollMs'
  | 'confirmations'
  | 'maxFeePerGas'
>;

/** Blocks. Events are told from the first on, and taken back where a fork takes them; a payment is better waited for. */
const LIVE_CONFIRMATIONS = 3;

/** Archivist's name for the block exchange; Codex has another one, and its nodes do not speak this. */
const LIVE_PROTOCOL = '/archivist/blockexc/1.0.0';

const networkRow = (network: NetworkSettings): Pick<NodeRow, 'network' | 'practiceSpeed'> => ({
  network: {
    kind: network.kind,
    name: nameOf(network),
    ...(network.kind === 'practice' && { scenario: network.scenario }),
  },
  ...(network.kind === 'practice' && { practiceSpeed: network.speed }),
});

const waitingInPractice = ['network', 'queueCapacity', 'peers'] as const satisfies (keyof Settings)[];
/** In practice peers are found on this computer only, by any free port. */
const waitingForPeers = [
  'listenPort',
  'discoveryPort',
  'mapPorts',
  'announceAddress',
] as const satisfies (keyof Settings)[];

const lockedWallet = 'which a locked wallet cannot';
const leavingNetwork = 'which a node on another network cannot';

function nameOf(network: NetworkSettings): string {
  if (network.kind === 'practice') return 'Practice network';
  return network.kind === 'archivist' ? presetOf(network.id).name : network.name;
}

const noWallet = {
  code: 'NO_WALLET',
  message: 'There is no wallet yet. Create one, or import the key of an account.',
} as const;

const inBytes = (quota: number | null | undefined): bigint | undefined =>
  quota === null || quota === undefined ? undefined : BigInt(quota);

const inWei = (gwei: number): bigint => BigInt(Math.round(gwei * 1e9));
