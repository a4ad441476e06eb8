import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useId, useState, type FormEvent } from 'react';
import { useConnection } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { shownError } from '../../lib/shownerror.ts';
import css from './Settings.module.css';
import { isAtTerminal, useSending } from './useSending.ts';

interface PassphraseFieldProps {
  readonly label: string;
  readonly value: string;
  readonly isNew?: boolean;
  readonly error?: string | undefined;
  readonly onChange: (text: string) => void;
}

/** What is typed in it is nowhere else than here and in the call that sends it. */
export function PassphraseField({ label, value, isNew = false, error, onChange }: PassphraseFieldProps) {
  const id = useId();
  return (
    <div className={css['secret']}>
      <label htmlFor={id}>{label}</label>
      <TextInput
        id={id}
        type="password"
        value={value}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        error={error !== undefined}
        aria-invalid={error !== undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <div aria-live="polite">
        {error !== undefined && <StatusMark shape="attention">{error}</StatusMark>}
      </div>
    </div>
  );
}

const SHORTEST = 8;

export function ChangePassphrase() {
  const { client } = useConnection();
  const { run, failure, forget, isSending } = useSending();
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [again, setAgain] = useState('');
  const [said, setSaid] = useState('');
  const short = fresh !== '' && fresh.length < SHORTEST ? t('wallet.short', { count: SHORTEST }) : undefined;
  const differ = again !== '' && again !== fresh ? t('wallet.differ') : undefined;
  const isReady = old !== '' && fresh.length >= SHORTEST && again === fresh;
  const typing = (set: (text: string) => void) => (text: string) => {
    set(text);
    setSaid('');
    forget();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || isSending) return;
    if (!(await run(() => client.changePassphrase({ passphrase: old, newPassphrase: fresh })))) return;
    for (const set of [setOld, setFresh, setAgain]) set('');
    setSaid(t('wallet.changed'));
  };
  return (
    <details className={css['fold']}>
      <summary>{t('wallet.change')}</summary>
      <form className={css['move']} onSubmit={(event) => void submit(event)} noValidate>
        <PassphraseField label={t('wallet.old')} value={old} onChange={typing(setOld)} />
        <PassphraseField
          label={t('wallet.new')}
          value={fresh}
          isNew
          error={short}
          onChange={typing(setFresh)}
        />
        <PassphraseField
          label={t('wallet.again')}
          value={again}
          isNew
          error={differ}
          onChange={typing(setAgain)}
        />
        <output className="small second">{said}</output>
        {failure && <Failure what={t('wallet.changeFailed')} error={shownError(failure)} />}
        <div className={css['buttons']}>
          <Button type="submit" variant="default" loading={isSending} disabled={!isReady}>
            {t('wallet.change')}
          </Button>
        </div>
      </form>
    </details>
  );
}

/** The key itself never comes to the window: main asks once more, and where to write it. */
export function ExportWallet() {
  const { client } = useConnection();
  const { run, failure, forget, isSending } = useSending();
  const [what, setWhat] = useState<'keystore' | 'privateKey'>('keystore');
  const [passphrase, setPassphrase] = useState('');
  const [said, setSaid] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (passphrase === '' || isSending) return;
    setSaid('');
    await run(async () => {
      const { file } = await client.exportWallet({ what, passphrase });
      setSaid(t('wallet.exported', { file }));
    });
    setPassphrase('');
  };
  const command = `slotkeeper wallet export ${what === 'keystore' ? 'keystore' : 'private-key'} <file>`;
  return (
    <details className={css['fold']}>
      <summary>{t('wallet.export')}</summary>
      <form className={css['move']} onSubmit={(event) => void submit(event)} noValidate>
        <SegmentedControl
          aria-label={t('wallet.export')}
          value={what}
          onChange={(value) => setWhat(value as typeof what)}
          data={(['keystore', 'privateKey'] as const).map((value) => ({
            value,
            label: t(`wallet.${value}`),
          }))}
        />
        <p className={css['note']}>{t('wallet.exportNote')}</p>
        <PassphraseField
          label={t('wallet.passphrase')}
          value={passphrase}
          onChange={(text) => {
            setPassphrase(text);
            forget();
          }}
        />
        <output className="small second">
          {failure && isAtTerminal(failure) ? t('network.atTerminal', { command }) : said}
        </output>
        {failure && !isAtTerminal(failure) && (
          <Failure what={t('wallet.exportFailed')} error={shownError(failure)} />
        )}
        <div className={css['buttons']}>
          <Button type="submit" variant="default" loading={isSending} disabled={passphrase === ''}>
            {t('wallet.exportNow')}
          </Button>
        </div>
      </form>
    </details>
  );
}
