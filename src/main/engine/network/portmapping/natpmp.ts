import { abortScope, throwIfAborted, untilAborted } from '../../lib/abort.ts';
import { deferred, type Deferred } from '../deferred.ts';
import { isPublic, type Endpoint } from '../endpoint.ts';
import type { Timers } from '../timers.ts';
import type { UdpSocket } from '../udpsocket.ts';
import { PortMappingError } from './errors.ts';
import type { FindRouters, LocalPort, MapOptions, MappedPort, Router } from './router.ts';

export interface NatPmpModules {
  /** A new socket, not opened yet. */
  readonly socket: () => UdpSocket;
  /** Hosts that may be the router. */
  readonly gateways: () => readonly string[] | Promise<readonly string[]>;
  readonly timers: Timers;
}

/** Routers that speak NAT-PMP. Source: RFC 6886. */
export function natPmpRouters({ socket, gateways, timers }: NatPmpModules): FindRouters {
  return async ({ signal }) => {
    const candidates = (await gateways()).map((host) => new NatPmpRouter({ socket: socket(), timers }, host));
    const answered = await Promise.all(candidates.map((router) => router.isThere({ signal })));
    if (signal.aborted) await Promise.all(candidates.map((router) => router.close()));
    throwIfAborted(signal);
    return candidates.filter((_, at) => answered[at]);
  };
}

class NatPmpRouter implements Router {
  readonly name: string;
  readonly #socket: UdpSocket;
  readonly #timers: Timers;
  readonly #endpoint: Endpoint;
  #isOpen: Promise<unknown> | undefined;
  #asked: { operation: number; answer: Deferred<Buffer> } | undefined;

  constructor({ socket, timers }: { socket: UdpSocket; timers: Timers }, host: string) {
    this.name = `NAT-PMP ${host}`;
    this.#socket = socket;
    this.#timers = timers;
    this.#endpoint = { host, port: SERVER_PORT };
  }

  /** Closes itself when it is not. Never rejects. */
  async isThere({ signal }: { signal: AbortSignal }): Promise<boolean> {
    try {
      await this.#externalHost(signal);
      return true;
    } catch (error) {
      // One that answers and is of no use says so when a port is asked for.
      if (error instanceof PortMappingError && error.code !== 'ROUTER_SILENT') return true;
      await this.close();
      return false;
    }
  }

  async map({ protocol, port }: LocalPort, { lifetimeS, held, signal }: MapOptions): Promise<MappedPort> {
    const host = await this.#externalHost(signal);
    // There is one mapping for a port inside: another one outside takes the place of that before.
    const externalPort = held?.external.port ?? port;
    const external = await this.#requestMapping({ protocol, port, externalPort, lifetimeS }, signal);
    return { protocol, port, external: { host, port: external } };
  }

  async unmap({ protocol, port }: MappedPort, { signal }: { signal: AbortSignal }): Promise<void> {
    await this.#requestMapping({ protocol, port, externalPort: 0, lifetimeS: 0 }, signal);
  }

  async close(): Promise<void> {
    await this.#socket.close();
  }

  async #externalHost(signal: AbortSignal): Promise<string> {
    const answer = await this.#request(GET_ADDRESS, new Uint8Array(), 12, signal);
    const host = answer.subarray(8, 12).join('.');
    if (!isPublic(host)) throw new PortMappingError('ROUTER_NOT_PUBLIC', { router: this.name, host });
    return host;
  }

  /** The port outside. */
  async #requestMapping(
    { protocol, port, externalPort, lifetimeS }: LocalPort & { externalPort: number; lifetimeS: number },
    signal: AbortSignal,
  ): Promise<number> {
    const body = Buffer.alloc(10);
    body.writeUInt16BE(port, 2);
    body.writeUInt16BE(externalPort, 4);
    body.writeUInt32BE(lifetimeS, 6);
    const answer = await this.#request(protocol === 'udp' ? MAP_UDP : MAP_TCP, body, 16, signal);
    return answer.readUInt16BE(10);
  }

  /** Asked again after 250 ms, and after twice that each time; one question at a time. */
  async #request(operation: number, body: Uint8Array, bytes: number, signal: AbortSignal): Promise<Buffer> {
    throwIfAborted(signal);
    this.#isOpen ??= this.#socket.open((answer, from) => this.#onDatagram(answer, from));
    await this.#isOpen;
    const question = Buffer.concat([Uint8Array.of(VERSION, operation), body]);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answer = await this.#try(question, FIRST_WAIT_MS * 2 ** attempt, signal);
      if (answer) return this.#checked(answer, bytes);
    }
    throw new PortMappingError('ROUTER_SILENT', { router: this.name });
  }

  async #try(question: Buffer, waitMs: number, signal: AbortSignal): Promise<Buffer | undefined> {
    const answer = deferred<Buffer>();
    using scope = abortScope();
    const cancel = this.#timers.after(waitMs, () => scope.abort());
    this.#asked = { operation: question[1] as number, answer };
    this.#socket.send(question, this.#endpoint);
    try {
      using either = abortScope(scope.signal, signal);
      return await untilAborted(answer.promise, either.signal);
    } catch {
      throwIfAborted(signal);
      return undefined;
    } finally {
      cancel();
      this.#asked = undefined;
    }
  }

  /** Anybody can send to us; that it is from the router can be forged only within its network. */
  #onDatagram(bytes: Uint8Array, from: Endpoint): void {
    const isOurs = from.host === this.#endpoint.host && from.port === this.#endpoint.port;
    if (!isOurs || bytes[1] !== (this.#asked?.operation ?? NaN) + ANSWER) return;
    this.#asked?.answer.resolve(Buffer.from(bytes));
  }

  #checked(answer: Buffer, bytes: number): Buffer {
    const isWhole = answer[0] === VERSION && answer.length >= bytes;
    const result = answer.length >= 4 ? answer.readUInt16BE(2) : undefined;
    if (isWhole && result === 0) return answer;
    throw new PortMappingError('ROUTER_REFUSED', { router: this.name, result });
  }
}

const SERVER_PORT = 5351;
const VERSION = 0;
const GET_ADDRESS = 0;
const MAP_UDP = 1;
const MAP_TCP = 2;
/** Added to the operation that is answered. */
const ANSWER = 128;
/** In all 3.75 s; a router is near. */
const ATTEMPTS = 4;
const FIRST_WAIT_MS = 250;
