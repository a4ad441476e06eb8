/** Periods are counted from the Unix epoch: period n lasts [n·seconds, (n+1)·seconds). Source: marketplace.md §8. */
export const periodOf = (time: number, periodSeconds: number): number => Math.floor(time / periodSeconds);
export const periodStart = (period: number, periodSeconds: number): number => period * periodSeconds;
