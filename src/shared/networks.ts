/** The two kinds of marketplace contracts. */
export type NetworkFamily = 'direct' | 'vault';

/** One network that the settings can choose. */
export interface NetworkInfo {
  /** `practice`, `archivist-testnet`, `archivist-devnet` or `custom`. */
  readonly id: string;
  readonly name: string;
  /** The settings name it: the node uses it from its next start on. */
  readonly isChosen: boolean;
  readonly origin: NetworkOrigin;
  /** Of the published data. */
  readonly version?: string;
  /** Absent until a server was asked. */
  readonly chainId?: number;
  readonly marketplace?: string;
  readonly family?: NetworkFamily;
  /** In the order in which they are asked; without what may be a key in them. */
  readonly servers: readonly string[];
  readonly bootstrapRecords: number;
  /** Why its data cannot be used, and what to do. */
  readonly problem?: { readonly code: string; readonly message: string };
}

/** Where address, ABI and servers of a network come from. */
export type NetworkOrigin =
  | { readonly kind: 'practice' | 'builtIn' | 'settings' }
  | { readonly kind: 'accepted'; readonly source: string; readonly atMs: number; readonly by: string };

/** One way in which a network would be another than it was. */
export type NetworkChange =
  | { readonly kind: 'network' | 'version'; readonly before: string; readonly after: string }
  | { readonly kind: 'family'; readonly before: NetworkFamily | undefined; readonly after: NetworkFamily }
  | { readonly kind: 'marketplace'; readonly before: string | undefined; readonly after: string }
  | {
      readonly kind: 'chainId';
      readonly before: number | undefined;
      readonly after: number | undefined;
    }
  | {
      readonly kind: 'abi';
      /** As Solidity writes it; both where it was changed. */
      readonly before?: string;
      readonly after?: string;
    }
  | { readonly kind: 'server' | 'bootstrap'; readonly before?: string; readonly after?: string };

/** What would change. Accepting names `hash`, so that what is accepted is what was shown. */
export interface NetworkProposal {
  readonly id: string;
  readonly hash: string;
  readonly source: string;
  /** Empty: it is what is there already. The gravest first. */
  readonly changes: readonly NetworkChange[];
}

/** What a server of a network answered. */
export interface ServerCheck {
  readonly url: string;
  readonly chainId?: number;
  readonly block?: number;
  /** How old its newest block is by this computer's clock, seconds. */
  readonly blockAgeSeconds?: number;
  readonly answeredAfterMs?: number;
  readonly problem?: { readonly code: string; readonly message: string };
}

export interface NetworkCheck {
  readonly id: string;
  readonly family?: NetworkFamily;
  readonly servers: readonly ServerCheck[];
  /** The first is enough to keep a node from starting there; empty: it can start. */
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

/** Whether money goes elsewhere, or is counted otherwise, after this change. */
export const isGrave = ({ kind }: NetworkChange): boolean =>
  kind === 'family' || kind === 'marketplace' || kind === 'chainId' || kind === 'abi' || kind === 'network';

/** A change in one line. */
export function changeText(change: NetworkChange): string {
  switch (change.kind) {
    case 'family':
      return `ANOTHER KIND OF CONTRACT: ${familyText(change.before)} → ${familyText(change.after)}`;
    case 'marketplace':
      return `Marketplace: ${change.before ?? 'none'} → ${change.after}`;
    case 'chainId':
      return `Chain: ${change.before ?? 'not known'} → ${change.after ?? 'not known'}`;
    case 'network':
      return `Network: ${change.before} → ${change.after}`;
    case 'version':
      return `Version: ${change.before} → ${change.after}`;
    case 'abi':
      return editText('Contract', change);
    case 'server':
      return editText('Server', change);
    case 'bootstrap':
      return editText('Bootstrap record', change);
  }
}

function familyText(family: NetworkFamily | undefined): string {
  if (family === undefined) return 'not known';
  return family === 'vault'
    ? 'vault (a vault holds the tokens)'
    : 'direct (the marketplace holds the tokens)';
}

function editText(what: string, { before, after }: { before?: string; after?: string }): string {
  if (before === undefined) return `${what} added: ${after}`;
  return after === undefined ? `${what} removed: ${before}` : `${what} changed: ${before} → ${after}`;
}
