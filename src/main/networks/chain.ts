import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { getAddress } from 'ethers';
import type { NetworkSettings } from '../../shared/settings.ts';
import type { Deployment } from '../engine/contracts/deployment.ts';
import { familyOf, type MarketFamily } from '../engine/contracts/family.ts';
import { address } from '../engine/contracts/ids.ts';
import { describeError } from '../engine/errors.ts';
import { isAborted } from '../engine/lib/abort.ts';
import type { Logger } from '../engine/logger.ts';
import type { LearnedFacts, NetworkFiles } from './accepted.ts';
import { askServer, type AskServer } from './ask-server.ts';
import { NetworkError } from './errors.ts';
import { parseAbi, type NetworkData } from './networkdata.ts';
import { abiOfFamily, builtInData, presetOf } from './presets.ts';
import { chainIdAt, familyAt, firstBlockFrom, fromFirst } from './probe.ts';

export type ArchivistSettings = Extract<NetworkSettings, { kind: 'archivist' }>;
export type CustomSettings = Extract<NetworkSettings, { kind: 'custom' }>;

/** A network as a node is given it. */
export interface LiveChain {
  /** The preferred first. */
  readonly rpcUrls: readonly string[];
  readonly deployment: Deployment;
  readonly family: MarketFamily;
  /** Records of the network's first nodes, `spr:…`. */
  readonly bootstrap: readonly string[];
}

export interface LiveChainModules {
  readonly files: NetworkFiles;
  readonly logger: Logger;
  readonly ask?: AskServer;
}

/**
 * Where the marketplace of the settings is, and what it speaks. What only the servers know is asked once and remembered:
 * the chain's id, the family of a contract whose owner did not say, the block from which it can have events.
 * @throws NetworkError; ProbeError CHAIN_UNREACHABLE, NO_CONTRACT, NOT_A_MARKETPLACE when a server must be asked
 */
export async function liveChain(
  network: ArchivistSettings | CustomSettings,
  modules: LiveChainModules,
  options: { signal: AbortSignal },
): Promise<LiveChain> {
  return network.kind === 'archivist'
    ? archivistChain(network, modules, options)
    : customChain(network, modules, options);
}

/** The data in force, and who put them there. @throws NetworkError NETWORK_DATA_DAMAGED */
export async function dataInForce(
  id: ArchivistSettings['id'],
  files: Pick<NetworkFiles, 'accepted'>,
): Promise<{ data: NetworkData; accepted?: { source: string; atMs: number; by: string } }> {
  const accepted = await files.accepted(id);
  if (!accepted) return { data: builtInData(id) };
  const { data, ...origin } = accepted;
  return { data, accepted: origin };
}

/** The servers of the owner's choice, then those of the network, each once. */
export const serversOf = ({ rpcUrls }: ArchivistSettings, { rpcs }: NetworkData): string[] => [
  ...new Set([...rpcUrls, ...rpcs]),
];

/** The ABI that the settings name, by file or by family; undefined when the contract must be asked. @throws NetworkError */
export async function abiOfSettings(
  settings: CustomSettings,
): Promise<{ abi: NetworkData['abi']; sha256?: string } | undefined> {
  const { abiFile, abiSha256, family } = settings;
  if (abiFile === undefined) return family && { abi: abiOfFamily(family) };
  const { abi, sha256 } = await readAbi(abiFile);
  if (abiSha256 !== undefined && abiSha256 !== sha256) {
    const message = `The ABI in ${abiFile} is not the one that was accepted. Put that one back, or choose the network again with "slotkeeper network use".`;
    throw new NetworkError('ABI_UNUSABLE', { abiFile, sha256 }, { message });
  }
  if (family !== undefined && familyOf(abi) !== family) {
    const message = `The ABI in ${abiFile} is of the ${familyOf(abi)} family, but the settings say ${family}. Correct one of them.`;
    throw new NetworkError('ABI_UNUSABLE', { abiFile, family }, { message });
  }
  return { abi, sha256 };
}

