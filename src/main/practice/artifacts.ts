import type { JsonFragment } from 'ethers';
import { z } from 'zod';
import compiled from '../../../resources/contracts/artifacts.json' with { type: 'json' };

/** The compiled contracts of the practice network, as `npm run contracts` wrote them. They are part of the build. */
const artifactSchema = z.object({
  abi: z.array(z.custom<JsonFragment>((value) => typeof value === 'object' && value !== null)),
  bytecode: z.string().regex(/^0x[0-9a-f]+$/),
});
export type Artifact = z.output<typeof artifactSchema>;

export const artifacts = z
  .object({
    contracts: z.object({
      Marketplace: artifactSchema,
      VaultMarketplace: artifactSchema,
      Vault: artifactSchema,
      PracticeToken: artifactSchema,
      AcceptingVerifier: artifactSchema,
    }),
  })
  .parse(compiled).contracts;
