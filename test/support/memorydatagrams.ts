import type { Endpoint } from '../../src/main/engine/network/endpoint.ts';
import { NetworkError } from '../../src/main/engine/network/errors.ts';
import type { Timers } from '../../src/main/engine/network/timers.ts';
import type { UdpSocket } from '../../src/main/engine/network/udpsocket.ts';

export interface Weather {
  /** Of a hundred datagrams, how many get lost, and how many come twice. */
  readonly lostPercent?: number;
  readonly doubledPercent?: number;
  readonly latencyMs?: number;
  /** Up to so much more for each datagram; more than the time between two of them puts them in another order. */
  readonly jitterMs?: number;
}

/** A network of datagrams whose time is moved by hand, and whose chance is that of a seed. */
export class MemoryDatagrams {
  weather: Weather = {};
  /** Sees every datagram that is sent; what it answers with false is lost. */
  tap: (bytes: Uint8Array, from: Endpoint, to: Endpoint) => boolean = () => true;
  sent = 0;
  /** Datagrams that are on their way. */
  flying = 0;
  readonly #timers: Timers;
  readonly #sockets = new Map<string, (bytes: Uint8Array, from: Endpoint) => void>();
  #seed: number;
  #nextPort = 40_000;

  constructor(timers: Timers, { seed = 1 }: { seed?: number } = {}) {
    this.#timers = timers;
    this.#seed = seed;
  }

  /** Port 0 for one that is free. What it says it is bound to may be another host, as behind a router. */
  socket({ host, port }: Endpoint, boundHost = host): UdpSocket {
    const own = { host, port: port === 0 ? this.#nextPort++ : port };
    const key = keyOf(own);
    let isOpen = false;
    return {
      open: async (onDatagram) => {
        if (this.#sockets.has(key)) throw new NetworkError('SOCKET_FAILED', own);
        this.#sockets.set(key, onDatagram);
        isOpen = true;
        return { ...own, host: boundHost };
      },
      send: (bytes, to) => {
        if (isOpen) this.inject(bytes, own, to);
      },
      close: async () => {
        if (isOpen) this.#sockets.delete(key);
        isOpen = false;
      },
    };
  }

  /** As if it came from anywhere: the sender of a datagram can write what it likes. */
  inject(bytes: Uint8Array, from: Endpoint, to: Endpoint): void {
    this.sent++;
    const { lostPercent = 0, doubledPercent = 0 } = this.weather;
    if (!this.tap(bytes, from, to) || this.#percent() < lostPercent) return;
    this.#deliver(Uint8Array.from(bytes), from, to);
    if (this.#percent() < doubledPercent) this.#deliver(Uint8Array.from(bytes), from, to);
  }

  #deliver(bytes: Uint8Array, from: Endpoint, to: Endpoint): void {
    const { latencyMs = 1, jitterMs = 0 } = this.weather;
    const delayMs = latencyMs + (this.#percent() / 100) * jitterMs;
    this.flying++;
    this.#timers.after(delayMs, () => {
      this.flying--;
      this.#sockets.get(keyOf(to))?.(bytes, from);
    });
  }

  /** From 0 to below 100. */
  #percent(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#seed / 2 ** 32) * 100;
  }
}

const keyOf = ({ host, port }: Endpoint): string => `${host}:${port}`;
