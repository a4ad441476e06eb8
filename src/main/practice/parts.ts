import { randomBytes } from 'node:crypto';
import type { Secret } from '../engine/lib/secret.ts';
import type { Logger } from '../engine/logger.ts';
import { recordText } from '../engine/network/discovery/signedrecord.ts';
import { Exchange } from '../engine/network/exchange.ts';
import { Identity } from '../engine/network/identity.ts';
import { Peering } from '../engine/network/peering.ts';
import { Libp2pTransport } from '../engine/network/transports/libp2p.ts';
import { TcpTransport } from '../engine/network/transports/tcp.ts';
import { WorkerDigester } from '../engine/proofs/workerdigester.ts';
import { Announcements } from '../engine/slots/announcements.ts';
import { Account } from './account.ts';
import { startAnvil } from './anvil.ts';
import { Chain } from './chain.ts';
import { StateKeeper } from './chainstate.ts';
import { Client } from './client.ts';
import { DatasetStore } from './datasets.ts';
import { deploymentOf, openSite, PERIOD_SECONDS, type PracticeSite } from './deployment.ts';
import { claimFolder, type PracticeFolder } from './folder.ts';
import { Marketplace } from './marketplace.ts';
import { Poster } from './poster.ts';
import { PRACTICE_PROTOCOL, type PracticeInfo, type PracticeOptions } from './practice.ts';
import { Rival } from './rival.ts';
import { Scenario, type ScenarioName } from './scenario.ts';
import { Timekeeper } from './timekeeper.ts';
import { Validator } from './validator.ts';

/** What a practice network is made of. */
export interface Parts {
  readonly info: PracticeInfo;
  readonly chain: Chain;
  readonly chainFailed: Promise<Error | undefined>;
  readonly timekeeper: Timekeeper;
  readonly stateKeeper: StateKeeper;
  readonly client: Client;
  readonly poster: Poster;
  readonly rival: Rival;
  readonly validator: Validator;
}

/** What ends the parts built so far; the last one is called first. */
export type Closers = (() => Promise<void> | void)[];

export async function closeAll(closers: Closers): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
}

/**
 * Builds the parts in their order, each upon those before it. What is to be ended is put into `closers` at once, so that
 * a start that fails half-way can be undone.
 */
export async function buildParts(
  { folder: path, logger }: { folder: string; logger: Logger },
  { family, exchange, peers: peersBy, scenario, speed, seed, signal }: PracticeOptions,
  closers: Closers,
): Promise<Parts> {
  const folder = await claimFolder(path);
  closers.push(() => folder.release());
  const anvil = await startAnvil({ folder, logger }, { signal });
  closers.push(() => anvil.stop());
  const chain = await Chain.connect(anvil.rpcUrl);
  closers.push(() => chain.close());
  const stateKeeper = new StateKeeper({ chain, file: folder.chainStateFile, logger });
  closers.push(() => stateKeeper.save());
  const timekeeper = new Timekeeper({ chain, logger }, { speed });
  const site = await openSite({ chain, logger }, { file: folder.deploymentFile, family, signal });
  // Accounts that are told to anyone stand on a chain that is not lost again.
  await stateKeeper.save();
  const { datasets, peers, bootstrap } = await serveDatasets(
    folder,
    { exchange, peers: peersBy, scenario, logger },
    closers,
  );
  const digester = new WorkerDigester({ logger });
  closers.push(() => digester.stop());
  const actors = castActors({ chain, site, datasets, digester, logger }, { scenario, seed });
  const info = {
    rpcUrl: anvil.rpcUrl,
    wsUrl: anvil.wsUrl,
    deployment: deploymentOf(site.contracts),
    token: site.contracts.token,
    hostKey: site.keys.host,
    peers,
    bootstrap,
    periodSeconds: PERIOD_SECONDS,
  };
  return { info, chain, chainFailed: anvil.failed, timekeeper, stateKeeper, ...actors };
}

async function serveDatasets(
  folder: PracticeFolder,
  { exchange, peers, scenario, logger }: ServingOptions,
  closers: Closers,
) {
  const datasets = await DatasetStore.open(folder.datasetsFolder);
  if (exchange === 'libp2p' && peers === 'dht') {
    const peering = await openPeering({ scenario, logger }, closers);
    peering.exchange.serve(datasets);
    const { finder } = peering;
    const announcements = new Announcements({ host: datasets, finder, logger });
    announcements.start();
    closers.push(() => announcements.stop());
    return { datasets, peers: [], bootstrap: [recordText(peering.record)] };
  }
  const transport =
    exchange === 'libp2p'
      ? new Libp2pTransport({ protocol: PRACTICE_PROTOCOL, listen: here })
      : new TcpTransport({ listen: here });
  const network = new Exchange({ transport, logger }, uploadLimit[scenario]);
  network.serve(datasets);
  closers.push(() => network.stop());
  await network.start();
  return { datasets, peers: transport.address ? [transport.address] : [], bootstrap: [] };
}

/** The client is the first node of a DHT that is on this computer only. */
async function openPeering(
  { scenario, logger }: Pick<ServingOptions, 'scenario' | 'logger'>,
  closers: Closers,
): Promise<Peering> {
  const key = randomBytes(32);
  const peering = await Peering.open(
    {
      transport: new Libp2pTransport({ protocol: PRACTICE_PROTOCOL, listen: here, identity: key }),
      identity: new Identity(key),
      logger,
    },
    { listen: { ...here, discoveryPort: 0 }, bootstrap: [], mapsPorts: false, ...uploadLimit[scenario] },
  );
  closers.push(() => peering.stop());
  await peering.start();
  return peering;
}

type ServingOptions = Pick<PracticeOptions, 'exchange' | 'peers' | 'scenario'> & { logger: Logger };

const here = { host: '127.0.0.1', port: 0 };

/** Slow enough that a download can be watched. */
const uploadLimit: Record<ScenarioName, { uploadBytesPerSecond?: number }> = {
  demo: { uploadBytesPerSecond: 6_000_000 },
  tour: { uploadBytesPerSecond: 3_000_000 },
  none: {},
};

interface Stage {
  chain: Chain;
  site: PracticeSite;
  datasets: DatasetStore;
  digester: WorkerDigester;
  logger: Logger;
}

function castActors(
  { chain, site, datasets, digester, logger }: Stage,
  { scenario, seed }: { scenario: ScenarioName; seed: number },
) {
  const market = new Marketplace({ chain, deployment: deploymentOf(site.contracts) });
  const { keys } = site;
  const modules = (topic: string, key: Secret) => {
    return { chain, market, account: new Account({ chain, key }), logger: logger.child(topic) };
  };
  const client = new Client({ ...modules('client', keys.client), datasets, digester });
  return {
    client,
    poster: new Poster({ chain, client, market }, new Scenario({ name: scenario, seed })),
    rival: new Rival(modules('rival', keys.rival), { seed }),
    validator: new Validator(modules('validator', keys.validator)),
  };
}
