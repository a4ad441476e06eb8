import { EngineError } from '../../../src/main/engine/errors.ts';
import { MarketError, type MarketErrorCode } from '../../../src/main/engine/market/errors.ts';

/** What goes over a child's channel, as structured clones: bigint and bytes cross as they are. */
export type Message =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly kind: 'answer'; readonly id: number; readonly result: WireResult }
  /** Nobody waits for an answer to it. */
  | { readonly kind: 'tell'; readonly what: string; readonly value: unknown };

type WireResult =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: WireError };

interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly details?: object;
}

export interface LineOptions {
  readonly send: (message: Message) => void;
  /** Answers the other side's calls; `unanswered` for a call that shall never be answered. */
  readonly serve: (method: string, args: readonly unknown[]) => Promise<unknown>;
  readonly hear?: (what: string, value: unknown) => void;
}

export const unanswered = Symbol('unanswered');

/** Calls in both directions over a channel between two processes. An error crosses with its code and its details. */
export class Line {
  readonly #options: LineOptions;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: unknown) => void }
  >();
  #calls = 0;
  #closedBy: Error | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  call(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#closedBy) return Promise.reject(this.#closedBy);
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#options.send({ kind: 'call', id, method, args });
    });
  }

  tell(what: string, value: unknown): void {
    if (!this.#closedBy) this.#options.send({ kind: 'tell', what, value });
  }

  async receive(message: Message): Promise<void> {
    switch (message.kind) {
      case 'call':
        return this.#serve(message.id, message.method, message.args);
      case 'answer':
        return this.#settle(message.id, message.result);
      case 'tell':
        return this.#options.hear?.(message.what, message.value);
    }
  }

  /** The other side is gone: what waits for it is rejected. */
  close(error: Error): void {
    this.#closedBy = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async #serve(id: number, method: string, args: readonly unknown[]): Promise<void> {
    const result = await this.#options.serve(method, args).then(
      (value): WireResult | undefined => (value === unanswered ? undefined : { ok: true, value }),
      (error: unknown): WireResult => ({ ok: false, error: wireError(error) }),
    );
    if (result && !this.#closedBy) this.#options.send({ kind: 'answer', id, result });
  }

  #settle(id: number, result: WireResult): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (result.ok) waiting?.resolve(result.value);
    else waiting?.reject(errorOf(result.error));
  }
}

function wireError(error: unknown): WireError {
  if (error instanceof EngineError) {
    const { name, message, code, details } = error;
    return { name, message, code, details };
  }
  if (error instanceof Error) return { name: error.name, message: error.stack ?? error.message };
  return { name: 'Error', message: String(error) };
}

function errorOf({ name, message, code, details = {} }: WireError): Error {
  if (name === 'MarketError') return new MarketError(code as MarketErrorCode, details, { message });
  return code === undefined ? new Error(message) : new EngineError(code, details, { message });
}
