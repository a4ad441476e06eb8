import { Menu, Button, TextInput } from '@mantine/core';
import { memo } from 'react';
import { useFolded } from '../../api/node.tsx';
import { countText } from '../../../../shared/units.ts';
import { DownIcon, SearchIcon } from '../../components/icons.tsx';
import { WordFilters } from '../../components/WordFilters.tsx';
import { useLanguage } from '../../i18n/language.ts';
import { t } from '../../i18n/t.ts';
import { saleCounts } from '../../lib/salefolds.ts';
import { saleFilters, type SaleFilter } from '../../lib/salewords.ts';
import { spanNames, type SpanName } from '../../lib/timeline.ts';
import { quietMenu } from '../../theme/mantine.ts';
import css from './Sales.module.css';

interface SalesToolsProps {
  readonly filter: SaleFilter;
  readonly setFilter: (filter: SaleFilter) => void;
  readonly search: string;
  readonly setSearch: (search: string) => void;
  readonly span: SpanName;
  readonly setSpan: (span: SpanName) => void;
}

/** Filters as words with counts, search by id, and how much time the bars span. */
export function SalesTools({ filter, setFilter, search, setSearch, span, setSpan }: SalesToolsProps) {
  return (
    <div className={css['tools']}>
      <Filters filter={filter} setFilter={setFilter} />
      <Search search={search} setSearch={setSearch} />
      <Span span={span} setSpan={setSpan} />
    </div>
  );
}

// Each is drawn only when its own choice changes, so that a filter or a letter costs no menu.

const Filters = memo(function Filters({ filter, setFilter }: Pick<SalesToolsProps, 'filter' | 'setFilter'>) {
  useLanguage();
  const counts = useFolded(saleCounts);
  return (
    <WordFilters label={t('sales.filters')} names={saleFilters} chosen={filter} onChoose={setFilter}>
      {(name) => (
        <>
          {t(`filter.${name}`)} <span>{countText(counts[name])}</span>
        </>
      )}
    </WordFilters>
  );
});

const Search = memo(function Search({ search, setSearch }: Pick<SalesToolsProps, 'search' | 'setSearch'>) {
  useLanguage();
  return (
    <TextInput
      className={css['search'] ?? ''}
      type="search"
      aria-label={t('sales.search')}
      placeholder={t('sales.search')}
      leftSection={<SearchIcon />}
      value={search}
      onChange={(event) => setSearch(event.currentTarget.value)}
    />
  );
});

const Span = memo(function Span({ span, setSpan }: Pick<SalesToolsProps, 'span' | 'setSpan'>) {
  useLanguage();
  return (
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
  );
});
