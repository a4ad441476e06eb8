/** A connection to one peer that carries whole messages in order, both ways. */
export interface PeerLink {
  /** For logs. */
  readonly id: string;
  /** Resolves once the message left our memory. @throws NetworkError LINK_CLOSED */
  send(message: Uint8Array): Promise<void>;
  /** Set once, before anything is read. What `handler` throws closes the link. */
  onMessage(handler: (message: Uint8Array) => void): void;
  /** Cuts the link at once. The first reason given, or found, is the one that counts. */
  close(reason?: Error): void;
  /** Resolves, with the reason if there was one, when nothing more will come. Never rejects. */
  readonly closed: Promise<Error | undefined>;
}

export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** How links come to be. The exchange above it is the same for every kind (data-plane.md §8.1). */
export interface Transport {
  /** Where others reach us; undefined when we do not listen or have not started. */
  readonly address: PeerAddress | undefined;
  start(onLink: (link: PeerLink) => void): Promise<void>;
  /** Ends listening and waits until every link is gone. */
  stop(): Promise<void>;
  dial(peer: PeerAddress, options: { signal: AbortSignal }): Promise<PeerLink>;
}
