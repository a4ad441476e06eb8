import { abortScope, isAborted } from '../../lib/abort.ts';
import { isEngineError } from '../../errors.ts';
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
        const waitMs = !held ? SEARCH_AGAIN_MS : held.ageMs > 0 ? RETRY_MS : RENEW_MS;
        await pause(waitMs, { timers: this.#timers, signal });
        if (held) held = { ...held, ageMs: held.ageMs + waitMs };
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
        const mapped = await this.#mapAll({ router, mapped: [], ageMs: 0 }, ports, signal);
        if (mapped) return (held = { router, mapped, ageMs: 0 });
      }
      return undefined;
    } finally {
      for (const router of routers) if (router !== held?.router) await router.close();
    }
  }

  /** Undefined when the router does not agree any more; one that is silent keeps the ports open until their time is over. */
  async #renew(held: Held, ports: readonly LocalPort[], signal: AbortSignal): Promise<Held | undefined> {
    const mapped = await this.#mapAll(held, ports, signal);
    if (mapped === held.mapped) return held;
    if (mapped) return { ...held, mapped, ageMs: 0 };
    await held.router.close();
    return undefined;
  }

  /** All or none: half of them would be of no use. Those that are held when the router is silent and they are still open. */
  async #mapAll(
    held: Held,
    ports: readonly LocalPort[],
    signal: AbortSignal,
  ): Promise<readonly MappedPort[] | undefined> {
    const { router } = held;
    const mapped: MappedPort[] = [];
    try {
      for (const port of ports) {
        const before = held.mapped.find((one) => one.protocol === port.protocol && one.port === port.port);
        mapped.push(await router.map(port, { lifetimeS: LIFETIME_S, held: before, signal }));
      }
      this.#logger.debug('Router lets others in', { router: router.name, mapped });
      return mapped;
    } catch (error) {
      const isSilent = isEngineError(error, 'ROUTER_SILENT');
      if (isSilent && held.mapped.length > 0 && held.ageMs + RETRY_MS < LIFETIME_S * 1000) {
        this.#logger.debug('Router is silent, and asked again soon', { router: router.name, error });
        return held.mapped;
      }
      // After an abort the caller closes what it holds.
      const kept = isAborted(error) ? [] : held.mapped.slice(mapped.length);
      await this.#unmapAll({ router, mapped: [...mapped, ...kept] });
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
  async #unmapAll({ router, mapped }: Pick<Held, 'router' | 'mapped'>): Promise<void> {
    using scope = abortScope();
    const cancel = this.#timers.after(UNMAP_MS, () => scope.abort());
    try {
      for (const port of mapped) {
        await router.unmap(port, { signal: scope.signal }).catch((error: unknown) => {
          this.#logger.debug('Port stays open on the router for a while', {
            router: router.name,
            port,
            error,
          });
        });
      }
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
  /** Since all of them were opened or renewed. */
  readonly ageMs: number;
}

const RENEW_MS = 20 * 60_000;
/** After a renewal to which the router said nothing. */
const RETRY_MS = 60_000;
const SEARCH_AGAIN_MS = 10 * 60_000;
/** For so long a router may be silent. */
const LIFETIME_S = 3_600;
const UNMAP_MS = 2_000;
