import type { Endpoint } from '../endpoint.ts';

/** A port of this computer that others shall reach. */
export interface LocalPort {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

export interface MappedPort extends LocalPort {
  /** Where it is reached from the internet. */
  readonly external: Endpoint;
}

/** A router that can be asked to let others in. */
export interface Router {
  /** For logs and people, with its address. */
  readonly name: string;
  /**
   * Open for so many seconds; asked again before that, it stays open. May be open at another port than that of the computer;
   * with `held`, what it answered the time before, at that one if it can be, and else no longer there.
   * @throws PortMappingError; an abort error
   */
  map(port: LocalPort, options: MapOptions): Promise<MappedPort>;
  /** @throws PortMappingError; an abort error */
  unmap(port: MappedPort, options: { signal: AbortSignal }): Promise<void>;
  /** Gives up what it needs to talk to the router. Idempotent. */
  close(): Promise<void>;
}

export interface MapOptions {
  readonly lifetimeS: number;
  readonly held?: MappedPort | undefined;
  readonly signal: AbortSignal;
}

/** Looks for routers of one kind. @throws PortMappingError where this computer cannot ask; an abort error */
export type FindRouters = (options: { signal: AbortSignal }) => Promise<readonly Router[]>;
