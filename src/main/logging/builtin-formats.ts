import { CID } from 'multiformats/cid';
import { EngineError } from '../engine/errors.ts';
import { REDACTED, Secret, blotSecrets } from '../engine/lib/secret.ts';
import { Formats, type Format, type FormattedType } from './formats.ts';
import { shortHexLog, shortLog } from './short.ts';

/** The formats every logger starts from. */
export const builtinFormats = new Formats();

/**
 * Says how values of a type are logged, everywhere. `registerFormat(SlotKey, (key) => key.toHex())` serves text and JSON;
 * `{ text, json }` tells them apart. Returns the way to take it back.
 */
export function registerFormat<T>(type: FormattedType<T>, format: Format<T>): () => void {
  return builtinFormats.register(type, format);
}

/** Longer bytes are data, not ids; of data a log needs only the beginning. */
const MAX_BYTES = 256;

registerFormat(Secret, () => REDACTED);

registerFormat(CID, {
  text: (cid) => shortLog(cid.toString()),
  json: (cid) => cid.toString(),
});

registerFormat(Uint8Array, {
  text: (bytes) => {
    const hex = blotSecrets(hexOf(bytes.subarray(0, MAX_BYTES)));
    return bytes.length > 10 ? `${shortHexLog(hex)} (${bytes.length} bytes)` : hex;
  },
  json: (bytes) =>
    bytes.length > MAX_BYTES
      ? `${hexOf(bytes.subarray(0, MAX_BYTES))}… (${bytes.length} bytes)`
      : hexOf(bytes),
});

registerFormat(Date, (date) => (Number.isNaN(date.getTime()) ? 'invalid date' : date.toISOString()));

registerFormat(Map, (map, nested) =>
  Object.fromEntries([...map].map(([key, value]) => [nested(key), value])),
);

registerFormat(Set, (set) => [...set]);

registerFormat(Error, {
  text: (error, nested) => textOfError(error, nested),
  json: (error) => jsonOfError(error),
});

/** The message and those of its causes; for an error of ours the code, which says what happened, and the facts. */
function textOfError(error: Error, nested: (part: unknown) => string): string {
  const { message, cause } = error;
  const { code, details } = ours(error);
  const name = code ?? error.name;
  const said =
    message === '' || message === name ? name : `${code === undefined ? '' : `${code}: `}${message}`;
  const facts = details === undefined || Object.keys(details).length === 0 ? '' : ` ${nested(details)}`;
  return `${said}${facts}${cause === undefined ? '' : `: ${nested(cause)}`}`;
}

function jsonOfError(error: Error): object {
  const { name, message, cause, stack } = error;
  const { code, details } = error as { code?: unknown; details?: unknown };
  const { errors } = error as { errors?: unknown };
  const isExpected = error instanceof EngineError;
  const members = {
    name,
    message,
    code,
    details,
    cause,
    errors,
    stack: isExpected ? undefined : framesOf(stack),
  };
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined));
}

function ours(error: Error): { code?: string; details?: object } {
  return error instanceof EngineError ? error : {};
}

/** Where it was thrown, without the message, which stands beside it. */
function framesOf(stack: string | undefined): string[] | undefined {
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return frames?.slice(0, 12).map((line) => line.trim());
}

const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;
