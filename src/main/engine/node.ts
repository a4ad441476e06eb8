import { Accounts } from './accounts/accounts.ts';
import { OnchainClock } from './clock/onchain-clock.ts';
import type { Deployment } from './contracts/deployment.ts';
import { EngineError } from './errors.ts';
import { Insight, type Insights } from './insight/insight.ts';
import { Closers } from './lib/closers.ts';
import type { Logger } from './logger.ts';
import { OnchainMarket } from './market/onchain-market.ts';
import type { TransactionsOptions } from './market/transactions/transactions.ts';
import type { Signer } from './market/signer.ts';
import { Exchange } from './network/exchange.ts';
import { Identity } from './network/identity.ts';
import { Peering, type PeeringOptions, type PeeringStatus } from './network/peering.ts';
import type { Libp2pOptions } from './network/transports/libp2p.ts';
import { TcpTransport } from './network/transports/tcp.ts';
import { libp2pInThread } from './network/transports/workerthread.ts';
import { WorkerDigester } from './proofs/workerdigester.ts';
import type { PeerAddress } from './network/peeraddress.ts';
import { changedQuota, quotaFor } from './quota.ts';
import { needsDisk } from './sales/diskneed.ts';
import { DownloadSpeed } from './sales/downloadspeed.ts';
import { Reservations } from './sales/reservations.ts';
import { Sales } from './sales/sales.ts';
import { SlotQueue } from './sales/slotqueue.ts';
import { Announcements } from './slots/announcements.ts';
import { LocalSlotHost } from './slots/host.ts';
import { PracticeProver } from './slots/practiceprover.ts';
import type { Prover } from './slots/prover.ts';
import { Scrub } from './slots/scrub.ts';
import { cursorStore } from './stores/cursor.ts';
import { openDatabase, type Database } from './stores/database.ts';
import { StoredDiscovery } from './stores/discoverymemory.ts';
import { diskSpace } from './stores/diskspace.ts';
import { SlotMove } from './stores/moveslots.ts';
import { networkKey } from './stores/networkkey.ts';
import { SlotStore } from './stores/slotstore.ts';
import { defaultSlotFolder } from './stores/storageplace.ts';
import { transactionStore } from './stores/transactions.ts';
import { StatusRows } from './statusrows.ts';
import type { RowSink } from './row-sink.ts';
import { View } from './view.ts';

export interface NodeOptions {
  /** Holds the database and the slots. One node at a time. */
  dataDir: string;
  /** Servers of the same chain, the preferred first; each http, https, ws or wss. */
  rpcUrls: readonly string[];
  deployment: Deployment;
  signer: Signer;
  /** Where datasets are fetched from, besides whom discovery finds. */
  peers: readonly PeerAddress[];
  /** As the live networks speak, in a thread that is the built `module`; without it by plain TCP, as in practice. */
  libp2p?: Pick<Libp2pOptions, 'protocol'> & { readonly module: string };
  /** Finds peers and lets us be found, with libp2p; without it only `peers` are known. */
  discovery?: DiscoveryChoices;
  /** What makes proofs; the one for the practice network unless said. */
  prover?: Prover;
  /** Refuses slots whose manifest does not say what their proofs are checked against. */
  mustBeVerifiable: boolean;
  /** Bytes; without it what the disk allows, 20 GB at most. */
  quotaBytes?: bigint;
  workers: number;
  /** How fast what is held is read again, to find harm early, at most; 4 MiB/s unless said. */
  scrubBytesPerSecond?: number;
  /** Slots that wait for a worker at most, 128 unless said. */
  queueCapacity?: number;
  /** How often the chain is asked for its head. */
  pollMs: number;
  /** Blocks with a transaction's own from which on it counts as mined. 1 unless said. */
  confirmations?: number;
  /** wei: no unit of gas is ever offered more for. 100 gwei unless said. */
  maxFeePerGas?: bigint;
  token: { symbol: string; decimals: number };
  rows: RowSink;
  logger: Logger;
}

export type DiscoveryChoices = Pick<PeeringOptions, 'bootstrap' | 'listen' | 'announceHost' | 'mapsPorts'>;

