import type { Chain } from './chain.ts';
import type { Client } from './client.ts';
import type { LogTail, Marketplace, PostedRequest } from './marketplace.ts';
import type { Scenario } from './scenario.ts';

interface PosterModules {
  chain: Chain;
  client: Client;
  market: Marketplace;
}

/** Has the client post what the scenario says, when it says so. */
export class Poster {
  readonly #chain: Chain;
  readonly #client: Client;
  readonly #newRequests: LogTail<PostedRequest>;
  readonly #scenario: Scenario;
  /** Requests that the chain has seen, in all its sessions; those posted by hand count too. */
  #posted = 0;
  #lastAt: number | undefined;

  constructor({ chain, client, market }: PosterModules, scenario: Scenario) {
    this.#chain = chain;
    this.#client = client;
    this.#newRequests = market.requests();
    this.#scenario = scenario;
  }

  async act({ signal }: { signal: AbortSignal }): Promise<void> {
    this.#posted += (await this.#newRequests()).length;
    if (!this.#isTime()) return;
    // Before it is tried: one that fails is tried again after the usual time, not at the next block.
    this.#lastAt = this.#chain.head.timestamp;
    await this.#client.post(this.#scenario.plan(this.#posted), { signal });
  }

  #isTime(): boolean {
    if (this.#client.openRequests >= this.#scenario.maxOpen) return false;
    // After a restart the first one comes at once, so that there is something to see.
    if (this.#lastAt === undefined) return true;
    return this.#chain.head.timestamp - this.#lastAt >= this.#scenario.secondsBefore(this.#posted);
  }
}
