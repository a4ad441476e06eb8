import { randomBytes } from 'node:crypto';
import {
  encodeDhtMessage,
  MAX_PARTS,
  REQUEST_ID_BYTES,
  type Answer,
  type Question,
  type Records,
} from './dhtmessages.ts';
import { idKey } from './nodeid.ts';
import { contactKey, type Contact } from './sessions.ts';
import type { Timers } from '../timers.ts';
import type { Wire } from './wire.ts';

/** A question without the number, which is given when it is asked. */
export type Asked = Question extends infer One ? (One extends Question ? Omit<One, 'id'> : never) : never;

/**
 * What we asked and who did not answer yet. An answer counts when it comes from the node that was asked, from the address
 * where it was asked, is of the right kind, and comes within a second.
 */
export class Questions {
  readonly #wire: Pick<Wire, 'send'>;
  readonly #timers: Timers;
  readonly #open = new Map<string, Open>();
  #isStopped = false;

  constructor({ wire, timers }: { wire: Pick<Wire, 'send'>; timers: Timers }) {
    this.#wire = wire;
    this.#timers = timers;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Undefined when there is no answer. One of several parts is given as one, with what came in time. What is asked after
   * the stop, or is one too many, is not sent: that says nothing of who was to be asked.
   */
  async ask(to: Contact, question: Asked): Promise<Answer | NotAsked | undefined> {
    if (this.#isStopped || this.#open.size >= MAX_OPEN) return NOT_ASKED;
    const id = randomBytes(REQUEST_ID_BYTES);
    const key = idKey(id);
    return await new Promise((resolve) => {
      const cancel = this.#timers.after(RESPONSE_MS, () => this.#settle(key));
      this.#open.set(key, { to, kind: answers[question.kind], cancel, resolve, parts: [] });
      this.#wire.send(to, encodeDhtMessage({ ...question, id }));
    });
  }

  onAnswer(from: Contact, answer: Answer): void {
    const key = idKey(answer.id);
    const open = this.#open.get(key);
    if (!open || open.kind !== answer.kind || contactKey(open.to) !== contactKey(from)) return;
    open.parts.push(answer);
    if (open.parts.length >= Math.min(partsOf(open.parts[0] as Answer), MAX_PARTS)) this.#settle(key);
  }

  /** What waits for its answer waits no longer, and nothing is asked any more. */
  stop(): void {
    this.#isStopped = true;
    for (const key of this.#open.keys()) this.#settle(key, NOT_ASKED);
  }

  #settle(key: string, otherwise?: NotAsked): void {
    const open = this.#open.get(key);
    if (!open) return;
    this.#open.delete(key);
    open.cancel();
    open.resolve(joined(open.parts) ?? otherwise);
  }
}

/** It was not asked, or not waited for. */
export interface NotAsked {
  readonly kind: 'notAsked';
}

interface Open {
  readonly to: Contact;
  readonly kind: Answer['kind'];
  readonly cancel: () => void;
  readonly resolve: (answer: Answer | NotAsked | undefined) => void;
  readonly parts: Answer[];
}

const NOT_ASKED: NotAsked = { kind: 'notAsked' };
const RESPONSE_MS = 1_000;
const MAX_OPEN = 256;

const answers = {
  ping: 'pong',
  findNode: 'nodes',
  findNodeFast: 'nodes',
  getProviders: 'providers',
} as const satisfies Record<Question['kind'], Answer['kind']>;

const partsOf = (answer: Answer): number => (answer.kind === 'pong' ? 1 : answer.total);

function joined(parts: readonly Answer[]): Answer | undefined {
  const [first] = parts;
  if (!first || first.kind === 'pong') return first;
  const records = (parts as Records[]).flatMap((part) => part.records);
  return { ...first, records };
}