/** The node engine, whole: parts built in order, started in order, stopped in reverse. */
export interface SlotkeeperNode {
  readonly reservations: Reservations;
  readonly sales: Sales;
  readonly insight: Insights;
  readonly accounts: Accounts;
  readonly view: View;
  /**
   * Changes how many bytes may be used, undefined for the default; `write` makes it durable where it is kept, in one step
   * with the checks. @throws QuotaError QUOTA_OVER_DISK; ReservationsError QUOTA_BELOW_PROMISED; what `write` throws
   */
  setQuota<T>(asked: bigint | undefined, write: () => Promise<T>): Promise<T>;
  /** How fast what is held is read again at most, from now on. */
  setScrubRate(bytesPerSecond: number): void;
  /** Ends all work, closes all files; idempotent. What is on its way on chain is found again at the next start. */
  stop(): Promise<void>;
}

/**
 * Builds and starts a node. When a part refuses to start, those already started are stopped and its error is thrown:
 * a `StoreError` (folder in use, of another version), a `MarketError` (chain unreachable, wrong chain, no contract) or
 * a `QuotaError` or a `NodeError`, each with a text that says what to do.
 */
export async function createNode(
  options: NodeOptions,
  { signal }: { signal: AbortSignal },
): Promise<SlotkeeperNode> {
  const closers = new Closers();
  try {
    return { ...(await build(options, signal, closers)), stop: () => closers.close() };
  } catch (error) {
    await closers
      .close()
      .catch((cause: unknown) => options.logger.error('A part did not stop well', { error: cause }));
    throw error;
  }
}

export class NodeError extends EngineError<'CANNOT_PROVE_HERE'> {}

async function build(options: NodeOptions, signal: AbortSignal, closers: Closers) {
  const { dataDir, deployment, rpcUrls, rows, logger, token } = options;
  const database = await openDatabase({ folder: dataDir, logger: logger.child('database') });
  closers.add(() => database.close());
  const slotFolder = await new SlotMove({ dataDir, logger: logger.child('storage') }).finish({ signal });
  const isMoved = slotFolder !== defaultSlotFolder(dataDir);
  const slotStore = new SlotStore(
    { folder: slotFolder, logger: logger.child('slotstore') },
    { mayMakeFolder: !isMoved },
  );
  const quotaMax = quotaFor(
    {
      asked: options.quotaBytes,
      storedBytes: await slotStore.totalBytes(),
      disk: await diskSpace(slotFolder),
    },
    logger,
  );

  const clock = new OnchainClock();
  const accounts = new Accounts(
    { database, logger: logger.child('accounts') },
    {
      chainId: deployment.chainId,
      marketplace: deployment.marketplace,
      account: options.signer.address,
    },
  );
  const market = await OnchainMarket.connect(
    {
      rpcUrls,
      deployment,
      signer: options.signer,
      clock,
      cursors: cursorStore({ database, logger: logger.child('cursor') }, deployment),
      transactions: (account) =>
        transactionStore(
          {
            database,
            logger: logger.child('transactions'),
            beside: (changed) => accounts.besideTransactions(changed),
          },
          { chainId: deployment.chainId, account },
        ),
      logger: logger.child('market'),
    },
    {
      pollMs: options.pollMs,
      sending: sendingOptions(options),
      signal,
    },
  );
  closers.add(() => market.stop());
  const prover = options.prover ?? new PracticeProver();
  const refusal = prover.refusal(market.config.zkeyHash);
  if (refusal !== undefined)
    throw new NodeError('CANNOT_PROVE_HERE', { zkeyHash: market.config.zkeyHash }, { message: refusal });

  const { network, peering } = await openNetwork(options, database, closers);
  const digester = new WorkerDigester({ logger });
  closers.add(() => digester.stop());
  const host = new LocalSlotHost(
    { slotStore, network, prover, digester, logger: logger.child('slots') },
    { mustBeVerifiable: options.mustBeVerifiable },
  );
  closers.add(() => host.stop());
  network.serve(host.source);

  const reservations = await Reservations.open(
    { database, logger: logger.child('reservations') },
    { quotaMax },
  );
  const downloadSpeed = new DownloadSpeed({ clock });
  const queue = new SlotQueue(
    { reservations, clock, speed: downloadSpeed, logger: logger.child('slotqueue') },
    { workers: options.workers, capacity: options.queueCapacity ?? 128 },
  );
  const sales = new Sales({
    market,
    clock,
    reservations,
    queue,
    host,
    database,
    downloadSpeed,
    logger: logger.child('sales'),
  });
  const scrub = new Scrub(
    { slotStore, host, database, logger: logger.child('scrub') },
    {
      isBusy: () => sales.list().some(needsDisk),
      ...(options.scrubBytesPerSecond !== undefined && { bytesPerSecond: options.scrubBytesPerSecond }),
    },
  );
  const view = new View(
    {
      rows,
      clock,
      sales,
      queue,
      reservations,
      diskSpace: () => diskSpace(slotFolder),
      slots: { fault: () => slotStore.fault(), checks: () => scrub.checks.values() },
    },
    { folder: isMoved ? slotFolder : dataDir, periodSeconds: market.config.periodSeconds, token },
  );

  const status = new StatusRows({ market, view, rows, reservations, logger });
  const insight = new Insight({
    market,
    clock,
    reservations,
    queue,
    sales,
    database,
    speed: downloadSpeed,
    balance: () => status.tokens,
    logger: logger.child('insight'),
  });

  closers.add(() => insight.stop());
  await insight.start();
  closers.add(() => accounts.stop());
  accounts.start({ market, sales, clock });
  closers.add(() => sales.stop());
  // The market tells what happened while the node was away as soon as it starts.
  sales.listen();
  await market.start();
  await view.start();
  closers.add(() => view.stop());
  await sales.start({ signal });
  accounts.follow();
  status.start();
  closers.add(() => status.stop());
  scrub.start();
  closers.add(() => scrub.stop());
  if (peering) {
    const announcements = new Announcements({
      host,
      finder: peering.finder,
      logger: logger.child('network'),
    });
    announcements.start();
    closers.add(() => announcements.stop());
  }
  logger.info('Node started', {
    account: market.signer,
    marketplace: deployment.marketplace,
    chainId: deployment.chainId,
  });
  const setQuota = async <T>(asked: bigint | undefined, write: () => Promise<T>): Promise<T> => {
    const storedBytes = await slotStore.totalBytes();
    const max = changedQuota({ asked, storedBytes, disk: await diskSpace(slotFolder) });
    return await reservations.setQuotaMax(max, write);
  };
  const setScrubRate = (bytesPerSecond: number) => scrub.setRate(bytesPerSecond);
  return { reservations, sales, insight, accounts, view, setQuota, setScrubRate };
}

