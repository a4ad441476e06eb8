import { sentence, type Sentence } from '../../shared/i18n/say.ts';
import {
  changeText,
  type NetworkChange,
  type NetworkCheck,
  type NetworkInfo,
  type NetworkProposal,
} from '../../shared/networks.ts';
import { networkSettingsSchema, type NetworkSettings, type Settings } from '../../shared/settings.ts';
import { mustConfirm, type Confirm, type Question } from '../confirm.ts';
import { familyOf } from '../engine/contracts/family.ts';
import { EngineError } from '../engine/errors.ts';
import { Mutex } from '../engine/lib/mutex.ts';
import { changeSettings, readSettings } from '../settings-file.ts';
import { NetworkFiles } from './accepted.ts';
import { askServer, serverName, type AskServer } from './ask-server.ts';
import {
  abiOfSettings,
  checkedAddress,
  dataInForce,
  serversOf,
  type ArchivistSettings,
  type CustomSettings,
} from './chain.ts';
import { diffNetworks, type NetworkFacts } from './diff.ts';
import { NetworkError } from './errors.ts';
import { parseNetworkData, type NetworkData } from './networkdata.ts';
import { archivistId, builtInData, presetOf, presets } from './presets.ts';
import { checkNetwork } from './probe.ts';
import { readSource } from './source.ts';

export interface NetworksOptions {
  readonly dataDir: string;
  readonly ask?: AskServer;
}

/**
 * The networks of a data folder: which there are, which one the settings choose, and how their data change. A change is
 * proposed, shown, and accepted by the hash of what was shown. The node takes it up at its next start.
 */
export class Networks {
  readonly files: NetworkFiles;
  readonly #dataDir: string;
  readonly #ask: AskServer;
  /** Changes are made one after the other. */
  readonly #turn = new Mutex();

  constructor({ dataDir, ask = askServer }: NetworksOptions) {
    this.#dataDir = dataDir;
    this.#ask = ask;
    this.files = new NetworkFiles({ dataDir });
  }

