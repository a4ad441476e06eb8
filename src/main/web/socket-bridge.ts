import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import { WEB_PROTOCOL, type WebCall, type WebMessage } from '../../shared/channels.ts';
import { Tasks } from '../engine/lib/tasks.ts';
import type { Logger } from '../engine/logger.ts';
import { encodeEvent, type EventSource } from '../ipc/events.ts';
import type { Router } from '../ipc/router.ts';

export interface SocketBridgeModules {
  readonly router: Router;
  readonly events: EventSource;
  readonly logger: Logger;
}

export interface SocketBridgeOptions {
  /** A page that is further behind than this is cut off; it comes back and asks for a snapshot. */
  maxBehindBytes?: number;
}

/** The node's side of every browser's WebSocket. Who may open one was decided before. */
export class SocketBridge {
  readonly #router: Router;
  readonly #logger: Logger;
  readonly #maxBehindBytes: number;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => WEB_PROTOCOL,
  });
  readonly #calls: Tasks;
  readonly #unsubscribe: () => void;

  constructor(
    { router, events, logger }: SocketBridgeModules,
    { maxBehindBytes = 4 * MAX_MESSAGE_BYTES }: SocketBridgeOptions = {},
  ) {
    this.#router = router;
    this.#logger = logger;
    this.#maxBehindBytes = maxBehindBytes;
    this.#calls = new Tasks((error) => logger.error('Answer could not be sent', { error }));
    this.#unsubscribe = events.subscribe((event) => {
      if (this.#server.clients.size > 0) this.#broadcast({ event: encodeEvent(event) });
    });
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) => this.#serve(client));
  }

  /** Cuts every page off and waits for the calls that run. */
  async close(): Promise<void> {
    this.#unsubscribe();
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
    await this.#calls.settle();
  }

  #serve(client: WebSocket): void {
    client.addEventListener('message', ({ data }) => this.#receive(client, data));
    // A message that is too large ends here; `ws` closes the connection with 1009 by itself.
    client.on('error', (error) => this.#logger.warn('Connection of a page failed', { error }));
  }

  #receive(client: WebSocket, data: unknown): void {
    const call = typeof data === 'string' ? parseCall(data) : undefined;
    if (!call) {
      this.#logger.warn('Malformed message of a page');
      client.close(POLICY_VIOLATION, 'Malformed message');
      return;
    }
    this.#calls.track('call', this.#answer(client, call));
  }

  async #answer(client: WebSocket, { id, name, input }: WebCall): Promise<void> {
    const reply = await this.#router.dispatch(name, input);
    if (client.readyState === client.OPEN) client.send(JSON.stringify({ id, reply } satisfies WebMessage));
  }

  #broadcast(message: WebMessage): void {
    const text = JSON.stringify(message);
    for (const client of this.#server.clients) {
      if (client.readyState !== client.OPEN) continue;
      if (client.bufferedAmount <= this.#maxBehindBytes) client.send(text);
      else this.#cutOff(client);
    }
  }

  /** Cut off rather than skipped: a page that is told nothing more would not know that it missed something. */
  #cutOff(client: WebSocket): void {
    this.#logger.warn('Page cut off, it is too far behind', { behindBytes: client.bufferedAmount });
    client.terminate();
  }
}

const MAX_MESSAGE_BYTES = 1024 * 1024;
const POLICY_VIOLATION = 1008;

const callSchema = z.strictObject({
  id: z.int().nonnegative(),
  name: z.string().max(100),
  input: z.string(),
});

function parseCall(data: string): WebCall | undefined {
  try {
    return callSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}
