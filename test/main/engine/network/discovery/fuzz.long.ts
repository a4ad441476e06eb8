import { describe, expect, it } from 'vitest';
import { fuzzDiscovery } from '../../../../support/discoveryfuzz.ts';

const INPUTS = Number(process.env['INPUTS'] ?? 1_000_000);
const SEED = Number(process.env['SEED'] ?? 2);
const BATCHES = 20;

describe('every decoder of the discovery', () => {
  it('takes a million inputs of strangers without a crash, and its memory does not grow', () => {
    const heaps: number[] = [];
    const accepted: Record<string, number> = {};
    const startedMs = performance.now();
    for (let batch = 0; batch < BATCHES; batch++) {
      const report = fuzzDiscovery({ inputs: INPUTS / BATCHES, seed: SEED * 1_000 + batch });
      expect(report.findings).toEqual([]);
      for (const [decoder, count] of Object.entries(report.accepted)) {
        accepted[decoder] = (accepted[decoder] ?? 0) + count;
      }
      globalThis.gc?.();
      heaps.push(Math.round(process.memoryUsage().heapUsed / 2 ** 20));
    }
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    console.log(
      `${INPUTS} inputs in ${seconds} s, accepted ${JSON.stringify(accepted)}, heap MiB ${heaps.join(' ')}`,
    );
    expect(Math.min(...heaps.slice(BATCHES / 2))).toBeLessThan(Math.max(...heaps.slice(0, 3)) + 50);
  });
});
