/** The last moment that a date can be of, in Unix seconds. */
const LATEST = 8.64e12 - 1;

/** A block's time as it is shown: a server may say any number, and none may break the showing of all lines. */
export const timeOf = (at: number): number => Math.min(at, LATEST);
