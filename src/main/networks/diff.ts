import { Fragment, type JsonFragment } from 'ethers';
import type { NetworkChange } from '../../shared/networks.ts';
import { familyOf, type MarketFamily } from '../engine/contracts/family.ts';

/** What a network is, as far as a change of it matters. */
export interface NetworkFacts {
  readonly name: string;
  readonly version?: string;
  readonly chainId?: number | undefined;
  readonly marketplace?: string;
  readonly family?: MarketFamily | undefined;
  readonly abi: readonly JsonFragment[];
  readonly servers: readonly string[];
  readonly bootstrap: readonly string[];
}

/** In what `after` is another network than `before`, the gravest first. */
export function diffNetworks(before: NetworkFacts, after: NetworkFacts): NetworkChange[] {
  return [
    ...familyChange(before, after),
    ...(before.name === after.name
      ? []
      : [{ kind: 'network', before: before.name, after: after.name } as const]),
    ...marketplaceChange(before, after),
    ...(before.chainId === after.chainId
      ? []
      : [{ kind: 'chainId', before: before.chainId, after: after.chainId } as const]),
    ...abiChanges(before.abi, after.abi),
    ...listChanges('server', before.servers, after.servers),
    ...listChanges('bootstrap', before.bootstrap, after.bootstrap),
    ...(after.version === undefined || before.version === after.version
      ? []
      : [{ kind: 'version', before: before.version ?? 'none', after: after.version } as const]),
  ];
}

function familyChange(before: NetworkFacts, after: NetworkFacts): NetworkChange[] {
  const now = after.family ?? (after.abi.length > 0 ? familyOf(after.abi) : undefined);
  const former = before.family ?? (before.abi.length > 0 ? familyOf(before.abi) : undefined);
  return now === undefined || now === former ? [] : [{ kind: 'family', before: former, after: now }];
}

function marketplaceChange({ marketplace: before }: NetworkFacts, after: NetworkFacts): NetworkChange[] {
  const { marketplace } = after;
  if (marketplace === undefined || marketplace.toLowerCase() === before?.toLowerCase()) return [];
  return [{ kind: 'marketplace', before, after: marketplace }];
}

/**
 * Entries that are the same to the letter are left out; of the rest those of one name belong together in their order.
 * An ABI that is not known is no change of each of its entries.
 */
function abiChanges(before: readonly JsonFragment[], after: readonly JsonFragment[]): NetworkChange[] {
  if (before.length === 0 || after.length === 0) return [];
  const former = before.map(entryOf);
  const latter = after.map(entryOf);
  const gone = without(former, latter);
  const added = without(latter, former);
  const changes = gone.map(({ text, name }): NetworkChange => {
    const index = added.findIndex((entry) => entry.name === name);
    const [match] = index < 0 ? [] : added.splice(index, 1);
    return { kind: 'abi', before: text, ...(match && { after: match.text }) };
  });
  return [...changes, ...added.map(({ text }): NetworkChange => ({ kind: 'abi', after: text }))];
}

interface Entry {
  readonly name: string;
  readonly text: string;
}

function entryOf(json: JsonFragment): Entry {
  return { name: `${json.type ?? ''} ${json.name ?? ''}`, text: Fragment.from(json).format('full') };
}

function without(entries: readonly Entry[], others: readonly Entry[]): Entry[] {
  const known = new Set(others.map(({ text }) => text));
  return entries.filter(({ text }) => !known.has(text));
}

function listChanges(
  kind: 'server' | 'bootstrap',
  before: readonly string[],
  after: readonly string[],
): NetworkChange[] {
  return [
    ...before.filter((item) => !after.includes(item)).map((item) => ({ kind, before: item })),
    ...after.filter((item) => !before.includes(item)).map((item) => ({ kind, after: item })),
  ];
}
