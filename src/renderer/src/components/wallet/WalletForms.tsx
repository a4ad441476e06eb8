import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { t } from '../../i18n/t.ts';
import { CopyId } from '../CopyId.tsx';
import { Failure } from '../Failure.tsx';
import { Skeleton } from '../Skeleton.tsx';
import { StatusMark } from '../StatusMark.tsx';
import { CreateWallet } from './CreateWallet.tsx';
import { ImportWallet } from './ImportWallet.tsx';
import { Unattended } from './Unattended.tsx';
import { useWalletStatus } from './usewalletstatus.ts';
import css from './Wallet.module.css';

/** The key that sells: made or imported where there is none, else what there is and how it is unlocked. */
export function WalletForms() {
  const { value: status, failure, again } = useWalletStatus();
  if (failure) return <Failure what={t('wallet.unreadable')} error={failure} />;
  if (!status) return <Skeleton rows={3} />;
  if (status.state === 'none') return <NewWallet onDone={again} />;
  return (
    <>
      <p className={css['known']}>
        <StatusMark shape="passed">
          {t(status.state === 'locked' ? 'wallet.isLocked' : 'wallet.isUnlocked')}
        </StatusMark>
        {status.address !== undefined && <CopyId id={status.address} name={t('settings.wallet')} isWhole />}
      </p>
      {status.failure && <Failure what={t('unlock.unattendedFailed')} error={status.failure} />}
      <Unattended heading="h2" unattended={status.unattended} keyStore={status.keyStore} onDone={again} />
    </>
  );
}

const ways = ['create', 'import'] as const;
type Way = (typeof ways)[number];

function NewWallet({ onDone }: { onDone: () => void }) {
  const [way, setWay] = useState<Way>('create');
  return (
    <>
      <SegmentedControl
        aria-label={t('wallet.way')}
        value={way}
        onChange={(value) => setWay(value as Way)}
        data={ways.map((value) => ({ value, label: t(`wallet.way.${value}`) }))}
      />
      {way === 'create' ? <CreateWallet onDone={onDone} /> : <ImportWallet onDone={onDone} />}
    </>
  );
}
