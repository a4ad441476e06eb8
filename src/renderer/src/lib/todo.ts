import { errorMessage } from '../../../shared/errors.ts';
import type { AvailabilityRow, SaleRow, StorageRow, WalletRow } from '../../../shared/rows.ts';
import { gasText, shortId, tokensText } from '../../../shared/units.ts';
import { plural, t } from '../i18n/t.ts';
import type { Shape } from '../components/StatusMark.tsx';
import { tokensShort } from './offerdraft.ts';
import { hrefOf } from './router.ts';
import { atRisk } from './salemoney.ts';
import { isSelling } from './salewords.ts';

/** One thing a person should do: what, why, how much money, and where. */
export interface Todo {
  readonly key: string;
  readonly shape: Shape;
  readonly what: string;
  readonly why: string;
  readonly amount?: { readonly tokens: bigint; readonly note: string; readonly isStake?: boolean };
  readonly action?: { readonly label: string; readonly href: string };
}

export interface TodoFacts {
  readonly wallet: WalletRow | undefined;
  readonly storage?: StorageRow | undefined;
  readonly offers: readonly AvailabilityRow[];
  readonly sales: Iterable<SaleRow>;
  readonly now: number;
  readonly token: { readonly symbol: string; readonly decimals: number };
}

/** At most three, what costs money first. */
export function todosOf(facts: TodoFacts): Todo[] {
  const found: Todo[] = [];
  for (const look of [diskFault, missedProofs, lowGas, shortTokens, noOffer]) {
    for (const todo of look(facts)) {
      found.push(todo);
      // No sentence is made for what is not shown: thousands of sales may have missed a proof.
      if (found.length === MOST_SHOWN) return found;
    }
  }
  return found;
}

const MOST_SHOWN = 3;

/** Below this a wallet does not last long; every proof is a transaction. wei */
export const LOW_GAS = 1_000_000_000_000_000n;

function* diskFault({ storage }: TodoFacts): Iterable<Todo> {
  if (!storage?.fault) return;
  const what = storage.fault.code === 'DISK_FULL' ? t('todo.diskFull') : t('todo.diskFault');
  yield { key: 'disk', shape: 'danger', what, why: errorMessage(storage.fault) };
}

function* missedProofs({ sales, now }: TodoFacts): Iterable<Todo> {
  for (const sale of sales) {
    if (!isSelling(sale) || sale.proofs.missed === 0) continue;
    yield {
      key: sale.id,
      shape: 'attention',
      what: t('todo.missed', {
        proofs: plural('sale.missed', sale.proofs.missed),
        id: shortId(sale.requestId),
      }),
      why: t('todo.missedWhy'),
      amount: { tokens: atRisk(sale, now), note: t('todo.atStake'), isStake: true },
      action: { label: t('todo.openSale'), href: hrefOf('sales', sale.id) },
    };
  }
}

function* lowGas({ wallet }: TodoFacts): Iterable<Todo> {
  if (!wallet || wallet.gas >= LOW_GAS) return;
  yield {
    key: 'gas',
    shape: 'attention',
    what: t('todo.gas'),
    why: t('todo.gasWhy', { gas: gasText(wallet.gas) }),
  };
}

function* shortTokens({ wallet, offers, token }: TodoFacts): Iterable<Todo> {
  if (!wallet) return;
  const { short, promised } = tokensShort(0n, offers, wallet);
  if (short === 0n) return;
  const text = (amount: bigint) => `${tokensText(amount, token.decimals)} ${token.symbol}`;
  yield {
    key: 'tokens',
    shape: 'info',
    what: t('todo.tokens', { amount: text(short) }),
    why: t('todo.tokensWhy', { held: text(wallet.tokens), promised: text(promised) }),
    amount: { tokens: short, note: t('todo.missing') },
    action: { label: t('todo.seeOffers'), href: hrefOf('offers') },
  };
}

function* noOffer({ offers }: TodoFacts): Iterable<Todo> {
  if (offers.some(({ state }) => state === 'active')) return;
  const isFirst = offers.length === 0;
  yield {
    key: 'offer',
    shape: 'info',
    what: isFirst ? t('todo.firstOffer') : t('todo.paused'),
    why: isFirst ? t('todo.firstOfferWhy') : t('todo.pausedWhy'),
    action: { label: isFirst ? t('offers.create') : t('todo.seeOffers'), href: hrefOf('offers') },
  };
}
