import { describe, expect, it } from 'vitest';
import { fuzzDiscovery } from '../../../../support/discoveryfuzz.ts';

describe('every decoder of the discovery', () => {
  it(
    'takes 20,000 inputs of strangers, or refuses them with an error of its own',
    { timeout: 120_000 },
    () => {
      const { accepted, findings } = fuzzDiscovery({ inputs: 20_000, seed: 1 });
      expect(findings).toEqual([]);
      // It would find nothing if all were refused at the door.
      for (const count of Object.values(accepted)) expect(count).toBeGreaterThan(0);
    },
  );
});
