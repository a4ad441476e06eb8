import { Interface, type InterfaceAbi } from 'ethers';
import { z } from 'zod';
import { describeError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { RequestId, SlotId } from '../contracts/ids.ts';
import { plainValue } from './contract.ts';
import { askValue, idValue, numberValue, slotIndexValue } from './decoding.ts';
import { MarketError } from './errors.ts';
import type { ChainLog } from './log-reader.ts';
import type { ChainEvent } from './market.ts';
import { parseAnswer } from './rpc.ts';

/** Turns logs of the marketplace into events. */
export class EventDecoder {
  /** The first topic of every event the engine knows and the deployment has. */
  readonly topics: readonly string[];
  readonly #interface: Interface;

  constructor(abi: InterfaceAbi) {
    this.#interface = new Interface(abi);
    this.topics = eventNames.flatMap((name) => this.#interface.getEvent(name)?.topicHash ?? []);
  }

  topicOf(name: ChainEvent['name']): string {
    const event = this.#interface.getEvent(name);
    if (!event) throw new RangeError(`The contract has no event ${name}`);
    return event.topicHash;
  }

  /** Undefined for a log of another kind. @throws MarketError HOSTILE_VALUE */
  decode({ topics, data, blockNumber, logIndex, transactionHash }: ChainLog): ChainEvent | undefined {
    const event = topics[0] === undefined ? null : this.#interface.getEvent(topics[0]);
    if (!event || !isKnown(event.name)) return undefined;
    const fields = parseAnswer<EventFields>(schemas[event.name], this.#args(topics, data), event.name);
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

  #args(topics: readonly string[], data: string): Record<string, unknown> {
    try {
      const log = this.#interface.parseLog({ topics, data });
      const values =
        log?.fragment.inputs.map((input, i) => [input.name, plainValue(input, log.args[i])]) ?? [];
      return { name: log?.name, ...Object.fromEntries(values) };
    } catch (cause) {
      throw new MarketError(
        'HOSTILE_VALUE',
        { what: 'log', topics },
        { cause, message: 'A log that cannot be read' },
      );
    }
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

function isKnown(name: string): name is ChainEvent['name'] {
  return name in schemas;
}