async function archivistChain(
  network: ArchivistSettings,
  { files, logger, ask = askServer }: LiveChainModules,
  options: { signal: AbortSignal },
): Promise<LiveChain> {
  const { id } = network;
  const preset = presetOf(id);
  const { data } = await dataInForce(id, files);
  const rpcUrls = serversOf(network, data);
  const marketplace = address(data.marketplace);
  const known = await files.learned(id, marketplace);
  const chainId =
    data.chainId ??
    preset.chainId ??
    known.chainId ??
    (await fromFirst(rpcUrls, (url) => chainIdAt(url, { ask }, options)));
  // The time belongs to the address that was built in.
  const deployedAt = marketplace === address(builtInData(id).marketplace) ? (preset.deployedAt ?? 0) : 0;
  const deployedAtBlock =
    known.deployedAtBlock ?? (await deploymentBlock(deployedAt, rpcUrls, { logger, ask }, options));
  await learn(files, id, known, { marketplace, chainId, deployedAtBlock });
  return {
    rpcUrls,
    deployment: {
      name: preset.name,
      chainId,
      marketplace,
      abi: data.abi,
      deployedAtBlock: deployedAtBlock ?? 0,
    },
    family: familyOf(data.abi),
    bootstrap: data.bootstrapSprs,
  };
}

async function customChain(
  network: CustomSettings,
  { files, ask = askServer }: LiveChainModules,
  options: { signal: AbortSignal },
): Promise<LiveChain> {
  const { name, rpcUrls, deployedAtBlock } = network;
  const marketplace = address(checkedAddress(network.marketplace));
  const known = await files.learned('custom', marketplace);
  const chainId =
    network.chainId ?? known.chainId ?? (await fromFirst(rpcUrls, (url) => chainIdAt(url, { ask }, options)));
  const abi =
    (await abiOfSettings(network))?.abi ??
    abiOfFamily(await fromFirst(rpcUrls, (url) => familyAt(url, marketplace, { ask }, options)));
  await learn(files, 'custom', known, { marketplace, chainId });
  return {
    rpcUrls,
    deployment: { name, chainId, marketplace, abi, deployedAtBlock },
    family: familyOf(abi),
    bootstrap: network.bootstrap,
  };
}

/** A mistyped digit shows in the letters' case, where it was kept. @throws NetworkError NETWORK_DATA_INVALID */
export function checkedAddress(text: string): string {
  try {
    return getAddress(text);
  } catch (cause) {
    const message = `${text} is no address: its letters do not fit its digits. Copy it again, or write it in lower case.`;
    throw new NetworkError('NETWORK_DATA_INVALID', { marketplace: text }, { cause, message });
  }
}

async function readAbi(path: string): Promise<{ abi: NetworkData['abi']; sha256: string }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const message = `The ABI file ${path} cannot be read: ${describeError(cause)}. Correct abiFile in the settings.`;
    throw new NetworkError('ABI_UNUSABLE', { path }, { cause, message });
  }
  return { abi: parseAbi(text, path), sha256: createHash('sha256').update(text).digest('hex') };
}

/** It only spares a search its first steps: without it the search begins at the first block of the chain. */
async function deploymentBlock(
  deployedAt: number,
  rpcUrls: readonly string[],
  { logger, ask }: { logger: Logger; ask: AskServer },
  options: { signal: AbortSignal },
): Promise<number | undefined> {
  if (deployedAt === 0) return undefined;
  try {
    return await fromFirst(rpcUrls, (url) => firstBlockFrom(url, deployedAt, { ask }, options));
  } catch (error) {
    if (isAborted(error)) throw error;
    logger.warn('The first block of the marketplace could not be found', { error });
    return undefined;
  }
}

async function learn(
  files: NetworkFiles,
  id: string,
  known: LearnedFacts,
  facts: LearnedFacts,
): Promise<void> {
  if (known.chainId === facts.chainId && known.deployedAtBlock === facts.deployedAtBlock) return;
  await files.learn(id, facts);
}
