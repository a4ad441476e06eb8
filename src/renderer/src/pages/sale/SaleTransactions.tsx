import type { AccountLine } from '../../../../shared/accounts.ts';
import type { SaleRow } from '../../../../shared/rows.ts';
import { useAccountLines } from '../../api/accounts.ts';
import { useChainNow, useToken } from '../../api/node.tsx';
import { CopyId } from '../../components/CopyId.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Section } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { plural, t } from '../../i18n/t.ts';
import { lineAmount, lineWords } from '../../lib/earnings.ts';
import { exactTimeText, timeText } from '../../lib/format.ts';
import css from './Sale.module.css';

const MOST = 1000;

/** What the sale moved and what its transactions cost, oldest first; the proofs are one line. */
export function SaleTransactions({ sale }: { sale: SaleRow }) {
  const { value: page, failure } = useAccountLines({ saleId: sale.id }, MOST);
  const now = useChainNow();
  const units = useToken();
  if (failure && !page) return <Failure what={t('earnings.failed')} error={failure} />;
  return (
    <Section title={t('sale.transactions')}>
      {!page && <Skeleton rows={3} height={26} />}
      {page?.lines.length === 0 && <p className="second">{t('sale.noTransactions')}</p>}
      <ul className={css['transactions']}>
        {page &&
          movesOf(page.lines).map(({ line, proofs }) => {
            const { text, exact } = lineAmount(line, units);
            return (
              <li key={line.id}>
                <span>{proofs > 1 ? plural('sale.proofTransactions', proofs) : lineWords(line)}</span>
                <time title={exactTimeText(line.at)}>
                  {proofs > 1 ? t('sale.lastAt', { time: timeText(line.at, now) }) : timeText(line.at, now)}
                </time>
                <span className={line.kind === 'slash' ? 'danger' : undefined} title={exact}>
                  {text}
                </span>
                {line.transactionHash !== undefined && proofs === 1 ? (
                  <CopyId id={line.transactionHash} name={t('earnings.transactionHash')} />
                ) : (
                  <span />
                )}
              </li>
            );
          })}
      </ul>
    </Section>
  );
}

interface Move {
  readonly line: AccountLine;
  /** How many proofs it stands for; 1 for whatever is none. */
  readonly proofs: number;
}

/** Oldest first from newest first; the gas of all proofs that went well is summed where the last of them was. */
export function movesOf(newestFirst: readonly AccountLine[]): Move[] {
  const proofs = newestFirst.filter(isProof);
  const amount = proofs.reduce((sum, line) => sum + line.amount, 0n);
  const [last] = proofs;
  return newestFirst
    .filter((line) => line === last || !isProof(line))
    .map((line) =>
      line === last ? { line: { ...line, amount }, proofs: proofs.length } : { line, proofs: 1 },
    )
    .reverse();
}

const isProof = ({ kind, purpose, isFailed }: AccountLine) =>
  kind === 'gas' && purpose === 'prove' && isFailed !== true;
