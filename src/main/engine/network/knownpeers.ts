import type { CID } from 'multiformats/cid';
import { isEngineError } from '../errors.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { sleep } from '../lib/retry.ts';
import { decodeManifest } from './manifest.ts';
import { Peer } from './peer.ts';
import { parsePeerAddress, type PeerAddress } from './peeraddress.ts';
import type { PeerFinder } from './peerfinder.ts';
import type { PeerSession } from './peersession.ts';

interface KnownPeersModules {
  readonly dial: (address: PeerAddress) => Promise<PeerSession>;
  readonly finder: PeerFinder | undefined;
}

interface KnownPeersOptions {
  readonly told: readonly PeerAddress[];
  /** Wait before peers are looked for again; who has a new content is known to others only after a while. */
  readonly searchAgainMs: number;
}

/** The peers of an exchange: those it was told, and those that are found. None that was banned is handed out. */
export class KnownPeers {
  readonly #modules: KnownPeersModules;
  readonly #searchAgainMs: number;
  readonly #told: readonly Peer[];
  /** By identity, so that a ban holds wherever it is found again. */
  readonly #byId = new BoundedMap<string, Peer>(MAX_PEERS);
  /** Who was said to have a tree's manifest, and so may have leaves of the tree. */
  readonly #byTree = new BoundedMap<string, readonly Peer[]>(MAX_TREES);

  constructor(modules: KnownPeersModules, { told, searchAgainMs }: KnownPeersOptions) {
    this.#modules = modules;
    this.#searchAgainMs = searchAgainMs;
    this.#told = told.map((address) => this.#at([address]));
  }

  told(): Peer[] {
    return usable(this.#told);
  }

  /** Those who may have leaves of it, as far as that is known without a search. */
  forTree(treeCid: CID): Peer[] {
    return usable([...this.#told, ...(this.#byTree.get(keyOf(treeCid)) ?? [])]);
  }

  /** These are said to have the manifest. What it says besides is not looked at here. */
  noteManifest(manifest: Uint8Array, peers: readonly Peer[]): void {
    try {
      this.#byTree.set(keyOf(decodeManifest(manifest).treeCid), peers);
    } catch (error) {
      if (!isEngineError(error)) throw error;
    }
  }

  /** Who is said to have it; one may come again. Looks a few times. Rejects with an abort error. */
  async *find(cid: CID, { signal }: { signal: AbortSignal }): AsyncGenerator<Peer, void> {
    const { finder } = this.#modules;
    if (!finder) return;
    for (let search = 1; ; search++) {
      for await (const { peerId, addresses } of finder.find(cid, { signal })) {
        const [first, ...others] = addresses.flatMap((address) => withIdentity(address, peerId) ?? []);
        if (first) yield* usable([this.#at([first, ...others])]);
      }
      if (search === SEARCHES) return;
      await sleep(this.#searchAgainMs, signal);
    }
  }

  #at(addresses: readonly [PeerAddress, ...PeerAddress[]]): Peer {
    const [{ peerId }] = addresses;
    const known = peerId === undefined ? undefined : this.#byId.get(peerId);
    known?.addAddresses(addresses);
    const peer = known ?? new Peer({ addresses, dial: this.#modules.dial });
    if (peerId !== undefined) this.#byId.set(peerId, peer);
    return peer;
  }
}

const SEARCHES = 3;
/** Of those that were found; one who comes beyond them is remembered no more, nor is that it lied. */
const MAX_PEERS = 4_096;
const MAX_TREES = 64;

const usable = (peers: readonly Peer[]): Peer[] => peers.filter((peer) => !peer.isBanned);

const keyOf = (treeCid: CID): string => Buffer.from(treeCid.bytes).toString('base64');

/** Undefined for what is no address of the exchange. */
function withIdentity(address: string, peerId: string): PeerAddress | undefined {
  try {
    return { ...parsePeerAddress(address), peerId };
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return undefined;
  }
}
