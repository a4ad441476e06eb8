import { Button } from '@mantine/core';
import { useState } from 'react';
import { useIsLoading, useOnly, useTable, useToken } from '../../api/node.tsx';
import { Page } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import { partOfText } from '../../lib/format.ts';
import css from './Offers.module.css';
import { OfferForm } from './OfferForm.tsx';
import { OfferTable } from './OfferTable.tsx';

/** The offers above, the form for a new one below them, not over them. */
export function Offers() {
  const offers = useTable('availabilities');
  const isLoading = useIsLoading();
  const [isAsked, setAsked] = useState(false);
  const [created, setCreated] = useState('');
  const isOpen = isAsked || (!isLoading && offers.size === 0);
  return (
    <Page
      title={t('offers.title')}
      line={<OfferedLine />}
      actions={!isOpen && <Button onClick={() => setAsked(true)}>{t('offers.new')}</Button>}
    >
      <OfferTable />
      <output className={css['created']}>{created}</output>
      {isOpen && (
        <OfferForm
          canCancel={offers.size > 0}
          onDone={(message) => {
            setAsked(false);
            setCreated(message);
          }}
        />
      )}
    </Page>
  );
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
