import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import { WEB_PROTOCOL, type WebCall, type WebMessage } from '../../shared/channels.ts';
import { Tasks } from '../engine/lib/tasks.ts';
import type { Logger } from '../engine/logger.ts';
import { encodeEvent, type EventSource } from '../ipc/events.ts';
import type { Router } from '../ipc/router.ts';
import { PageLine } from './pageline.ts';

export interface SocketBridgeModules {
  readonly router: Router;
  readonly events: EventSource;
  readonly logger: Logger;
}

export interface SocketBridgeOptions {
  /**
   * A page that is further behind with events than this, and than what it asked for, is cut off; it comes back and asks
   * for a snapshot.
   */
  maxBehindBytes?: number;
  /** Answers beyond this that a page asks for and does not read cut it off, too. */
  maxAnswerBytes?: number;
}

/** The node's side of every browser's WebSocket. Who may open one was decided before. */
export class SocketBridge {
  readonly #router: Router;
  readonly #logger: Logger;
  readonly #limits: { readonly maxEventBytes: number; readonly maxAnswerBytes: number };
  readonly #lines = new Map<WebSocket, PageLine>();
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => WEB_PROTOCOL,
  });
  readonly #calls: Tasks;
  readonly #unsubscribe: () => void;

  constructor(
    { router, events, logger }: SocketBridgeModules,
    {
      maxBehindBytes = 4 * MAX_MESSAGE_BYTES,
      maxAnswerBytes = 64 * MAX_MESSAGE_BYTES,
    }: SocketBridgeOptions = {},
  ) {
    this.#router = router;
    this.#logger = logger;
    this.#limits = { maxEventBytes: maxBehindBytes, maxAnswerBytes };
    this.#calls = new Tasks((error) => logger.error('Answer could not be sent', { error }));
    this.#unsubscribe = events.subscribe((event) => {
      if (this.#lines.size > 0) this.#broadcast({ event: encodeEvent(event) });
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
    const line = new PageLine(client, {
      ...this.#limits,
      onCutOff: (behind) => this.#logger.warn('Page cut off, it is too far behind', behind),
    });
    this.#lines.set(client, line);
    client.once('close', () => this.#lines.delete(client));
    client.addEventListener('message', ({ data }) => this.#receive(client, line, data));
    // A message that is too large ends here; `ws` closes the connection with 1009 by itself.
    client.on('error', (error) => this.#logger.warn('Connection of a page failed', { error }));
  }

  #receive(client: WebSocket, line: PageLine, data: unknown): void {
    const call = typeof data === 'string' ? parseCall(data) : undefined;
    if (!call) {
      this.#logger.warn('Malformed message of a page');
      client.close(POLICY_VIOLATION, 'Malformed message');
      return;
    }
    this.#calls.track('call', this.#answer(line, call));
  }

  async #answer(line: PageLine, { id, name, input }: WebCall): Promise<void> {
    const reply = await this.#router.dispatch(name, input);
    line.answer(textOf({ id, reply }));
  }

  /** The text is made once for all pages. */
  #broadcast(message: WebMessage): void {
    const text = textOf(message);
    for (const line of this.#lines.values()) line.tell(text);
  }
}

const textOf = (message: WebMessage): Buffer => Buffer.from(JSON.stringify(message));

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
