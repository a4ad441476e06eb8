import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { LogFollower } from '../../../../src/main/engine/market/log-follower.ts';
import { waitUntilWoken } from '../../../support/followerfixtures.ts';
import { LogLedger, SEVERAL_TEXT } from '../../../support/logledger.ts';
import { MemoryCursors } from '../../../support/memorycursors.ts';
import { ScriptedChain, ScriptedServer } from '../../../support/scriptedchain.ts';

const RUNS = Number(process.env['RUNS'] ?? 600);

/** What may happen, one after the other. Numbers are turned into what fits the chain at that moment. */
const act = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('mine' as const),
      blocks: fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }),
      seed: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('many' as const), blocks: fc.integer({ min: 1, max: 400 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('crowd' as const), logs: fc.integer({ min: 40, max: 95 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reorg' as const),
      depth: fc.integer({ min: 1, max: 10 }),
      grown: fc.nat(12),
      seed: fc.nat(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('look' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'crash' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      server: fc.nat(1),
      fault: fc.constantFrom(
        'down',
        'span',
        'list',
        'lag',
        'stick',
        'late',
        'copies',
        'unreadable',
        'order',
        'midway',
        'none',
      ),
      seed: fc.nat(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('server' as const), server: fc.nat(1) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

describe('LogFollower, whatever chain, servers and restarts do', () => {
  it('has told and not taken back exactly the logs of the chain once all is well', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
        const world = new World();
        await world.start();
        try {
          for (const one of acts) await world.do(one);
          await world.settle();
          expect([...world.faults, ...world.ledger.differences(world.chain.all())]).toEqual([]);
        } finally {
          await world.stop();
        }
      }),
      { numRuns: RUNS },
    );
  });
});

class World {
  readonly chain = new ScriptedChain(1);
  readonly ledger = new LogLedger();
  readonly faults: unknown[] = [];
  /** It was followed from its first block on. */
  #cursors = new MemoryCursors({ kind: 'block', block: 0 });
  #follower: LogFollower | undefined;
  #inUse = 0;
  #nowMs = 0;

  constructor() {
    this.chain.servers.push(new ScriptedServer(this.chain, 'second'));
    this.chain.choose = () => this.#server(this.#inUse);
  }

  async start(): Promise<void> {
    const modules = { chain: this.chain, cursors: this.#cursors, logger: silentLogger };
    const follower = new LogFollower(modules, {
      sleep: waitUntilWoken,
      nowMs: () => this.#nowMs,
      overlap: 16,
      overlapSeconds: 16,
    });
    follower.logs.subscribe((change) => {
      try {
        this.ledger.hear(change);
      } catch (error) {
        this.faults.push(error);
      }
    });
    // A follower that cannot start is started again by its owner.
    for (;;) {
      try {
        await follower.start({ signal: new AbortController().signal });
        break;
      } catch {
        this.#heal();
      }
    }
    this.#follower = follower;
  }

  async stop(): Promise<void> {
    await this.#follower?.stop();
  }

  async do(one: Act): Promise<void> {
    const { chain } = this;
    switch (one.kind) {
      case 'mine':
        for (const logs of one.blocks) chain.add(this.#transactions(logs, one.seed));
        break;
      case 'many':
        chain.mine(one.blocks, 1);
        break;
      case 'crowd':
        chain.add(Array.from({ length: one.logs }, () => chain.transaction()));
        break;
      case 'reorg':
        this.#reorg(one);
        break;
      case 'look':
        await this.#look();
        break;
      case 'restart':
        await this.stop();
        await this.start();
        break;
      case 'crash':
        this.#cursors.isDead = true;
        this.ledger.isUnsaved = true;
        await this.#look();
        await this.stop();
        this.#cursors.isDead = false;
        this.ledger.crash();
        await this.start();
        break;
      case 'server':
        this.#inUse = one.server;
        break;
      case 'fault':
        this.#break(this.#server(one.server), one.fault, one.seed);
        break;
    }
  }

  /** All servers are honest again, and there is time. */
  async settle(): Promise<void> {
    this.#heal();
    this.chain.mine(2);
    for (let i = 0; i < 6; i++) {
      await this.#look();
      this.#nowMs += 61_000;
    }
  }

  async #look(): Promise<void> {
    this.#nowMs += 3000;
    await this.#follower?.poke();
  }

  #transactions(count: number, seed: number) {
    return Array.from({ length: count }, (_, i) => {
      const several = (seed >> i) % 5 === 0;
      const texts = several ? [SEVERAL_TEXT, 'once', SEVERAL_TEXT] : ['log'];
      return this.chain.transaction({ texts, isTimed: (seed >> i) % 3 === 0 });
    });
  }

  /** Some of what was in the blocks is mined again, elsewhere and in another order; some is not. */
  #reorg({ depth, grown, seed }: { depth: number; grown: number; seed: number }): void {
    const { chain } = this;
    const cut = chain.cut(Math.min(depth, chain.height));
    const kept = cut.filter((_, i) => (seed >> (i % 20)) % 3 !== 0);
    if (seed % 2 === 0) kept.reverse();
    const blocks = depth + grown - (seed % 7 === 0 ? 1 : 0);
    for (let i = 0; i < blocks; i++) {
      const mined = kept.splice(0, (seed >> (i % 20)) % 4);
      chain.add([...mined, ...(i % 3 === 0 ? this.#transactions(1, seed) : [])]);
    }
  }

  #break(server: ScriptedServer, fault: string, seed: number): void {
    if (fault === 'down') server.isDown = true;
    if (fault === 'span') server.maxSpan = 1 + (seed % 40);
    if (fault === 'list') server.maxList = 100;
    if (fault === 'lag') server.lag = seed % 12;
    if (fault === 'stick') server.stick();
    if (fault === 'late') server.late = seed % 10;
    if (fault === 'copies') server.copies = 1 + (seed % 3);
    if (fault === 'unreadable') server.unreadable = 1;
    if (fault === 'order') server.order = (logs) => logs.toSorted((a, b) => (a.data < b.data ? -1 : 1));
    if (fault === 'midway') {
      let left = seed % 6;
      server.onAsk = () => {
        if (left-- !== 0) return;
        this.#reorg({ depth: 1 + (seed % 5), grown: 1 + (seed % 4), seed });
      };
    }
    if (fault === 'none') heal(server);
  }

  #heal(): void {
    for (const server of this.chain.servers) heal(server);
  }

  #server(n: number): ScriptedServer {
    return this.chain.servers[n] ?? this.chain.first;
  }
}

function heal(server: ScriptedServer): void {
  const honest = new ScriptedServer(new ScriptedChain(), '');
  server.isDown = false;
  server.maxSpan = Infinity;
  server.maxList = Infinity;
  server.lag = 0;
  server.loosen();
  server.late = 0;
  server.copies = 1;
  server.unreadable = 0;
  server.order = honest.order;
  server.onAsk = honest.onAsk;
}
