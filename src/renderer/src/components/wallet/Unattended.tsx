import { Button } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { KeyStoreState, WalletStatus } from '../../../../shared/wallet.ts';
import { useConnection } from '../../api/node.tsx';
import { t } from '../../i18n/t.ts';
import { Failure } from '../Failure.tsx';
import { Field } from '../Field.tsx';
import { RadioRow } from '../RadioRow.tsx';
import { StatusMark } from '../StatusMark.tsx';
import { useSending } from '../../lib/usesending.ts';
import { SecretField, typedIn, wipe } from './SecretField.tsx';
import css from './Wallet.module.css';

const choices = ['none', 'keyStore', 'keyFile'] as const;
type Choice = (typeof choices)[number];

interface UnattendedProps {
  /** As what is around it has it. */
  readonly heading: 'h2' | 'h3';
  readonly unattended: WalletStatus['unattended'];
  readonly keyStore: KeyStoreState;
  readonly onDone: () => void;
}

/** How the wallet is unlocked when the computer starts and nobody is there, and what each way costs in safety. */
export function Unattended({ heading: Heading, unattended, keyStore, onDone }: UnattendedProps) {
  const { client } = useConnection();
  const { run, failure, isSending, forget } = useSending(onDone);
  const [chosen, setChosen] = useState<Choice>();
  const [path, setPath] = useState('');
  const [isEmpty, setEmpty] = useState(false);
  const [said, setSaid] = useState('');
  if (unattended === 'environment') return <p className="second">{t('unattended.environment')}</p>;
  const choice = chosen ?? unattended;
  const isPathBad = path.trim() !== '' && !isWholePath(path.trim());
  const choose = (after: Choice) => {
    setChosen(after);
    setEmpty(false);
    setSaid('');
    forget();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const passphrase = typedIn(form, 'storedPassphrase');
    const isMissing = choice === 'keyStore' ? passphrase === '' : choice === 'keyFile' && path.trim() === '';
    setEmpty(isMissing);
    if (isMissing || (choice === 'keyFile' && isPathBad)) return;
    void run(async () => {
      if (choice === 'keyStore') await client.setUnattended({ kind: choice, passphrase });
      else if (choice === 'keyFile') await client.setUnattended({ kind: choice, path: path.trim() });
      else await client.setUnattended({ kind: 'none' });
      wipe(form);
      setPath('');
      setSaid(t('unattended.saved'));
    });
  };
  return (
    <form className={css['form']} onSubmit={submit} noValidate>
      <Heading>{t('unattended.title')}</Heading>
      <p className="second">{t('unattended.why')}</p>
      <fieldset>
        <legend className="unseen">{t('unattended.title')}</legend>
        <RadioRow
          name="unattended"
          isChosen={choice === 'none'}
          onChoose={() => choose('none')}
          label={t('unattended.none')}
          note={t('unattended.noneNote')}
        />
        {keyStore.ok && (
          <RadioRow
            name="unattended"
            isChosen={choice === 'keyStore'}
            onChoose={() => choose('keyStore')}
            label={t('unattended.keyStore')}
            note={t('unattended.keyStoreNote')}
          >
            <SecretField
              name="storedPassphrase"
              label={t('unlock.passphrase')}
              autoComplete="current-password"
            />
          </RadioRow>
        )}
        <RadioRow
          name="unattended"
          isChosen={choice === 'keyFile'}
          onChoose={() => choose('keyFile')}
          label={t('unattended.keyFile')}
          note={t('unattended.keyFileNote')}
        >
          <Field
            name="keyFile"
            label={t('unattended.path')}
            help={t('unattended.pathHelp')}
            value={path}
            error={isPathBad ? t('unattended.pathBad') : undefined}
            onChange={setPath}
            onLeave={() => {}}
          />
        </RadioRow>
      </fieldset>
      {!keyStore.ok && (
        <p className="small third">{t('unattended.noKeyStore', { reason: keyStore.reason })}</p>
      )}
      <div role="alert" className={css['strength']}>
        {isEmpty && <StatusMark shape="attention">{t('unattended.fillIn')}</StatusMark>}
      </div>
      <output className="small second">{said}</output>
      {failure && <Failure what={t('unattended.failed')} error={failure} />}
      <Button type="submit" variant="default" loading={isSending} disabled={choice === unattended}>
        {t('unattended.save')}
      </Button>
    </form>
  );
}

const isWholePath = (path: string): boolean => /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
