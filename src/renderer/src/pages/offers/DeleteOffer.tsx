import { Button } from '@mantine/core';
import { useState } from 'react';
import type { AvailabilityRow } from '../../../../shared/rows.ts';
import { bytesText } from '../../../../shared/units.ts';
import { useConnection, useTable } from '../../api/node.tsx';
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
  const sales = useTable('sales');
  const free = bytesText(offer.freeBytes);
  if (offer.slots === 0) return <p>{t('offers.deleteEmpty', { free })}</p>;
  const last = Math.max(
    0,
    ...[...sales.values()]
      .filter(({ availabilityId, endedAt }) => availabilityId === offer.id && endedAt === undefined)
      .map(({ requestEndsAt }) => requestEndsAt ?? 0),
  );
  return (
    <>
      <p>{plural('offers.deleteRunning', offer.slots)}</p>
      {last > 0 && <p>{t('offers.deleteLast', { day: dayText(last) })}</p>}
      <p>{t('offers.deleteFree', { free })}</p>
    </>
  );
}
