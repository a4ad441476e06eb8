import { createHash } from 'node:crypto';
import devnet from '../../../resources/networks/archivist-devnet.json?raw';
import signedOff from '../../../resources/networks/signed-off.json' with { type: 'json' };
import testnet from '../../../resources/networks/archivist-testnet.json?raw';
import { archivistNetworkIds, type ArchivistNetworkId } from '../../shared/settings.ts';
import type { MarketFamily } from '../engine/contracts/family.ts';
import { NetworkError } from './errors.ts';
import { parseNetworkData, type NetworkData } from './networkdata.ts';

/** What is known of a network besides what it publishes. Source: marketplace.md §1. */
export interface Preset {
  readonly id: ArchivistNetworkId;
  readonly name: string;
  /** Absent where only the servers know. */
  readonly chainId?: number;
  /** Unix time from which the marketplace of the built-in data can have events. */
  readonly deployedAt?: number;
}

export const presets: readonly Preset[] = [
  {
    id: 'archivist-testnet',
    name: 'Archivist testnet',
    chainId: 421_614,
    // An hour before the time that is told, which is not exact.
    deployedAt: 1_768_209_248 - 3600,
  },
  { id: 'archivist-devnet', name: 'Archivist devnet' },
];

export function presetOf(id: ArchivistNetworkId): Preset {
  const preset = presets.find((one) => one.id === id);
  if (!preset) throw new NetworkError('NETWORK_UNKNOWN', { id }, { message: unknownText(id) });
  return preset;
}

/** A network's id as it was typed. @throws NetworkError NETWORK_UNKNOWN */
export function archivistId(text: string): ArchivistNetworkId {
  const id = archivistNetworkIds.find((known) => known === text);
  if (id === undefined)
    throw new NetworkError('NETWORK_UNKNOWN', { id: text }, { message: unknownText(text) });
  return id;
}

/** The data this program was delivered with. @throws NetworkError NETWORK_DATA_DAMAGED when they were changed since */
export function builtInData(id: ArchivistNetworkId): NetworkData {
  return signedOffData(`${id}.json`, { 'archivist-testnet': testnet, 'archivist-devnet': devnet }[id]);
}

/** Data whose text is the one that was signed off under `file`. @throws NetworkError NETWORK_DATA_DAMAGED */
export function signedOffData(file: string, text: string): NetworkData {
  const sha256 = createHash('sha256').update(text).digest('hex');
  if ((signedOff as Record<string, string>)[file] !== sha256) {
    const message = `The built-in data of ${file} are not those that were signed off. Install Slotkeeper again.`;
    throw new NetworkError('NETWORK_DATA_DAMAGED', { file, sha256 }, { message });
  }
  return parseNetworkData(text, file);
}

/** The ABI to speak to a contract of a family with, when its owner gave none. */
export const abiOfFamily = (family: MarketFamily): NetworkData['abi'] =>
  builtInData(family === 'vault' ? 'archivist-devnet' : 'archivist-testnet').abi;

const unknownText = (id: string) =>
  `There is no network "${id}". There are practice, ${archivistNetworkIds.join(', ')}, and custom ones in the settings.`;
