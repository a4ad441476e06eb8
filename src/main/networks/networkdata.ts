import { createHash } from 'node:crypto';
import { Fragment, Interface, isAddress, type JsonFragment } from 'ethers';
import { z } from 'zod';
import { describeError } from '../engine/errors.ts';
import { NetworkError } from './errors.ts';

/** What a network publishes of itself. Address and ABI always come together (marketplace.md §1). */
export interface NetworkData {
  readonly network: string;
  readonly version: string;
  /** Absent in what is published today: the servers are asked, and presets know some. */
  readonly chainId?: number;
  readonly rpcs: readonly string[];
  /** Where new peers find the network. */
  readonly bootstrapSprs: readonly string[];
  readonly marketplace: string;
  readonly abi: readonly JsonFragment[];
}

/** Reads what was published. @throws NetworkError NETWORK_DATA_INVALID that names the field */
export function parseNetworkData(text: string, source: string): NetworkData {
  const result = networkDataSchema.safeParse(jsonOf(text, source));
  if (result.success) return result.data as NetworkData;
  throw invalid(source, z.prettifyError(result.error), result.error);
}

/** An ABI that a marketplace can be spoken to with, from a file of its owner. @throws NetworkError ABI_UNUSABLE */
export function parseAbi(text: string, source: string): readonly JsonFragment[] {
  const refused = (problem: string, cause: unknown) =>
    new NetworkError(
      'ABI_UNUSABLE',
      { source },
      { cause, message: `${source} holds no usable ABI. ${problem}` },
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refused('It is not JSON.', cause);
  }
  // Compilers write the ABI beside other things.
  const list = Array.isArray(json) ? json : (json as { abi?: unknown } | null)?.abi;
  const result = abiSchema.safeParse(list);
  if (result.success) return result.data as readonly JsonFragment[];
  throw refused(z.prettifyError(result.error), result.error);
}

/** The sha256 of what the data say, however they were set and spaced in their file. */
export const hashOf = (data: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(data)))
    .digest('hex');

export const rpcUrlSchema = z.url({ protocol: /^(?:https?|wss?)$/ }).max(2000);

/** What the engine asks a marketplace of either family. */
const neededFunctions = [
  'configuration()',
  'token()',
  'getRequest(bytes32)',
  'requestState(bytes32)',
  'requestEnd(bytes32)',
  'requestExpiry(bytes32)',
  'slotState(bytes32)',
  'getHost(bytes32)',
  'mySlots()',
  'canReserveSlot(bytes32,uint64)',
  'reserveSlot(bytes32,uint64)',
  'getChallenge(bytes32)',
  'isProofRequired(bytes32)',
  'freeSlot(bytes32)',
];
const neededEvents = ['StorageRequested', 'RequestFulfilled', 'RequestFailed', 'SlotFilled', 'SlotFreed'];

const abiSchema = z
  .array(
    z.looseObject({ type: z.enum(['function', 'event', 'error', 'constructor', 'receive', 'fallback']) }),
  )
  .min(1)
  .max(1000)
  .superRefine((abi, context) => {
    const problem = problemOfAbi(abi as readonly JsonFragment[]);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

const networkDataSchema = z.object({
  network: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  version: z.string().min(1).max(100),
  chainId: z.int().positive().optional(),
  rpcs: z.array(rpcUrlSchema).min(1).max(20),
  bootstrapSprs: z
    .array(
      z
        .string()
        .regex(/^spr:[A-Za-z0-9_-]+$/)
        .max(4000),
    )
    .max(100),
  marketplace: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/)
    .refine((text) => isAddress(text), { error: 'Its letters do not fit its digits: it was mistyped' }),
  abi: abiSchema,
});

function problemOfAbi(abi: readonly JsonFragment[]): string | undefined {
  try {
    // An interface leaves out what it cannot read; a fragment throws.
    const contract = new Interface(abi.map((entry) => Fragment.from(entry)));
    const missing = [
      ...neededFunctions.filter((name) => !contract.hasFunction(name)),
      ...neededEvents.filter((name) => !contract.hasEvent(name)),
    ];
    return missing.length === 0 ? undefined : `A marketplace has ${missing.join(', ')}; this has not`;
  } catch (error) {
    return describeError(error).slice(0, 300);
  }
}

function jsonOf(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(source, 'It is not JSON.', cause);
  }
}

function invalid(source: string, problem: string, cause: unknown): NetworkError {
  const message = `${source} does not describe a network. ${problem} Nothing was changed.`;
  return new NetworkError('NETWORK_DATA_INVALID', { source }, { cause, message });
}

/** Members in the order of their names, so that their order is no difference. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, sorted(member)]),
  );
}
