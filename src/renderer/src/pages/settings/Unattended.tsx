import { Button, SegmentedControl } from '@mantine/core';
import { useEffect, useState, type FormEvent } from 'react';
import type { KeyStoreState, WalletStatus } from '../../../../shared/wallet.ts';
import { useConnection } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Field } from '../../components/Field.tsx';
import { t } from '../../i18n/t.ts';
import { shownError } from '../../lib/shownerror.ts';
import { PassphraseField } from './PassphraseForms.tsx';
import css from './Settings.module.css';
import { useSending } from './useSending.ts';

const ways = ['none', 'keyStore', 'keyFile'] as const;
type Way = (typeof ways)[number];

/** How the wallet is unlocked when nobody is there, with what that protects from and what it opens. */
export function Unattended({ now }: { now: WalletStatus['unattended'] }) {
  const { client } = useConnection();
  const keyStore = useKeyStore();
  const { run, failure, forget, isSending } = useSending();
  const [chosen, setChosen] = useState<Way>();
  const [passphrase, setPassphrase] = useState('');
  const [path, setPath] = useState('');
  const [said, setSaid] = useState('');
  const way = chosen ?? (now === 'environment' ? 'none' : now);
  const isWhole = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(path.trim());
  const isReady = way === 'none' || (way === 'keyStore' ? passphrase !== '' : isWhole);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || isSending) return;
    const choice =
      way === 'keyStore'
        ? ({ kind: way, passphrase } as const)
        : way === 'keyFile'
          ? ({ kind: way, path: path.trim() } as const)
          : ({ kind: way } as const);
    const isSet = await run(() => client.setUnattended(choice));
    setPassphrase('');
    if (isSet) setSaid(t('wallet.unattendedSet'));
  };
  return (
    <form className={css['move']} onSubmit={(event) => void submit(event)} noValidate>
      <h3>{t('wallet.unattended')}</h3>
      <p className={css['note']}>{t('wallet.unattendedNote')}</p>
      {now === 'environment' && <p className="second">{t('wallet.unattended.environment')}</p>}
      <div className={css['choices']}>
        <SegmentedControl
          aria-label={t('wallet.unattended')}
          value={way}
          onChange={(value) => {
            setChosen(value as Way);
            setSaid('');
            forget();
          }}
          data={ways.map((value) => ({
            value,
            label: t(`wallet.unattended.${value}`),
            disabled: value === 'keyStore' && keyStore?.ok === false,
          }))}
        />
      </div>
      {keyStore?.ok === false && <p className={css['note']}>{keyStore.reason}</p>}
      {way === 'keyStore' && (
        <PassphraseField label={t('wallet.passphrase')} value={passphrase} onChange={setPassphrase} />
      )}
      {way === 'keyFile' && (
        <Field
          name="keyFile"
          label={t('wallet.keyFile')}
          help={t('wallet.keyFileHelp')}
          value={path}
          error={path === '' || isWhole ? undefined : t('wallet.keyFileBad')}
          onChange={setPath}
          onLeave={() => {}}
        />
      )}
      <output className="small second">{said}</output>
      {failure && <Failure what={t('wallet.unattendedFailed')} error={shownError(failure)} />}
      <div className={css['buttons']}>
        <Button type="submit" variant="default" loading={isSending} disabled={!isReady}>
          {t('wallet.set')}
        </Button>
      </div>
    </form>
  );
}

function useKeyStore(): KeyStoreState | undefined {
  const { client } = useConnection();
  const [keyStore, setKeyStore] = useState<KeyStoreState>();
  useEffect(() => {
    client.walletStatus({}).then(
      (status) => setKeyStore(status.keyStore),
      // It is then told when it is chosen.
      () => {},
    );
  }, [client]);
  return keyStore;
}
