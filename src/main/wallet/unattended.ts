import { z } from 'zod';
import { isAddress, type Address } from '../engine/contracts/ids.ts';
import { walletError } from './errors.ts';

/** How a wallet is unlocked with nobody there, as its owner chose. */
export type Unattended =
  /** Its key, sealed by the system's key store. */
  | { readonly kind: 'keyStore'; readonly address: Address; readonly sealed: string }
  /** A file with its passphrase. */
  | { readonly kind: 'keyFile'; readonly path: string };

const schema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('keyStore'),
    address: z
      .string()
      .refine(isAddress)
      .transform((text) => text as Address),
    sealed: z.base64(),
  }),
  z.strictObject({ kind: z.literal('keyFile'), path: z.string().min(1) }),
]);

/** @throws WalletError UNATTENDED_DAMAGED */
export function parseUnattended(text: string, file: string): Unattended {
  const parsed = schema.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  const message = `${file} cannot be read, so that the wallet waits for its passphrase. Choose again how it is unlocked.`;
  throw walletError('UNATTENDED_DAMAGED', message);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
