import type { PeerAddress } from './peeraddress.ts';

/** A connection to one peer that carries whole messages in order, both ways. */
export interface PeerLink {
  /** For logs. */
  readonly id: string;
  /** The IP address of the other side, where the transport knows it. */
  readonly host?: string | undefined;
  /** Resolves once the message left our memory. @throws NetworkError LINK_CLOSED */
  send(message: Uint8Array): Promise<void>;
  /** Set once, before anything is read. What `handler` throws closes the link. */
  onMessage(handler: (message: Uint8Array) => void): void;
  /** Cuts the link at once. The first reason given, or found, is the one that counts. */
  close(reason?: Error): void;
  /** Resolves, with the reason if there was one, when nothing more will come. Never rejects. */
  readonly closed: Promise<Error | undefined>;
}

/** How links come to be. The exchange above it is the same for every kind (data-plane.md §8.1). */
export interface Transport {
  /** Where others reach us; undefined when we do not listen or have not started. */
  readonly address: PeerAddress | undefined;
  /** `onLink` is told of links that others open, before anything is read from them. */
  start(onLink: (link: PeerLink) => void): Promise<void>;
  /** Ends listening and waits until every link is gone. */
  stop(): Promise<void>;
  /**
   * The link to a peer: the one that stands already, where the transport can tell, else a new one.
   * @throws NetworkError PEER_UNREACHABLE, LINK_CLOSED, PEER_TIMEOUT, WRONG_PEER, PEER_INCOMPATIBLE; or an abort error
   */
  dial(peer: PeerAddress, options: { signal: AbortSignal }): Promise<PeerLink>;
}
