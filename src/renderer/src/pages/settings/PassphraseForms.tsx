import { Button, SegmentedControl } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useConnection } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import {
  NewPassphrase,
  newPassphraseIn,
  type PassphraseProblem,
} from '../../components/wallet/NewPassphrase.tsx';
import { SecretField, typedIn, wipe } from '../../components/wallet/SecretField.tsx';
import { t } from '../../i18n/t.ts';
import { isAtTerminal, useSending } from '../../lib/usesending.ts';
import css from './Settings.module.css';

/** Another passphrase for the same key; the present one is asked for, and both are nowhere but in their fields. */
export function ChangePassphrase() {
  const { client } = useConnection();
  const { run, failure, isSending } = useSending();
  const [problem, setProblem] = useState<PassphraseProblem>();
  const [isMissing, setMissing] = useState(false);
  const [said, setSaid] = useState('');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const passphrase = typedIn(form, 'old');
    const read = newPassphraseIn(form);
    setSaid('');
    setMissing(passphrase === '');
    setProblem('problem' in read ? read.problem : undefined);
    if (passphrase === '' || 'problem' in read) return;
    void run(async () => {
      await client.changePassphrase({ passphrase, newPassphrase: read.passphrase });
      wipe(form);
      setSaid(t('wallet.changed'));
    });
  };
  return (
    <details className={css['fold']}>
      <summary>{t('wallet.change')}</summary>
      <form className={css['move']} onSubmit={submit} noValidate>
        <SecretField name="old" label={t('wallet.old')} autoComplete="current-password" />
        <Missing isMissing={isMissing} />
        <NewPassphrase problem={problem} />
        <output className="small second">{said}</output>
        {failure && <Failure what={t('wallet.changeFailed')} error={failure} />}
        <div className={css['buttons']}>
          <Button type="submit" variant="default" loading={isSending}>
            {t('wallet.change')}
          </Button>
        </div>
      </form>
    </details>
  );
}

function Missing({ isMissing }: { isMissing: boolean }) {
  return (
    <div role="alert" className={css['missing']}>
      {isMissing && <StatusMark shape="attention">{t('wallet.missing.passphrase')}</StatusMark>}
    </div>
  );
}

/** The key itself never comes to the window: main asks once more, and where to write it. */
export function ExportWallet() {
  const { client } = useConnection();
  const { run, failure, forget, isSending } = useSending();
  const [what, setWhat] = useState<'keystore' | 'privateKey'>('keystore');
  const [isMissing, setMissing] = useState(false);
  const [said, setSaid] = useState('');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const passphrase = typedIn(form, 'passphrase');
    setSaid('');
    setMissing(passphrase === '');
    if (passphrase === '') return;
    void run(async () => {
      // A file with the key is asked for each time anew.
      wipe(form);
      const { file } = await client.exportWallet({ what, passphrase });
      setSaid(t('wallet.exported', { file }));
    });
  };
  const command = `slotkeeper wallet export ${what === 'keystore' ? 'keystore' : 'private-key'} <file>`;
  return (
    <details className={css['fold']}>
      <summary>{t('wallet.export')}</summary>
      <form className={css['move']} onSubmit={submit} noValidate>
        <div className={css['choices']}>
          <SegmentedControl
            aria-label={t('wallet.export')}
            value={what}
            onChange={(value) => {
              setWhat(value as typeof what);
              setSaid('');
              forget();
            }}
            data={(['keystore', 'privateKey'] as const).map((value) => ({
              value,
              label: t(`wallet.${value}`),
            }))}
          />
        </div>
        <p className={css['note']}>{t('wallet.exportNote')}</p>
        <SecretField name="passphrase" label={t('unlock.passphrase')} autoComplete="current-password" />
        <Missing isMissing={isMissing} />
        <output className="small second">
          {failure && isAtTerminal(failure) ? t('network.atTerminal', { command }) : said}
        </output>
        {failure && !isAtTerminal(failure) && <Failure what={t('wallet.exportFailed')} error={failure} />}
        <div className={css['buttons']}>
          <Button type="submit" variant="default" loading={isSending}>
            {t('wallet.exportNow')}
          </Button>
        </div>
      </form>
    </details>
  );
}
