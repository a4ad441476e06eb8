import { Button } from '@mantine/core';
import { useState } from 'react';
import { accountKinds, type AccountFilter, type AccountLine } from '../../../../shared/accounts.ts';
import { shortId } from '../../../../shared/units.ts';
import { useAccountLines } from '../../api/accounts.ts';
import { useChainNow, useToken } from '../../api/node.tsx';
import { CopyId } from '../../components/CopyId.tsx';
import { DataTable, type Column } from '../../components/DataTable.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Section } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { WordFilters } from '../../components/WordFilters.tsx';
import { plural, t } from '../../i18n/t.ts';
import { lineAmount, lineWords, monthName, type LineUnits } from '../../lib/earnings.ts';
import { exactTimeText, timeText } from '../../lib/format.ts';
import { hrefOf } from '../../lib/router.ts';
import css from './Earnings.module.css';

interface LineTableProps {
  readonly filter: AccountFilter;
  readonly setFilter: (filter: AccountFilter) => void;
}

/** Movement by movement, the newest first; more of them are asked for as it is scrolled. */
export function LineTable({ filter, setFilter }: LineTableProps) {
  const [wanted, setWanted] = useState(PAGE);
  const { value: page, failure } = useAccountLines(filter, wanted);
  const now = useChainNow();
  const units = useToken();
  const lines = page?.lines ?? [];
  const onRange = (_first: number, last: number) => {
    if (page && last + 20 > lines.length && lines.length < page.total && wanted <= lines.length)
      setWanted(lines.length + PAGE);
  };
  const title = page ? plural('earnings.linesOf', page.total) : t('earnings.lines');
  return (
    <Section title={title} aside={<Narrowed filter={filter} setFilter={setFilter} />}>
      <WordFilters
        label={t('earnings.kinds')}
        names={[undefined, ...accountKinds]}
        chosen={filter.kind}
        onChoose={(kind) => setFilter({ ...filter, kind })}
      >
        {(kind) => (kind === undefined ? t('earnings.allKinds') : t(`line.${kind}`))}
      </WordFilters>
      {failure && !page && <Failure what={t('earnings.failed')} error={failure} />}
      <div className={css['lines']}>
        {page ? (
          <DataTable
            label={t('earnings.lines')}
            isVirtual
            columns={columnsOf(units, now)}
            rows={lines}
            rowKey={({ id }) => id}
            onRange={onRange}
          />
        ) : (
          !failure && <Skeleton rows={8} />
        )}
        {page && lines.length === 0 && <p className="second">{t('earnings.noneFit')}</p>}
      </div>
    </Section>
  );
}

const PAGE = 200;

/** Which month or sale the lines are of, and back to all. */
function Narrowed({ filter, setFilter }: LineTableProps) {
  const { month, saleId, kind } = filter;
  if (month === undefined && saleId === undefined) return undefined;
  const what = month === undefined ? t('earnings.ofSale', { id: shortId(saleId ?? '') }) : monthName(month);
  return (
    <Button size="xs" variant="subtle" onClick={() => setFilter(kind ? { kind } : {})}>
      {t('earnings.showAll', { what })}
    </Button>
  );
}

const columnsOf = (units: LineUnits, now: number): Column<AccountLine>[] => [
  {
    key: 'at',
    head: t('earnings.time'),
    width: '104px',
    cell: ({ at }) => <time title={exactTimeText(at)}>{timeText(at, now)}</time>,
  },
  {
    key: 'kind',
    head: t('earnings.what'),
    width: 'minmax(150px, 1.4fr)',
    cell: (line) => (
      <>
        {line.saleId === undefined ? (
          lineWords(line)
        ) : (
          <a href={hrefOf('sales', line.saleId)} title={t('earnings.openSale')}>
            {lineWords(line)}
          </a>
        )}
        {line.isBefore && <span className="third"> {t('earnings.before')}</span>}
      </>
    ),
  },
  {
    key: 'sale',
    head: t('earnings.about'),
    width: 'minmax(0, 1fr)',
    isMinor: true,
    cell: ({ requestId, slotIndex, counterparty }) => {
      if (requestId !== undefined)
        return (
          <span title={requestId}>
            <span className="id">{shortId(requestId)}</span> · {slotIndex}
          </span>
        );
      if (counterparty !== undefined) return <CopyId id={counterparty} name={t('earnings.counterparty')} />;
      return <span className="third">–</span>;
    },
  },
  {
    key: 'amount',
    head: t('earnings.amount'),
    width: '150px',
    align: 'right',
    cell: (line) => {
      const { text, exact } = lineAmount(line, units);
      return (
        <span className={line.kind === 'slash' ? 'danger' : undefined} title={exact}>
          {text}
        </span>
      );
    },
  },
  {
    key: 'transaction',
    head: t('earnings.transaction'),
    width: '132px',
    align: 'right',
    cell: ({ transactionHash }) =>
      transactionHash === undefined ? (
        <span className="third">{t('earnings.noTransaction')}</span>
      ) : (
        <CopyId id={transactionHash} name={t('earnings.transactionHash')} />
      ),
  },
];
