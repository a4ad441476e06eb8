import { useState } from 'react';
import type { AvailabilityRow } from '../../../../shared/rows.ts';
import { countText, durationText, exactPricePerGbMonth } from '../../../../shared/units.ts';
import { useAnswer } from '../../api/answer.ts';
import { useChainNow, useConnection, useIsLoading, useOnly, useTable, useToken } from '../../api/node.tsx';
import { FillBar } from '../../components/CapacityBar.tsx';
import { DataTable, type Column } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { StatusMark, type Shape } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { shownError } from '../../lib/shownerror.ts';
import { dayText, partOfText, shortPrice } from '../../lib/format.ts';
import { matchedSince, type Matched } from '../../lib/matched.ts';
import css from './Offers.module.css';

interface OfferTableProps {
  /** The offer that is edited. */
  readonly chosen: string | undefined;
  readonly onEdit: (offer: AvailabilityRow) => void;
}

/** Every offer with how full it is, what it matched lately, and Pause or Resume, and Edit. */
export function OfferTable({ chosen, onEdit }: OfferTableProps) {
  const offers = useTable('availabilities');
  const isLoading = useIsLoading();
  const { decimals } = useToken();
  const { setEnabled, failure } = useSetEnabled();
  const matched = useMatched();
  const rows = [...offers.values()].sort((a, b) => a.createdAtMs - b.createdAtMs);
  if (!isLoading && rows.length === 0) {
    return <EmptyState what={t('offers.empty')} first={t('offers.emptyFirst')} />;
  }
  return (
    <div className={css['table']}>
      <DataTable
        label={t('offers.title')}
        columns={columnsOf(decimals, matched, { setEnabled, onEdit })}
        rows={rows}
        rowKey={({ id }) => id}
        rowHeight={52}
        isChosen={({ id }) => id === chosen}
      />
      {isLoading && <Skeleton rows={3} height={52} />}
      {failure && <Failure what={t('offers.switchFailed')} error={failure} />}
    </div>
  );
}

type SetEnabled = (offer: AvailabilityRow, enabled: boolean) => void;

function useSetEnabled() {
  const { client } = useConnection();
  const [failure, setFailure] = useState<ReturnType<typeof shownError>>();
  const setEnabled: SetEnabled = ({ id }, enabled) => {
    setFailure(undefined);
    client.setAvailabilityEnabled({ id, enabled }).catch((error: unknown) => setFailure(shownError(error)));
  };
  return { setEnabled, failure };
}

/** Asks once a minute of chain time or so; the report is of the last requests that the node kept. */
function useMatched(): Matched | undefined {
  const { client } = useConnection();
  const isRunning = useOnly('node')?.state === 'running';
  const now = Math.floor(useChainNow() / MATCHED_EVERY_SECONDS) * MATCHED_EVERY_SECONDS;
  const { value } = useAnswer(
    async ({ now }: { now: number }) => matchedSince(await client.whyNot({ limit: 1000 }), now - DAY_SECONDS),
    isRunning ? { now } : undefined,
  );
  return value;
}

const MATCHED_EVERY_SECONDS = 300;
const DAY_SECONDS = 86_400;

interface Actions {
  readonly setEnabled: SetEnabled;
  readonly onEdit: (offer: AvailabilityRow) => void;
}

const columnsOf = (
  decimals: number,
  matched: Matched | undefined,
  actions: Actions,
): Column<AvailabilityRow>[] => [
  {
    key: 'name',
    head: t('offers.name'),
    width: 'minmax(100px, 1fr)',
    cell: ({ name, until }) => (
      <>
        <div className={css['name']} title={name}>
          {name}
        </div>
        <div className="small third">
          {until === 0 ? t('offers.noEnd') : t('offers.until', { day: dayText(until) })}
        </div>
      </>
    ),
  },
  {
    key: 'state',
    head: t('offers.state'),
    width: '96px',
    cell: ({ state }) => <StatusMark shape={shapes[state]}>{t(`offers.${state}`)}</StatusMark>,
  },
  {
    key: 'fill',
    isMinor: true,
    head: t('offers.fill'),
    width: 'minmax(40px, 84px)',
    cell: ({ soldBytes, downloadingBytes, freeBytes }) => (
      <FillBar sold={soldBytes} downloading={downloadingBytes} free={freeBytes} />
    ),
  },
  { key: 'used', head: t('offers.used'), width: 'minmax(152px, 1fr)', align: 'right', cell: usedText },
  {
    key: 'price',
    head: t('offers.price'),
    width: '84px',
    align: 'right',
    cell: ({ minPricePerBytePerSecond: price }) => (
      <span title={exactPricePerGbMonth(price, decimals)}>{shortPrice(price, decimals)}</span>
    ),
  },
  {
    key: 'longest',
    head: t('offers.atMost'),
    width: '60px',
    align: 'right',
    cell: ({ durationSeconds }) => durationText(durationSeconds),
  },
  {
    key: 'slots',
    isMinor: true,
    head: t('offers.slots'),
    width: '48px',
    align: 'right',
    cell: ({ slots }) => <span className={slots === 0 ? 'third' : ''}>{slots}</span>,
  },
  {
    key: 'matched',
    isMinor: true,
    head: t('offers.matched'),
    width: '84px',
    align: 'right',
    cell: (offer) => matchedText(offer, matched),
  },
  {
    key: 'actions',
    head: <span className="unseen">{t('offers.actions')}</span>,
    width: '144px',
    align: 'right',
    cell: (offer) => (
      <div className={css['rowActions']}>
        <Switch offer={offer} setEnabled={actions.setEnabled} />
        {(offer.state === 'active' || offer.state === 'paused' || offer.state === 'ended') && (
          <button
            type="button"
            className={css['quiet']}
            aria-label={t('offers.switch', { word: t('offers.edit'), name: offer.name })}
            onClick={() => actions.onEdit(offer)}
          >
            {t('offers.edit')}
          </button>
        )}
      </div>
    ),
  },
];

function Switch({ offer, setEnabled }: { offer: AvailabilityRow; setEnabled: SetEnabled }) {
  if (offer.state === 'ended') return undefined;
  if (offer.state === 'windingDown') return <span className="third">{t('offers.deleted')}</span>;
  const isActive = offer.state === 'active';
  const word = isActive ? t('offers.pause') : t('offers.resume');
  return (
    <button
      type="button"
      className={css['quiet']}
      aria-label={t('offers.switch', { word, name: offer.name })}
      onClick={() => setEnabled(offer, !isActive)}
    >
      {word}
    </button>
  );
}

const shapes: Readonly<Record<AvailabilityRow['state'], Shape>> = {
  active: 'selling',
  paused: 'paused',
  ended: 'ended',
  windingDown: 'windingDown',
};

function matchedText({ id, state }: AvailabilityRow, matched: Matched | undefined) {
  if (state === 'ended' || state === 'windingDown')
    return <span className="third">{t('offers.closed')}</span>;
  if (!matched) return <span className="third">{t('unknown')}</span>;
  const part = countText(matched.byOffer.get(id) ?? 0);
  return t('offers.matchedOf', { part, whole: countText(matched.requests) });
}

function usedText({ totalBytes, freeBytes }: AvailabilityRow): string {
  return t('offers.usedOf', partOfText(totalBytes - freeBytes, totalBytes));
}
