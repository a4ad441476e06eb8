/** How figures of a benchmark are made and told. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Of `share` of the values none is larger: 0.95 for the 95th percentile. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** One line: what was measured, its limit, both in milliseconds each, and how many times the limit it took. */
export function row(name: string, ms: number, limit: string, limitMs: number): string {
  return `  ${name.padEnd(44)} ${text(ms)} ms   ${limit.padEnd(24)} ${text(limitMs)} ms   ratio ${(ms / limitMs).toFixed(2)}`;
}

const text = (ms: number): string => (ms < 0.1 ? ms.toFixed(4) : ms.toFixed(3)).padStart(8);
