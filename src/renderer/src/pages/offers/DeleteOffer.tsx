import { Button } from '@mantine/core';
import { useState } from 'react';
import type { AvailabilityRow, SaleRow } from '../../../../shared/rows.ts';
import { bytesText } from '../../../../shared/units.ts';
import { useConnection } from '../../api/node.tsx';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Failure } from '../../components/Failure.tsx';
import { plural, t } from '../../i18n/t.ts';
import { dayText } from '../../lib/format.ts';
import { shownError } from '../../lib/shownerror.ts';
import css from './Offers.module.css';

interface DeleteOfferProps {
  readonly offer: AvailabilityRow;
  readonly onDone: (message: string) => void;
}

/** Takes an offer back. With slots in it it winds down: they run to their end, and nothing new is taken. */
export function DeleteOffer({ offer, onDone }: DeleteOfferProps) {
  const { client } = useConnection();
  const [isAsking, setAsking] = useState(false);
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<ReturnType<typeof shownError>>();
  return (
    <>
      <Button className={css['delete']} variant="default" color="danger" onClick={() => setAsking(true)}>
        {t('offers.delete')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t('offers.deleteTitle', { name: offer.name })}
          action={offer.slots > 0 ? t('offers.windDown') : t('offers.delete')}
          isSending={isSending}
          onConfirm={send}
          onCancel={() => setAsking(false)}
        >
          <WhatFollows offer={offer} />
          {failure && <Failure what={t('offers.deleteFailed')} error={failure} />}
        </ConfirmDialog>
      )}
    </>
  );

  function send(): void {
    setSending(true);
    setFailure(undefined);
    client
      .deleteAvailability({ id: offer.id })
      .then(
        ({ state }) =>
          onDone(t(state === 'deleted' ? 'offers.deletedNow' : 'offers.windsDown', { name: offer.name })),
        (error: unknown) => setFailure(shownError(error)),
      )
      .finally(() => setSending(false));
  }
}

function WhatFollows({ offer }: { offer: AvailabilityRow }) {
  const { live } = useConnection();
  // As it is when it is asked: the last day changes with no row that is already there.
  const [last] = useState(() => lastEnd(offer, live.table('sales').getSnapshot().values()));
  const free = bytesText(offer.freeBytes);
  if (offer.slots === 0) return <p>{t('offers.deleteEmpty', { free })}</p>;
  return (
    <>
      <p>{plural('offers.deleteRunning', offer.slots)}</p>
      {last > 0 && <p>{t('offers.deleteLast', { day: dayText(last) })}</p>}
      <p>{t('offers.deleteFree', { free })}</p>
    </>
  );
}

/** When the last of its running sales ends, Unix seconds; 0 when none says. */
function lastEnd(offer: AvailabilityRow, sales: Iterable<SaleRow>): number {
  let last = 0;
  for (const { availabilityId, endedAt, requestEndsAt = 0 } of sales)
    if (availabilityId === offer.id && endedAt === undefined) last = Math.max(last, requestEndsAt);
  return last;
}
