import type { IncomingMessage, ServerResponse } from 'node:http';

/** Why a request is refused, as the status it is answered with. */
export interface Refusal {
  readonly status: 401 | 403 | 404 | 405 | 421;
  readonly reason: string;
}

/** Decides who may ask a server. */
export interface Door {
  /** Undefined when a file may be asked for. */
  refuseRequest(request: IncomingMessage): Refusal | undefined;
  /** Undefined when a WebSocket may be opened. */
  refuseUpgrade(request: IncomingMessage): Refusal | undefined;
  /** Calls `end` as soon as whoever opened this WebSocket may ask no more. Returns what calls that off. */
  follow?(request: IncomingMessage, end: () => void): () => void;
  /** Answers what is the door's own business, or says why it is refused; false when it is none of its business. */
  answer?(request: IncomingMessage, response: ServerResponse): Promise<boolean | Refusal>;
}

export const wrongHost: Refusal = { status: 421, reason: 'Another host' };
export const wrongMethod: Refusal = { status: 405, reason: 'Only GET and HEAD' };
export const wrongOrigin: Refusal = { status: 403, reason: 'Another origin' };
export const notFound: Refusal = { status: 404, reason: 'Not found' };
