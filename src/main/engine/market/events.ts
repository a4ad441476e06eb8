import { Interface, type EventFragment, type InterfaceAbi } from 'ethers';
import { z } from 'zod';
import { describeError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { RequestId, SlotId } from '../contracts/ids.ts';
import { plainValue } from './contract.ts';
import { askValue, idValue, numberValue, slotIndexValue } from './decoding.ts';
import { MarketError } from './errors.ts';
import { wordReader, type EventReader } from './event-words.ts';
import type { ChainLog } from './log-reader.ts';
import type { ChainEvent } from './market.ts';
import { parseAnswer } from './rpc.ts';

/** Turns logs of the marketplace into events. */
export class EventDecoder {
  /** The first topic of every event the engine knows and the deployment has. */
  readonly topics: readonly string[];
  readonly #interface: Interface;
  readonly #eventsByTopic = new Map<string, { name: ChainEvent['name']; read: EventReader }>();

  constructor(abi: InterfaceAbi) {
    this.#interface = new Interface(abi);
    this.topics = this.topicsOf(eventNames);
    for (const name of eventNames) {
      const event = this.#interface.getEvent(name);
      if (event) this.#eventsByTopic.set(event.topicHash, { name, read: this.#readerOf(event) });
    }
  }

  /** The first topics of those of the events that the deployment has. */
  topicsOf(names: readonly ChainEvent['name'][]): string[] {
    return names.flatMap((name) => this.#interface.getEvent(name)?.topicHash ?? []);
  }

  /** Undefined for a log of another kind. @throws MarketError HOSTILE_VALUE */
  decode({ topics, data, blockNumber, logIndex, transactionHash }: ChainLog): ChainEvent | undefined {
    const event = this.#eventsByTopic.get(topics[0]?.toLowerCase() ?? '');
    if (!event) return undefined;
    const { name, read } = event;
    const values = { name, ...readValues(read, topics, data) };
    const fields = parseAnswer<EventFields>(schemas[name], values, name);
    return { ...fields, blockNumber, logIndex, transactionHash };
  }

  /** As `decode`; one with hostile values is logged and left out, so that nobody can stop a loop with it. */
  tryDecode(log: ChainLog, logger: Logger): ChainEvent | undefined {
    try {
      return this.decode(log);
    } catch (error) {
      const { transactionHash } = log;
      logger.warn('An event of the chain was left out', { transactionHash, reason: describeError(error) });
      return undefined;
    }
  }

  /** All events that are known today consist of words. */
  #readerOf(event: EventFragment): EventReader {
    return (
      wordReader(event) ??
      ((topics, data) => {
        const values = this.#interface.decodeEventLog(event, data, topics);
        return Object.fromEntries(event.inputs.map((input, i) => [input.name, plainValue(input, values[i])]));
      })
    );
  }
}

function readValues(read: EventReader, topics: readonly string[], data: string): Record<string, unknown> {
  try {
    return read(topics, data);
  } catch (cause) {
    const message = 'A log that cannot be read';
    throw new MarketError('HOSTILE_VALUE', { what: 'log', topics }, { cause, message });
  }
}

type WithoutPlace<Event> = Event extends ChainEvent
  ? Omit<Event, 'blockNumber' | 'logIndex' | 'transactionHash'>
  : never;
type EventFields = WithoutPlace<ChainEvent>;

const requestId = idValue<RequestId>();

const ofRequest = <Name extends string>(name: Name) => z.object({ name: z.literal(name), requestId });

const ofSlot = <Name extends string>(name: Name) =>
  z.object({ name: z.literal(name), requestId, slotIndex: slotIndexValue });

/** By event: its arguments as the contract names them, to the fields of the domain. */
const schemas = {
  StorageRequested: z
    .object({ name: z.literal('StorageRequested'), requestId, ask: askValue, expiry: numberValue })
    .transform(({ expiry, ...rest }) => ({ ...rest, expiresAt: expiry })),
  RequestFulfilled: ofRequest('RequestFulfilled'),
  RequestCancelled: ofRequest('RequestCancelled'),
  RequestFailed: ofRequest('RequestFailed'),
  SlotFilled: ofSlot('SlotFilled'),
  SlotFreed: ofSlot('SlotFreed'),
  SlotReservationsFull: ofSlot('SlotReservationsFull'),
  ProofSubmitted: z
    .object({ name: z.literal('ProofSubmitted'), id: idValue<SlotId>() })
    .transform(({ name, id }) => ({ name, slotId: id })),
} satisfies Record<ChainEvent['name'], z.ZodType<EventFields>>;

const eventNames = Object.keys(schemas) as ChainEvent['name'][];
