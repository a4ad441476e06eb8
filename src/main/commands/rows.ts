import type { Api } from '../../shared/api.ts';
import type { Client } from '../../shared/contract.ts';
import type { LiveSnapshot } from '../../shared/live.ts';
import type { NodeRow } from '../../shared/rows.ts';
import { UsageError } from '../cli.ts';

/** All rows of the node, and the one of the node itself. */
export async function rowsOf(
  client: Client<Api>,
): Promise<{ tables: LiveSnapshot['tables']; node: NodeRow }> {
  const { tables } = await client.snapshot({});
  const [node] = tables.node;
  if (!node) throw new TypeError('The node told no row of itself');
  return { tables, node };
}

/**
 * The row that `text` means: its whole id, the beginning of it, with or without `0x`, or its name. What stands behind an
 * `@` must be the same. @throws UsageError when there is none or more than one
 */
export function rowMeant<Row extends { readonly id: string; readonly name?: string }>(
  rows: readonly Row[],
  text: string,
  kind: string,
): Row {
  const typed = partsOf(text);
  const exact = rows.filter(({ id, name }) => id.toLowerCase() === text.toLowerCase() || name === text);
  const begun = rows.filter(({ id }) => {
    const { digits, rest } = partsOf(id);
    return typed.digits !== '' && digits.startsWith(typed.digits) && (typed.rest ?? rest) === rest;
  });
  const [first, second, ...others] = exact.length > 0 ? exact : begun;
  if (!first)
    throw new UsageError(`There is no ${kind} "${text}". Take an id of the list, or its beginning.`);
  if (second) throw new UsageError(`"${text}" could be ${others.length + 2} of them. Write more of the id.`);
  return first;
}

function partsOf(id: string): { digits: string; rest: string | undefined } {
  const [digits = '', rest] = id.toLowerCase().replace(/^0x/, '').split('@', 2);
  return { digits, rest };
}
