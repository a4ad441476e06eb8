import { z } from 'zod';
import { isSharedKey } from '../../shared/i18n/shared.ts';
import type { Fact, Sentence } from '../../shared/i18n/say.ts';
import { decode } from '../../shared/json.ts';
import { activityKinds, type ActivityRow } from '../../shared/rows.ts';

/** The row that a line holds. Undefined for what was cut short, or was written by a version that knew other things. */
export function rowIn(line: string): ActivityRow | undefined {
  try {
    return rowSchema.safeParse(decode(line)).data as ActivityRow | undefined;
  } catch {
    return undefined;
  }
}

/** What is not known any more is said in the words of then. */
const sentenceSchema: z.ZodType<Sentence> = z.custom<Sentence>(isSentence);

const rowSchema = z.object({
  id: z.string().regex(/^\d{15}$/),
  at: z.int().nonnegative(),
  atMs: z.int().nonnegative(),
  kind: z.enum(activityKinds),
  text: z.string().max(5000),
  sentence: sentenceSchema.optional().catch(undefined),
  amount: z.bigint().optional(),
  saleId: z.string().max(200).optional(),
  offerId: z.string().max(200).optional(),
});

function isSentence(value: unknown): value is Sentence {
  if (!isRecord(value)) return false;
  const { key, values } = value;
  return (
    typeof key === 'string' && isSharedKey(key) && isRecord(values) && Object.values(values).every(isFact)
  );
}

function isFact(value: unknown): value is Fact {
  if (typeof value === 'string' || typeof value === 'number') return true;
  if (!isRecord(value)) return false;
  if (['bytes', 'wei', 'count'].some((name) => typeof value[name] === 'bigint')) return true;
  if (typeof value['tokens'] === 'bigint')
    return typeof value['decimals'] === 'number' && typeof value['symbol'] === 'string';
  if (isRecord(value['error'])) return typeof value['error']['code'] === 'string';
  if ('outcome' in value) {
    const { outcome } = value;
    return outcome === undefined || (isRecord(outcome) && typeof outcome['code'] === 'string');
  }
  return isSentence(value);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