function sendingOptions({ maxFeePerGas, confirmations }: NodeOptions): TransactionsOptions {
  return {
    ...(maxFeePerGas !== undefined && { maxFeePerGas }),
    ...(confirmations !== undefined && { confirmations }),
  };
}

/** The exchange, and our place among other peers where they have to be found. */
async function openNetwork(
  options: NodeOptions,
  database: Database,
  closers: Closers,
): Promise<{ network: Exchange; peering?: Peering }> {
  const { dataDir, deployment, libp2p, discovery, peers, rows } = options;
  const logger = options.logger.child('network');
  if (!libp2p || !discovery) {
    const transport = libp2p ? libp2pInThread({ module: libp2p.module, logger }, libp2p) : new TcpTransport();
    const network = new Exchange({ transport, logger }, { peers });
    closers.add(() => network.stop());
    await network.start();
    return { network };
  }
  const key = await networkKey(dataDir);
  const { module, protocol } = libp2p;
  const { host, port } = discovery.listen;
  const peering = await Peering.open(
    {
      transport: libp2pInThread({ module, logger }, { protocol, identity: key, listen: { host, port } }),
      identity: new Identity(key),
      memory: new StoredDiscovery(
        { database, logger },
        { network: `${deployment.chainId}-${deployment.marketplace}` },
      ),
      logger,
    },
    { ...discovery, peers },
  );
  const show = (status: PeeringStatus) => rows.set('peers', { id: 'peers', ...status });
  closers.add(
    () => rows.delete('peers', 'peers'),
    () => peering.stop(),
    peering.onChange.subscribe(show),
  );
  await peering.start();
  return { network: peering.exchange, peering };
}
