import { abortScope, isAborted } from '../../lib/abort.ts';
import type { Logger } from '../../logger.ts';
import { pause, type Timers } from '../timers.ts';
import type { FindRouters, LocalPort, MappedPort, Router } from './router.ts';

export interface PortMapperModules {
  /** The ways to find routers, the best first. */
  readonly finders: readonly FindRouters[];
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Lets others reach ports of this computer through the router at home: asks the first router that agrees, renews that every
 * 20 minutes, and takes it back in the end. Where no router agrees it asks again later; the router may be new.
 * Source: data-plane.md §4.3.
 */
export class PortMapper {
  readonly #finders: readonly FindRouters[];
  readonly #timers: Timers;
  readonly #logger: Logger;

  constructor({ finders, timers, logger }: PortMapperModules) {
    this.#finders = finders;
    this.#timers = timers;
    this.#logger = logger;
  }

  /**
   * Runs until the signal aborts, and resolves when the ports are closed again. `onChange` gets the ports that are mapped
   * whenever others are than before; none when there is no router that agrees.
   */
  async run(ports: readonly LocalPort[], { signal, onChange }: RunOptions): Promise<void> {
    let held: Held | undefined;
    let told = '';
    try {
      for (;;) {
        held = held && (await this.#renew(held, ports, signal));
        held ??= await this.#open(ports, signal);
        const mapped = held?.mapped ?? [];
        if (JSON.stringify(mapped) !== told) onChange(mapped);
        told = JSON.stringify(mapped);
        await pause(held ? RENEW_MS : SEARCH_AGAIN_MS, { timers: this.#timers, signal });
      }
    } catch (error) {
      if (!isAborted(error)) throw error;
    } finally {
      if (held) await this.#giveUp(held);
    }
  }

  async #open(ports: readonly LocalPort[], signal: AbortSignal): Promise<Held | undefined> {
    for (const find of this.#finders) {
      const held = await this.#firstThatAgrees(await this.#found(find, signal), ports, signal);
      if (held) return held;
    }
    return undefined;
  }

  async #found(find: FindRouters, signal: AbortSignal): Promise<readonly Router[]> {
    try {
      return await find({ signal });
    } catch (error) {
      if (isAborted(error)) throw error;
      this.#logger.debug('Routers cannot be looked for', { error });
      return [];
    }
  }

  /** The others are closed. */
  async #firstThatAgrees(
    routers: readonly Router[],
    ports: readonly LocalPort[],
    signal: AbortSignal,
  ): Promise<Held | undefined> {
    let held: Held | undefined;
    try {
      for (const router of routers) {
        const mapped = await this.#mapAll(router, ports, signal);
        if (mapped) return (held = { router, mapped });
      }
      return undefined;
    } finally {
      for (const router of routers) if (router !== held?.router) await router.close();
    }
  }

  /** Undefined when the router does not agree any more. */
  async #renew(held: Held, ports: readonly LocalPort[], signal: AbortSignal): Promise<Held | undefined> {
    const mapped = await this.#mapAll(held.router, ports, signal);
    if (mapped) return { ...held, mapped };
    await held.router.close();
    return undefined;
  }

  /** All or none: half of them would be of no use. */
  async #mapAll(
    router: Router,
    ports: readonly LocalPort[],
    signal: AbortSignal,
  ): Promise<readonly MappedPort[] | undefined> {
    const mapped: MappedPort[] = [];
    try {
      for (const port of ports) mapped.push(await router.map(port, { lifetimeS: LIFETIME_S, signal }));
      this.#logger.debug('Router lets others in', { router: router.name, mapped });
      return mapped;
    } catch (error) {
      await this.#unmapAll({ router, mapped });
      if (isAborted(error)) throw error;
      this.#logger.debug('Router does not let others in', { router: router.name, error });
      return undefined;
    }
  }

  async #giveUp(held: Held): Promise<void> {
    await this.#unmapAll(held);
    await held.router.close();
  }

  /** Does not wait long: what is left open ends by itself. */
  async #unmapAll({ router, mapped }: Held): Promise<void> {
    using scope = abortScope();
    const cancel = this.#timers.after(UNMAP_MS, () => scope.abort());
    try {
      for (const port of mapped) await router.unmap(port, { signal: scope.signal });
    } catch (error) {
      this.#logger.debug('Port stays open on the router for a while', { router: router.name, error });
    } finally {
      cancel();
    }
  }
}

interface RunOptions {
  readonly signal: AbortSignal;
  readonly onChange: (mapped: readonly MappedPort[]) => void;
}

interface Held {
  readonly router: Router;
  readonly mapped: readonly MappedPort[];
}

const RENEW_MS = 20 * 60_000;
const SEARCH_AGAIN_MS = 10 * 60_000;
/** Two renewals may fail. */
const LIFETIME_S = 3_600;
const UNMAP_MS = 2_000;
