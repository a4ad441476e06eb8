/**
 * JSON for other programs, which know nothing of the codec's tags: a bigint is a string of decimal digits, bytes are `0x`
 * and hex, a date is ISO 8601, a map is an object, a set a list; what JSON cannot say (undefined in a list, NaN,
 * ±Infinity) is null. One line.
 */
export const plainJson = (value: unknown): string => JSON.stringify(plain(value));

/** The value as those can hold it. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value;
  if (value instanceof Uint8Array) return hexOf(value);
  if (value instanceof Set) return [...value].map(plain);
  const members = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(members.map(([key, member]) => [String(key), plain(member)]));
}

const hexOf = (bytes: Uint8Array) =>
  `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
