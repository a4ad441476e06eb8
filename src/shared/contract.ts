import type { z } from 'zod';

/**
 * How a contract between the node and a window is typed. It is written once, in `api.ts`; the handlers in main and the
 * client in the renderer follow from it, so that a missing or mistyped one does not compile.
 */
export interface Contract {
  readonly calls: Readonly<Record<string, CallDefinition<z.ZodType, unknown>>>;
  readonly events: Readonly<Record<string, EventDefinition<unknown>>>;
}

export interface CallDefinition<Input extends z.ZodType, Output> {
  readonly input: Input;
  /** For types only. */
  readonly output?: Output;
}

export interface EventDefinition<Payload> {
  /** For types only. */
  readonly payload?: Payload;
}

/** `call(schema).returns<Output>()` */
export const call = <Input extends z.ZodType>(input: Input) => ({
  returns: <Output>(): CallDefinition<Input, Output> => ({ input }),
});

export const event = <Payload>(): EventDefinition<Payload> => ({});

type InputOf<D> = D extends CallDefinition<infer Input, unknown> ? z.input<Input> : never;
type ParsedOf<D> = D extends CallDefinition<infer Input, unknown> ? z.output<Input> : never;
type OutputOf<D> = D extends CallDefinition<z.ZodType, infer Output> ? Output : never;
type PayloadOf<D> = D extends EventDefinition<infer Payload> ? Payload : never;

export type Handlers<C extends Contract> = {
  readonly [K in keyof C['calls']]: (
    input: ParsedOf<C['calls'][K]>,
  ) => OutputOf<C['calls'][K]> | Promise<OutputOf<C['calls'][K]>>;
};

export type Client<C extends Contract> = {
  readonly [K in keyof C['calls']]: (input: InputOf<C['calls'][K]>) => Promise<OutputOf<C['calls'][K]>>;
};

export type Events<C extends Contract> = { readonly [K in keyof C['events']]: PayloadOf<C['events'][K]> };

/** An error as it crosses. `code` is the key of the text a person sees. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details: unknown;
}

export type Reply =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: WireError };

/**
 * The only thing a window has. What crosses is text of the one codec (`json.ts`): on Electron's channel and on the
 * WebSocket alike, so that neither can carry what the other cannot.
 */
export interface Bridge {
  /** Answers with an encoded `Reply`; rejects only when the way to the node is broken. */
  invoke(name: string, input: string): Promise<string>;
  /** Encoded `{ name, payload }` of every event; returns the unsubscribe. */
  subscribe(listener: (message: string) => void): () => void;
  /** Tells when the way to the node breaks and is there again. Absent where it cannot break. */
  onConnection?(listener: (connected: boolean) => void): () => void;
}
