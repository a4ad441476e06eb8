import type { ExchangeName } from '../../shared/settings.ts';
import type { Deployment } from '../engine/contracts/deployment.ts';
import type { MarketFamily } from '../engine/contracts/family.ts';
import type { Address, RequestId } from '../engine/contracts/ids.ts';
import type { Secret } from '../engine/lib/secret.ts';
import type { PeerAddress } from '../engine/network/peeraddress.ts';
import type { RequestWishes, ScenarioName } from './scenario.ts';

export interface PracticeOptions {
  /** Which kind of contracts stands on the chain; each kind has a folder and a chain of its own. */
  readonly family: MarketFamily;
  /** What its client's blocks are served by. */
  readonly exchange: ExchangeName;
  /** Whether its client is found in a DHT of this computer, with exchange libp2p, rather than told. */
  readonly peers: 'told' | 'dht';
  readonly scenario: ScenarioName;
  /** How many times faster than real time: 0 to 1000. */
  readonly speed: number;
  /** Decides what client and rival do. */
  readonly seed: number;
  /** Calls off the start. What was started is stopped by `stop()`. */
  readonly signal: AbortSignal;
}

/** What a node needs to work on the practice network. */
export interface PracticeInfo {
  /** The same server, by HTTP and by WebSocket. */
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly deployment: Deployment;
  readonly token: Address;
  /** The key of the account that sells: it has play money, and gas to spend. */
  readonly hostKey: Secret;
  /** Who serves the client's blocks, by the exchange that was asked for. */
  readonly peers: readonly PeerAddress[];
  /** Where the client is to be found instead: the first node of the DHT, `spr:…`. */
  readonly bootstrap: readonly string[];
  readonly periodSeconds: number;
}

/** What the practice network is to its users, in this process or in another one. */
export interface Practice {
  readonly info: PracticeInfo;
  /** @throws PracticeError BAD_SPEED */
  setSpeed(speed: number): Promise<void>;
  /** What is not given is ordinary. @throws PracticeError TRANSACTION_REFUSED */
  postRequest(params: RequestWishes): Promise<RequestId>;
  /** Called once, when the network ended although nobody stopped it. `stop()` is due all the same. */
  onFailed(listener: (error: Error) => void): () => void;
  /** Ends everything in order, and keeps the state for the next start. Idempotent. */
  stop(): Promise<void>;
}

/** The block exchange's name on this network, whose messages are those of Archivist's. */
export const PRACTICE_PROTOCOL = '/archivist/blockexc/1.0.0';
