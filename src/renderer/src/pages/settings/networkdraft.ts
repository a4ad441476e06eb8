import type { Api } from '../../../../shared/api.ts';
import type { Client } from '../../../../shared/contract.ts';
import type { NetworkInfo } from '../../../../shared/networks.ts';
import type { NetworkSettings } from '../../../../shared/settings.ts';

export const networkChoices = ['practice', 'archivist-testnet', 'archivist-devnet', 'custom'] as const;
export type NetworkChoice = (typeof networkChoices)[number];

/** What stands in the form, as typed. */
export interface NetworkDraft {
  readonly choice: NetworkChoice;
  readonly family: 'direct' | 'vault';
  /** Only of a custom network. */
  readonly rpc: string;
  readonly marketplace: string;
}

export const choiceOf = (network: NetworkSettings): NetworkChoice =>
  network.kind === 'archivist' ? network.id : network.kind;

export const draftOf = (network: NetworkSettings): NetworkDraft => ({
  choice: choiceOf(network),
  family: network.kind === 'practice' ? network.family : 'direct',
  rpc: network.kind === 'custom' ? (network.rpcUrls[0] ?? '') : '',
  marketplace: network.kind === 'custom' ? network.marketplace : '',
});

export const isServer = (text: string): boolean => {
  const url = URL.parse(text.trim());
  return url !== null && /^(?:https?|wss?):$/.test(url.protocol);
};

export const isAddress = (text: string): boolean => /^0x[0-9a-fA-F]{40}$/.test(text.trim());

/** What is not said of a network is the node's default. */
type NetworkWish = Parameters<Client<Api>['proposeNetworkUse']>[0]['network'];

/**
 * The settings that the draft means; undefined while a field is not right. What the form does not ask about stays as it
 * is where the same network goes on: another contract is another network.
 */
export function networkOf(draft: NetworkDraft, now: NetworkSettings): NetworkWish | undefined {
  const { choice, family } = draft;
  if (choice === 'practice')
    return now.kind === 'practice' ? { ...now, family } : { kind: 'practice', family };
  if (choice !== 'custom') return choiceOf(now) === choice ? now : { kind: 'archivist', id: choice };
  if (!isServer(draft.rpc) || !isAddress(draft.marketplace)) return undefined;
  const [rpc, marketplace] = [draft.rpc.trim(), draft.marketplace.trim()];
  if (now.kind !== 'custom' || now.marketplace.toLowerCase() !== marketplace.toLowerCase())
    return { kind: 'custom', rpcUrls: [rpc], marketplace };
  return { ...now, rpcUrls: [rpc, ...now.rpcUrls.slice(1).filter((url) => url !== rpc)] };
}

/** How the chosen one is called at the terminal. */
export function commandFor({ choice, family, rpc, marketplace }: NetworkDraft): string {
  const words = ['slotkeeper network use', choice];
  if (choice === 'practice') words.push('--family', family);
  if (choice === 'custom') words.push('--rpc', quoted(rpc.trim()), '--address', marketplace.trim());
  return words.join(' ');
}

/** Only what is published can be renewed. */
export const hasData = (info: NetworkInfo): boolean =>
  info.origin.kind === 'builtIn' || info.origin.kind === 'accepted';

const quoted = (text: string): string =>
  /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
