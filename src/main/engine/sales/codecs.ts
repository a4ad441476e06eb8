import { z } from 'zod';
import { isHex32, type Hex } from '../contracts/ids.ts';

/** A bigint at zero or above, stored as decimal text. Numbers are read too, as the node we follow writes them. */
export const integer = z.codec(z.union([z.string().regex(/^\d+$/), z.int().nonnegative()]), z.bigint(), {
  decode: (stored) => BigInt(stored),
  encode: (value) => value.toString(),
});

/** A 32-byte id as `0x` and lower-case hex. */
export const hexId = <Id extends Hex<string>>() =>
  z.custom<Id>((value) => typeof value === 'string' && isHex32(value));
