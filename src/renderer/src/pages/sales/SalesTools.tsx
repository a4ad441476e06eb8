import { Menu, Button, TextInput } from '@mantine/core';
import type { SaleRow } from '../../../../shared/rows.ts';
import { countText } from '../../../../shared/units.ts';
import { DownIcon, SearchIcon } from '../../components/icons.tsx';
import { WordFilters } from '../../components/WordFilters.tsx';
import { t } from '../../i18n/t.ts';
import { fitsFilter, saleFilters, type SaleFilter } from '../../lib/salewords.ts';
import { spanNames, type SpanName } from '../../lib/timeline.ts';
import { quietMenu } from '../../theme/mantine.ts';
import css from './Sales.module.css';

interface SalesToolsProps {
  readonly sales: readonly SaleRow[];
  readonly filter: SaleFilter;
  readonly setFilter: (filter: SaleFilter) => void;
  readonly search: string;
  readonly setSearch: (search: string) => void;
  readonly span: SpanName;
  readonly setSpan: (span: SpanName) => void;
}

/** Filters as words with counts, search by id, and how much time the bars span. */
export function SalesTools({ sales, filter, setFilter, search, setSearch, span, setSpan }: SalesToolsProps) {
  return (
    <div className={css['tools']}>
      <WordFilters label={t('sales.filters')} names={saleFilters} chosen={filter} onChoose={setFilter}>
        {(name) => (
          <>
            {t(`filter.${name}`)}{' '}
            <span>{countText(sales.filter((sale) => fitsFilter(sale, name)).length)}</span>
          </>
        )}
      </WordFilters>
      <TextInput
        className={css['search'] ?? ''}
        type="search"
        aria-label={t('sales.search')}
        placeholder={t('sales.search')}
        leftSection={<SearchIcon />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Menu {...quietMenu}>
        <Menu.Target>
          <Button
            variant="default"
            rightSection={<DownIcon />}
            aria-label={t('sales.span', { span: t(`span.${span}`) })}
          >
            {t(`span.${span}`)}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {spanNames.map((name) => (
            <Menu.Item key={name} onClick={() => setSpan(name)} aria-current={name === span || undefined}>
              {t(`span.${name}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
