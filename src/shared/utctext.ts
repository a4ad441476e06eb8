/** `2023-11-14 22:15 UTC`, of Unix seconds. */
export const utcMinute = (unixSeconds: bigint): string => `${iso(unixSeconds).slice(0, 16)} UTC`;

/** `2023-11-14 22:15:01 UTC`, of Unix seconds. */
export const utcSecond = (unixSeconds: bigint): string => `${iso(unixSeconds).slice(0, 19)} UTC`;

/** ISO 8601 with a space; of times beyond its reach the last it knows. */
function iso(unixSeconds: bigint): string {
  const last = 253_402_300_799n;
  const shown = unixSeconds < last ? unixSeconds : last;
  return new Date(Number(shown) * 1000).toISOString().replace('T', ' ');
}
