import { Button } from '@mantine/core';
import { useState } from 'react';
import { errorText } from '../../../../shared/errors.ts';
import { useConnection, useIsLoading, useOnly, useTable, useToken } from '../../api/node.tsx';
import { Page } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import { partOfText } from '../../lib/format.ts';
import { goTo } from '../../lib/router.ts';
import { shownError } from '../../lib/shownerror.ts';
import css from './Offers.module.css';
import { OfferForm } from './OfferForm.tsx';
import { OfferTable } from './OfferTable.tsx';

/** The offers above, the form for a new one or for the chosen one below them, not over them. */
export function Offers({ id }: { id: string | undefined }) {
  const offers = useTable('availabilities');
  const isLoading = useIsLoading();
  const [done, setDone] = useState('');
  const edited = id === undefined ? undefined : offers.get(id);
  const isNew = id === NEW || (!isLoading && offers.size === 0);
  return (
    <Page
      title={t('offers.title')}
      line={<OfferedLine />}
      actions={
        <div className={css['actions']}>
          <PauseAll onDone={setDone} />
          {!isNew && !edited && <Button onClick={() => goTo('offers', NEW)}>{t('offers.new')}</Button>}
        </div>
      }
    >
      <OfferTable chosen={edited?.id} onEdit={(offer) => goTo('offers', offer.id)} />
      <output className={css['created']}>{done}</output>
      {(isNew || edited) && (
        <OfferForm
          key={edited?.id ?? 'new'}
          offer={edited}
          canCancel={offers.size > 0}
          onDone={(message) => {
            goTo('offers');
            setDone(message);
          }}
        />
      )}
    </Page>
  );
}

/** In the place of an offer's id: one that is not there yet. */
const NEW = 'new';

/** Takes nothing new until they are resumed; what is sold goes on. */
function PauseAll({ onDone }: { onDone: (message: string) => void }) {
  const { client } = useConnection();
  const [isSending, setSending] = useState(false);
  const active = [...useTable('availabilities').values()].filter(({ state }) => state === 'active');
  if (active.length < 2) return undefined;
  return (
    <Button variant="default" loading={isSending} onClick={send}>
      {t('offers.pauseAll')}
    </Button>
  );

  function send(): void {
    setSending(true);
    Promise.all(active.map(({ id }) => client.setAvailabilityEnabled({ id, enabled: false })))
      .then(
        () => onDone(t('offers.pausedAll')),
        (error: unknown) => onDone(`${t('offers.switchFailed')} ${errorText(shownError(error))}`),
      )
      .finally(() => setSending(false));
  }
}

function OfferedLine() {
  const offers = useTable('availabilities');
  const storage = useOnly('storage');
  const { symbol } = useToken();
  const offered = [...offers.values()]
    .filter(({ state }) => state !== 'ended')
    .reduce((sum, { totalBytes }) => sum + totalBytes, 0n);
  if (!storage) return t('offers.unit', { symbol });
  return t('offers.line', { ...partOfText(offered, storage.quotaBytes), symbol });
}
