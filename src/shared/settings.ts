import { z } from 'zod';

/** What the owner sets. Stored as `settings.json` in the data folder; flags and the environment come before it. */
export const settingsSchema = z.strictObject({
  network: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('practice'),
        /** Which of the two kinds of contracts is practised with; each has a chain of its own. */
        family: z.enum(['direct', 'vault']).default('direct'),
        /** How the node speaks to the practice chain. */
        transport: z.enum(['http', 'ws']).default('http'),
        /** How many times faster than real time. */
        speed: z.number().min(0).max(120).default(10),
        scenario: z.enum(['demo', 'tour', 'none']).default('tour'),
        /** Decides what the practice client and the rival do. */
        seed: z.int().nonnegative().default(1),
      }),
      z.strictObject({
        kind: z.literal('custom'),
        name: z.string().min(1).default('Custom network'),
        rpcUrl: z.url({ protocol: /^https?$/ }),
        chainId: z.int().positive(),
        marketplace: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
        deployedAtBlock: z.int().nonnegative().default(0),
      }),
    ])
    .default({
      kind: 'practice',
      family: 'direct',
      transport: 'http',
      speed: 10,
      scenario: 'tour',
      seed: 1,
    }),
  /** Bytes that files of the node and promises together may take; unset: what the disk allows, 20 GB at most. */
  quotaBytes: z.int().positive().optional(),
  /** Slots that are prepared and downloaded at the same time. */
  workers: z.int().min(1).max(32).default(3),
  /** Slots that wait for a worker at most; of more the best are kept. */
  queueCapacity: z.int().min(32).max(65_535).default(128),
  logLevel: z.string().min(1).default('info'),
});

export type Settings = z.output<typeof settingsSchema>;
export type NetworkSettings = Settings['network'];