  async list(): Promise<NetworkInfo[]> {
    const { network } = await readSettings(this.#dataDir);
    const published = await Promise.all(presets.map(({ id }) => this.#infoOf(id, network)));
    return [
      practiceInfo(network),
      ...published,
      ...(network.kind === 'custom' ? [await this.#customInfo(network)] : []),
    ];
  }

  /** Reads data from a file or URL and holds them. @throws NetworkError; or an abort error */
  async proposeUpdate(
    { id, source }: { id: string; source: string },
    { signal }: { signal: AbortSignal },
  ): Promise<NetworkProposal> {
    const known = archivistId(id);
    const data = parseNetworkData(await readSource(source, { signal }), source);
    if (data.network !== known) {
      const message = `${source} describes ${data.network}, not ${known}. Nothing was changed.`;
      throw new NetworkError('NETWORK_DATA_INVALID', { id, source }, { message });
    }
    return this.#propose(known, data, source);
  }

  /** The way back to the data this program was delivered with, held like any other change. */
  async proposeRevert({ id }: { id: string }): Promise<NetworkProposal> {
    const known = archivistId(id);
    return this.#propose(known, builtInData(known), BUILT_IN);
  }

  /** @throws NetworkError NETWORK_NOT_PROPOSED; what `confirm` throws */
  async acceptUpdate(
    { id, hash }: { id: string; hash: string },
    { confirm, signal }: { confirm: Confirm; signal: AbortSignal },
  ): Promise<void> {
    const known = archivistId(id);
    return this.#turn.run(async () => {
      const { content, source } = await this.files.held(known, hash);
      const data = parseNetworkData(JSON.stringify(content), source);
      const changes = await this.#changesTo(known, data);
      const title = sentence('ask.networkData', { name: presetOf(known).name });
      await mustConfirm(confirm, question(title, changes, source), { signal });
      if (source === BUILT_IN) await this.files.revert(known);
      else await this.files.accept(known, data, source);
      await this.files.letGo(known);
    });
  }

  /** Another choice in the settings. The ABI of a file is held to what it is now. @throws NetworkError */
  async proposeUse(network: NetworkSettings): Promise<NetworkProposal> {
    const { network: chosen } = await readSettings(this.#dataDir);
    const pinned = network.kind === 'custom' ? await pinnedAbi(network) : network;
    const changes = diffNetworks(await this.#factsOf(chosen, 'lenient'), await this.#factsOf(pinned));
    const hash = await this.files.hold(USE, pinned, SETTINGS);
    return { id: idOf(network), hash, source: SETTINGS, changes };
  }

  /** Answers with the choice. @throws NetworkError NETWORK_NOT_PROPOSED; what `confirm` throws */
  async use(
    { hash }: { hash: string },
    { confirm, signal }: { confirm: Confirm; signal: AbortSignal },
  ): Promise<NetworkSettings> {
    return this.#turn.run(async () => {
      const { content } = await this.files.held(USE, hash);
      const network = networkSettingsSchema.parse(content);
      const { network: chosen } = await readSettings(this.#dataDir);
      const after = await this.#factsOf(network);
      const changes = diffNetworks(await this.#factsOf(chosen, 'lenient'), after);
      const title = sentence('ask.networkUse', { name: after.name });
      if (changes.length > 0) {
        await mustConfirm(confirm, question(title, changes, SETTINGS), { signal });
      }
      await changeSettings(this.#dataDir, { network });
      await this.files.letGo(USE);
      return network;
    });
  }

  /** Asks every server of a network. @throws NetworkError; or an abort error */
  async check({ id }: { id: string }, { signal }: { signal: AbortSignal }): Promise<NetworkCheck> {
    const { network } = await readSettings(this.#dataDir);
    const settings = idOf(network) === id ? network : settingsOf(id);
    if (settings.kind === 'practice') return { id, servers: [], problems: [] };
    const { servers, chainId, marketplace = '', family } = await this.#factsOf(settings);
    return checkNetwork({ id, servers, chainId, marketplace, family }, { ask: this.#ask }, { signal });
  }

  /**
   * Other members of the settings, in turn with the changes of the network. `around` may refuse before it is written, and
   * do what belongs to it in the same turn. @throws SettingsError; what `around` throws
   */
  async changeSettings(
    changes: Readonly<Record<string, unknown>>,
    around: (write: () => Promise<Settings>) => Promise<Settings> = (write) => write(),
  ): Promise<Settings> {
    return this.#turn.run(() => around(() => changeSettings(this.#dataDir, changes)));
  }

  async #propose(id: ArchivistSettings['id'], data: NetworkData, source: string): Promise<NetworkProposal> {
    const changes = await this.#changesTo(id, data);
    const hash = await this.files.hold(id, data, source);
    return { id, hash, source, changes };
  }

  async #changesTo(id: ArchivistSettings['id'], data: NetworkData): Promise<NetworkChange[]> {
    const before = await this.#factsOf(settingsOf(id) as ArchivistSettings, 'lenient');
    return diffNetworks(before, factsOfData(id, data, data.rpcs));
  }

  /** Leniently what cannot be read is unknown: whoever wants to leave it behind must be able to. */
  async #factsOf(network: NetworkSettings, mode: 'strict' | 'lenient' = 'strict'): Promise<NetworkFacts> {
    try {
      return await this.#readFacts(network);
    } catch (error) {
      if (mode === 'strict' || !(error instanceof EngineError)) throw error;
      return { name: idOf(network), abi: [], servers: [], bootstrap: [] };
    }
  }

  async #readFacts(network: NetworkSettings): Promise<NetworkFacts> {
    if (network.kind === 'practice') {
      return { name: PRACTICE, family: network.family, abi: [], servers: [], bootstrap: [] };
    }
    if (network.kind === 'archivist') {
      const { data } = await dataInForce(network.id, this.files);
      return factsOfData(network.id, data, serversOf(network, data));
    }
    const { name, chainId, family, rpcUrls: servers } = network;
    const marketplace = checkedAddress(network.marketplace);
    const abi = (await abiOfSettings(network))?.abi ?? [];
    return { name, chainId, marketplace, family, abi, servers, bootstrap: network.bootstrap };
  }

  async #infoOf(id: ArchivistSettings['id'], chosen: NetworkSettings): Promise<NetworkInfo> {
    const isChosen = idOf(chosen) === id;
    const settings = (isChosen ? chosen : settingsOf(id)) as ArchivistSettings;
    const { name } = presetOf(id);
    try {
      const { data, accepted } = await dataInForce(id, this.files);
      const { chainId = (await this.files.learned(id, data.marketplace)).chainId, ...facts } = factsOfData(
        id,
        data,
        serversOf(settings, data),
      );
      return {
        id,
        name,
        isChosen,
        origin: accepted ? { kind: 'accepted', ...accepted } : { kind: 'builtIn' },
        version: data.version,
        ...(chainId !== undefined && { chainId }),
        marketplace: data.marketplace,
        family: familyOf(data.abi),
        servers: facts.servers.map(serverName),
        bootstrapRecords: data.bootstrapSprs.length,
      };
    } catch (error) {
      return { id, name, isChosen, ...unusable(error), origin: { kind: 'builtIn' } };
    }
  }

  async #customInfo(network: CustomSettings): Promise<NetworkInfo> {
    const { name, marketplace, rpcUrls } = network;
    const known = { id: 'custom', name, isChosen: true, origin: { kind: 'settings' } } as const;
    try {
      const facts = await this.#readFacts(network);
      const family = facts.abi.length > 0 ? familyOf(facts.abi) : network.family;
      const chainId = facts.chainId ?? (await this.files.learned('custom', marketplace)).chainId;
      return {
        ...known,
        marketplace,
        ...(chainId !== undefined && { chainId }),
        ...(family && { family }),
        servers: rpcUrls.map(serverName),
        bootstrapRecords: network.bootstrap.length,
      };
    } catch (error) {
      return { ...known, ...unusable(error) };
    }
  }
}

/** How a network of the settings is called where all are listed. */
export const idOf = (network: NetworkSettings): string =>
  network.kind === 'archivist' ? network.id : network.kind;

/** What a change of the built-in data's own is said to come from. */
const BUILT_IN = 'the built-in data';
const SETTINGS = 'the settings';
const PRACTICE = 'Practice network';
const USE = 'use';

/** What the settings say of a network that is named and nothing more. @throws NetworkError NETWORK_UNKNOWN */
function settingsOf(id: string): NetworkSettings {
  const choice = id === 'practice' ? { kind: 'practice' } : { kind: 'archivist', id: archivistId(id) };
  return networkSettingsSchema.parse(choice);
}

function factsOfData(id: string, data: NetworkData, servers: readonly string[]): NetworkFacts {
  const preset = presets.find((one) => one.id === id);
  return {
    name: preset?.name ?? data.network,
    version: data.version,
    chainId: data.chainId ?? preset?.chainId,
    marketplace: data.marketplace,
    family: familyOf(data.abi),
    abi: data.abi,
    servers,
    bootstrap: data.bootstrapSprs,
  };
}

function practiceInfo(chosen: NetworkSettings): NetworkInfo {
  return {
    id: 'practice',
    name: PRACTICE,
    isChosen: chosen.kind === 'practice',
    origin: { kind: 'practice' },
    family: chosen.kind === 'practice' ? chosen.family : 'direct',
    servers: [],
    bootstrapRecords: 0,
  };
}

async function pinnedAbi(network: CustomSettings): Promise<CustomSettings> {
  const { abiSha256: _former, ...rest } = network;
  const abiSha256 = (await abiOfSettings(rest))?.sha256;
  return abiSha256 === undefined ? rest : { ...rest, abiSha256 };
}

const question = (title: Sentence, changes: readonly NetworkChange[], source: string): Question => ({
  title,
  lines: [
    sentence('ask.networkSource', { source }),
    ...changes.map((change) => sentence('plain', { text: changeText(change) })),
  ],
  yes: sentence('ask.networkYes'),
});

function unusable(error: unknown) {
  if (!(error instanceof EngineError)) throw error;
  const problem = { code: error.code, message: error.message };
  return { servers: [], bootstrapRecords: 0, problem };
}
