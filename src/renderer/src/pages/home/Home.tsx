import { Button } from '@mantine/core';
import { bytesText, tokensText } from '../../../../shared/units.ts';
import { useChainNow, useFolded, useIsLoading, useOnly, useTable, useToken } from '../../api/node.tsx';
import { ActivityList } from '../../components/ActivityList.tsx';
import { CapacityBar } from '../../components/CapacityBar.tsx';
import { EarningsChart } from '../../components/EarningsChart.tsx';
import { Page, Section } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { StatusMark, StatusShape } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { wholeUnit } from '../../lib/format.ts';
import { hrefOf } from '../../lib/router.ts';
import { missedSales } from '../../lib/salefolds.ts';
import { useStatus } from '../../lib/status.ts';
import { todosOf, type Todo } from '../../lib/todo.ts';
import { FirstSale } from './FirstSale.tsx';
import css from './Home.module.css';
import { HomeFigures } from './HomeFigures.tsx';
import { Offline } from './Offline.tsx';
import { Tour } from './Tour.tsx';

/** Answers in three seconds: what it does, what it earns, what it may lose, what is to do. */
export function Home() {
  const { sentence } = useStatus();
  const { symbol } = useToken();
  return (
    <Page title={sentence}>
      <Tour />
      <HomeFigures />
      <FirstSale />
      <Todos />
      <Offline />
      <Disk />
      <div className={css['columns']}>
        <EarningsChart
          title={t('home.earnings', { symbol })}
          step="day"
          aside={<a href={hrefOf('earnings')}>{t('home.allEarnings')}</a>}
        />
        <Newest />
      </div>
    </Page>
  );
}

function Todos() {
  const isLoading = useIsLoading();
  const offers = useTable('availabilities');
  const { rows: sales } = useFolded(missedSales);
  const wallet = useOnly('wallet');
  const storage = useOnly('storage');
  const token = useToken();
  const now = useChainNow();
  const todos = todosOf({ wallet, storage, offers: [...offers.values()], sales, now, token });
  return (
    <Section title={t('home.todo')}>
      {isLoading ? <Skeleton rows={1} height={60} /> : <TodoList todos={todos} />}
    </Section>
  );
}

function TodoList({ todos }: { todos: readonly Todo[] }) {
  if (todos.length === 0) {
    return (
      <p className={css['nothing']}>
        <StatusMark shape="passed">{t('home.nothingToDo')}</StatusMark>
      </p>
    );
  }
  return (
    <ul className={css['todos']}>
      {todos.map((todo, index) => (
        <TodoRow key={todo.key} todo={todo} isFirst={index === 0} />
      ))}
    </ul>
  );
}

function TodoRow({ todo: { shape, what, why, amount, action }, isFirst }: { todo: Todo; isFirst: boolean }) {
  const { symbol, decimals } = useToken();
  return (
    <li className={css['todo']}>
      <StatusShape shape={shape} size={16} />
      <div className={css['words']}>
        <p className="strong">{what}</p>
        <p className="second">{why}</p>
      </div>
      {amount && (
        <div className={css['amount']}>
          <p className={amount.isStake ? 'strong danger' : 'strong'}>
            {tokensText(amount.tokens, decimals)} {symbol}
          </p>
          <p className="small third">{amount.note}</p>
        </div>
      )}
      {action && (
        <Button
          component="a"
          href={action.href}
          variant={isFirst ? 'filled' : 'default'}
          className={css['button'] ?? ''}
        >
          {action.label}
        </Button>
      )}
    </li>
  );
}

function Disk() {
  const storage = useOnly('storage');
  const aside = storage && (
    <span className="second">
      {t('home.diskLine', {
        folder: storage.folder,
        total: bytesText(storage.diskTotalBytes, wholeUnit(storage.diskTotalBytes)),
        quota: bytesText(storage.quotaBytes),
        free: bytesText(quotaLeft(storage)),
      })}
    </span>
  );
  return (
    <Section title={t('home.disk')} aside={aside}>
      {storage ? <CapacityBar storage={storage} /> : <Skeleton rows={2} />}
    </Section>
  );
}

function quotaLeft({
  quotaBytes,
  usedBytes,
  reservedBytes,
}: {
  quotaBytes: bigint;
  usedBytes: bigint;
  reservedBytes: bigint;
}) {
  const left = quotaBytes - usedBytes - reservedBytes;
  return left < 0n ? 0n : left;
}

function Newest() {
  const isLoading = useIsLoading();
  return (
    <Section title={t('home.newest')} aside={<a href={hrefOf('activity')}>{t('home.allActivity')}</a>}>
      {isLoading ? <Skeleton rows={4} /> : <ActivityList limit={7} />}
    </Section>
  );
}
