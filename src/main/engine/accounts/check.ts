import type { AccountBalance, AccountLine } from '../../../shared/accounts.ts';
import type { BalancesAt } from '../market/market.ts';
import type { Opening, StoredCheck } from './entry.ts';
import { timeOf } from './time.ts';

export type Checked = StoredCheck;

/**
 * Opening balance and lines up to a block against what the chain says for that block. Only what moved the wallet since
 * the accounts began counts.
 */
export function checkOf({
  opening,
  chain,
  head,
  lines,
  last,
}: {
  opening: Opening;
  chain: BalancesAt;
  head: { readonly number: number; readonly timestamp: number };
  lines: readonly AccountLine[];
  last: StoredCheck | undefined;
}): Checked {
  const { number: block } = head;
  const at = timeOf(head.timestamp);
  const moved = lines.filter(
    (line) => !line.isBefore && line.kind !== 'slash' && line.block !== undefined && line.block <= block,
  );
  const own = moved.filter(({ kind }) => kind === 'gas');
  const tokens = moved.filter(({ kind }) => kind !== 'gas');
  return {
    at,
    block,
    tokens: balance(opening.tokens, tokens, chain.tokens, { at, last: last?.tokens }),
    gas: balance(opening.gas, own, chain.gas, { at, last: last?.gas }),
    otherTransactions: chain.transactions - opening.transactions - own.length,
  };
}

function balance(
  opening: bigint,
  lines: readonly AccountLine[],
  chain: bigint,
  { at, last }: { at: number; last: AccountBalance | undefined },
): StoredCheck['tokens'] {
  const sum = lines.reduce((total, { amount }) => total + amount, 0n);
  const difference = chain - (opening + sum);
  const since = difference === 0n ? undefined : (last?.since ?? at);
  return { opening, lines: sum, chain, difference, ...(since !== undefined && { since }) };
}
