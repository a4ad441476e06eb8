import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Router } from '../../src/main/engine/network/portmapping/router.ts';
import { RouterState } from './fakerouters.ts';

export interface RouterWorld {
  /** The one router there is; undefined when it is not found. */
  find(state: RouterState): Promise<Router | undefined>;
  /** Moves time until the work is done. */
  until<T>(work: Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** What every router keeps, whatever it speaks. */
export function routerSuite(name: string, makeWorld: () => RouterWorld): void {
  describe(name, () => {
    const { signal } = new AbortController();
    const options = { lifetimeS: 3_600, signal };
    const udp = { protocol: 'udp', port: 8090 } as const;
    const tcp = { protocol: 'tcp', port: 8070 } as const;
    let world: RouterWorld;
    let state: RouterState;
    let router: Router;

    beforeEach(async () => {
      world = makeWorld();
      state = new RouterState();
      router = (await world.find(state)) as Router;
      expect(router.name).not.toBe('');
    });

    afterEach(async () => {
      await router.close();
      await router.close();
      await world.stop();
    });

    it('opens ports, and says where they are reached', async () => {
      for (const port of [udp, tcp]) {
        const mapped = await world.until(router.map(port, options));
        expect(mapped).toEqual({ ...port, external: { host: '203.0.113.7', port: port.port } });
      }
      expect([...state.open]).toEqual([
        ['udp 8090', 8090],
        ['tcp 8070', 8070],
      ]);
      expect(state.lifetimeS).toBe(3_600);
    });

    it('opens another port where that one is taken', async () => {
      state.taken.add(8090);
      const { external } = await world.until(router.map(udp, options));
      expect(external.port).not.toBe(8090);
      expect([...state.open]).toEqual([[`udp ${external.port}`, 8090]]);
    });

    it('keeps the other port open where the one inside is taken, and has no more than one', async () => {
      state.taken.add(8090);
      const held = await world.until(router.map(udp, options));
      expect(await world.until(router.map(udp, { ...options, held }))).toEqual(held);
      expect([...state.open]).toEqual([[`udp ${held.external.port}`, 8090]]);
    });

    it('keeps a port open that is asked for again, and closes it', async () => {
      await world.until(router.map(udp, options));
      const mapped = await world.until(router.map(udp, options));
      expect(state.open.size).toBe(1);
      await world.until(router.unmap(mapped, { signal }));
      expect(state.open.size).toBe(0);
    });

    it('says when it refuses', async () => {
      state.isRefusing = true;
      await expect(world.until(router.map(udp, options))).rejects.toMatchObject({ code: 'ROUTER_REFUSED' });
    });

    it('says when it is behind another router', async () => {
      state.externalHost = '100.64.1.2';
      await expect(world.until(router.map(udp, options))).rejects.toMatchObject({
        code: 'ROUTER_NOT_PUBLIC',
      });
    });

    it('says when it is silent', async () => {
      state.isSilent = true;
      await expect(world.until(router.map(udp, options))).rejects.toMatchObject({ code: 'ROUTER_SILENT' });
    });

    it('ends with an abort error', async () => {
      const aborted = { lifetimeS: 1, signal: AbortSignal.abort() };
      await expect(router.map(udp, aborted)).rejects.toMatchObject({ name: 'AbortError' });
      const controller = new AbortController();
      const mapping = router.map(udp, { lifetimeS: 1, signal: controller.signal });
      controller.abort();
      await mapping.catch((error: unknown) => expect(error).toMatchObject({ name: 'AbortError' }));
    });
  });
}
