import { toQuantity } from 'ethers';
import type { WebSocket } from 'ws';
import type { Answer } from '../../../src/main/engine/market/servers/jsonrpc.ts';
import type { Upstream } from './upstream.ts';

/** Announces new heads to whoever subscribed, or stops to, as subscriptions do. */
export class Announcer {
  /** While set, nobody is told anything and nobody notices. */
  isSilent = false;
  readonly #upstream: Upstream;
  readonly #everyMs: number;
  readonly #subscribers = new Map<WebSocket, string>();
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  #told: unknown;

  constructor(upstream: Upstream, everyMs: number) {
    this.#upstream = upstream;
    this.#everyMs = everyMs;
  }

  subscribe(socket: WebSocket | undefined, [kind]: readonly unknown[]): Answer {
    if (!socket || kind !== 'newHeads') return { error: { code: -32_601, message: 'no such subscription' } };
    const id = toQuantity(++this.#count);
    this.#subscribers.set(socket, id);
    socket.once('close', () => this.#leave(socket));
    this.#timer ??= setInterval(() => void this.#look(), this.#everyMs);
    return { result: id };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#subscribers.clear();
  }

  async #look(): Promise<void> {
    const block = await this.#upstream('eth_getBlockByNumber', ['latest', false]).catch(() => undefined);
    if (!block || 'error' in block) return;
    const { hash } = block.result as { hash: string };
    if (hash === this.#told) return;
    this.#told = hash;
    if (this.isSilent) return;
    for (const [socket, subscription] of this.#subscribers) {
      const params = { subscription, result: block.result };
      socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params }), () => {});
    }
  }

  #leave(socket: WebSocket): void {
    this.#subscribers.delete(socket);
    if (this.#subscribers.size === 0) this.stop();
  }
}
