import type { AvailabilityRow, QueueRow, StorageRow, WalletRow } from '../../../../shared/rows.ts';
import { bytesText, gasText, tokensText } from '../../../../shared/units.ts';
import { useFolded, useOnly, useTable, useToken } from '../../api/node.tsx';
import type { Shape } from '../../components/StatusMark.tsx';
import { plural, t } from '../../i18n/t.ts';
import { limitsOf, tokensShort, wouldFit, type Offer } from '../../lib/offerdraft.ts';
import { gasSpent } from '../../lib/salefolds.ts';
import { LOW_GAS } from '../../lib/todo.ts';

/** Something to look at before an offer is made. An amber one never blocks; a red one does, and says why. */
export interface Check {
  readonly name: 'queue' | 'disk' | 'quota' | 'tokens' | 'gas';
  readonly shape: Extract<Shape, 'passed' | 'attention' | 'danger' | 'waiting' | 'info'>;
  readonly text: string;
}

export function useOfferChecks(values: Partial<Offer>, edited?: AvailabilityRow): Check[] {
  const { totalBytes, totalCollateral = 0n } = values;
  const queue = useTable('queue');
  const storage = useOnly('storage');
  const wallet = useOnly('wallet');
  const offers = useTable('availabilities');
  const spent = useFolded(gasSpent);
  const { symbol, decimals } = useToken();
  return [
    queueCheck([...queue.values()], values),
    ...spaceChecks(storage, totalBytes, edited),
    tokensCheck(),
    wallet ? gasCheck(wallet, spent) : unknown('gas'),
  ];

  function tokensCheck(): Check {
    if (!wallet) return unknown('tokens');
    const others = [...offers.values()].filter(({ id }) => id !== edited?.id);
    // What is in sales has left the wallet already.
    const tied = edited ? edited.totalCollateral - edited.remainingCollateral : 0n;
    const free = totalCollateral > tied ? totalCollateral - tied : 0n;
    const { short, promised } = tokensShort(free, others, wallet);
    const text = (amount: bigint) => `${tokensText(amount, decimals)} ${symbol}`;
    return short > 0n
      ? {
          name: 'tokens',
          shape: 'attention',
          text: t('check.tokensShort', { short: text(short), promised: text(promised) }),
        }
      : {
          name: 'tokens',
          shape: 'passed',
          text: t('check.tokensEnough', { held: text(wallet.tokens), promised: text(promised) }),
        };
  }
}

/** How many of the slots that wait now the offer would take: the market as it is, not a promise. */
function queueCheck(queue: readonly QueueRow[], values: Partial<Offer>): Check {
  if (queue.length === 0) return { name: 'queue', shape: 'info', text: t('check.noneWaits') };
  if (!isFilledIn(values)) return { name: 'queue', shape: 'info', text: t('check.fillIn') };
  const count = queue.filter((slot) => wouldFit(values, slot)).length;
  const text = t('check.matches', { count, all: queue.length });
  return { name: 'queue', shape: count > 0 ? 'passed' : 'attention', text };
}

const isFilledIn = ({
  totalBytes,
  minPricePerBytePerSecond,
  durationSeconds,
  totalCollateral,
}: Partial<Offer>) =>
  [totalBytes, minPricePerBytePerSecond, durationSeconds, totalCollateral].every(
    (value) => value !== undefined,
  );

function spaceChecks(
  storage: StorageRow | undefined,
  bytes: bigint | undefined,
  edited: AvailabilityRow | undefined,
): Check[] {
  const limits = limitsOf(storage, edited);
  if (!storage || !limits) return [unknown('disk'), unknown('quota')];
  const { quotaLeft, diskLeft } = limits;
  const needed = bytes ?? 0n;
  const left = bytesText(diskLeft);
  return [
    {
      name: 'disk',
      shape: needed > diskLeft ? 'danger' : 'passed',
      text:
        bytes === undefined
          ? t('check.diskFree', { left })
          : t('check.diskLeft', { left, needed: bytesText(bytes) }),
    },
    {
      name: 'quota',
      shape: needed > quotaLeft ? 'danger' : 'passed',
      text: t('check.quotaLeft', { left: bytesText(quotaLeft), quota: bytesText(storage.quotaBytes) }),
    },
  ];
}

/** How many sales the gas lasts for, judged by what sales have cost here so far. */
function gasCheck({ gas }: WalletRow, { sales, wei }: { sales: number; wei: bigint }): Check {
  const amount = `${gasText(gas)} ETH`;
  const lasts = wei > 0n ? plural('check.sales', Number((gas * BigInt(sales)) / wei)) : undefined;
  if (gas < LOW_GAS) return { name: 'gas', shape: 'attention', text: t('check.gasLow', { amount }) };
  return {
    name: 'gas',
    shape: 'passed',
    text: lasts === undefined ? amount : t('check.gasLasts', { amount, lasts }),
  };
}

const unknown = (name: Check['name']): Check => ({ name, shape: 'waiting', text: t('unknown') });
