import type { InterfaceAbi } from 'ethers';
import { z } from 'zod';
import { amount } from '../../../src/shared/schemas.ts';

/** What the child is to do, and where it is to die. */
export const jobSchema = z.object({
  folder: z.string(),
  rpcUrl: z.string(),
  deployment: z.object({
    name: z.string(),
    chainId: z.number(),
    marketplace: z.string(),
    abi: z.custom<InterfaceAbi>(Array.isArray),
    deployedAtBlock: z.number(),
  }),
  key: z.string(),
  requestId: z.string(),
  collateral: amount,
  dieAt: z.object({ write: z.number(), when: z.enum(['before', 'after']) }).optional(),
});
export type Job = z.input<typeof jobSchema>;
