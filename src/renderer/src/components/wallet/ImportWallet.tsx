import { Button, SegmentedControl } from '@mantine/core';
import { useId, useRef, useState, type FormEvent } from 'react';
import type { Api } from '../../../../shared/api.ts';
import type { Client } from '../../../../shared/contract.ts';
import { useConnection } from '../../api/node.tsx';
import { t } from '../../i18n/t.ts';
import { Failure } from '../Failure.tsx';
import { Field } from '../Field.tsx';
import { StatusMark } from '../StatusMark.tsx';
import { NewPassphrase, newPassphraseIn, type PassphraseProblem } from './NewPassphrase.tsx';
import { SecretField, typedIn, wipe } from './SecretField.tsx';
import { useSending } from '../../lib/usesending.ts';
import css from './Wallet.module.css';

const kinds = ['mnemonic', 'privateKey', 'keystore'] as const;
type Kind = (typeof kinds)[number];
type Source = Parameters<Client<Api>['importWallet']>[0]['from'];

/** Takes a key that was made elsewhere: its words, the key itself, or the file of a keystore. */
export function ImportWallet({ onDone }: { onDone: () => void }) {
  const { client } = useConnection();
  const { run, failure, isSending } = useSending();
  const [kind, setKind] = useState<Kind>('mnemonic');
  const [account, setAccount] = useState('0');
  const [problem, setProblem] = useState<PassphraseProblem>();
  const [missing, setMissing] = useState<SourceProblem>();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    void run(async () => {
      const from = await sourceIn(form, kind, account);
      const read = newPassphraseIn(form);
      setMissing(typeof from === 'string' ? from : undefined);
      setProblem('problem' in read ? read.problem : undefined);
      if (typeof from === 'string' || 'problem' in read) return;
      await client.importWallet({ from, passphrase: read.passphrase });
      wipe(form);
      onDone();
    });
  };
  return (
    <form className={css['form']} onSubmit={submit} noValidate>
      <div>
        <SegmentedControl
          aria-label={t('wallet.importKind')}
          value={kind}
          onChange={(value) => {
            setKind(value as Kind);
            setMissing(undefined);
          }}
          data={kinds.map((value) => ({ value, label: t(`wallet.import.${value}`) }))}
        />
      </div>
      <SourceFields key={kind} kind={kind} account={account} onAccount={setAccount} />
      <div role="alert" className={css['strength']}>
        {missing !== undefined && <StatusMark shape="attention">{t(`wallet.missing.${missing}`)}</StatusMark>}
      </div>
      <NewPassphrase problem={problem} />
      {failure && <Failure what={t('wallet.importFailed')} error={failure} />}
      <Button type="submit" loading={isSending}>
        {t('wallet.importButton')}
      </Button>
    </form>
  );
}

interface SourceFieldsProps {
  readonly kind: Kind;
  readonly account: string;
  readonly onAccount: (text: string) => void;
}

function SourceFields({ kind, account, onAccount }: SourceFieldsProps) {
  switch (kind) {
    case 'mnemonic':
      return (
        <>
          <SecretField
            name="mnemonic"
            kind="lines"
            label={t('wallet.mnemonic')}
            help={t('wallet.mnemonicHelp')}
          />
          <Field
            name="account"
            label={t('wallet.account')}
            help={t('wallet.accountHelp')}
            value={account}
            error={isAccount(account) ? undefined : t('wallet.accountError')}
            onChange={onAccount}
            onLeave={() => {}}
          />
        </>
      );
    case 'privateKey':
      return <SecretField name="privateKey" label={t('wallet.rawKey')} help={t('wallet.keyHelp')} />;
    case 'keystore':
      return (
        <>
          <FileField />
          <SecretField
            name="keystorePassphrase"
            label={t('wallet.keystorePassphrase')}
            autoComplete="current-password"
          />
        </>
      );
  }
}

/** The file is read when the form is sent, and kept nowhere. */
function FileField() {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  return (
    <div className={css['field']}>
      <label htmlFor={id}>{t('wallet.keystoreFile')}</label>
      <input ref={field} id={id} name="keystore" type="file" accept=".json,application/json" />
    </div>
  );
}

type SourceProblem = 'mnemonic' | 'privateKey' | 'keystore' | 'account';

async function sourceIn(form: HTMLFormElement, kind: Kind, account: string): Promise<Source | SourceProblem> {
  switch (kind) {
    case 'mnemonic': {
      const mnemonic = typedIn(form, 'mnemonic').trim().toLowerCase().split(/\s+/).join(' ');
      if (![12, 15, 18, 21, 24].includes(mnemonic.split(' ').length)) return 'mnemonic';
      return isAccount(account) ? { kind, mnemonic, account: Number(account) } : 'account';
    }
    case 'privateKey': {
      const privateKey = typedIn(form, 'privateKey').trim();
      return /^(?:0x)?[0-9a-f]{64}$/i.test(privateKey) ? { kind, privateKey } : 'privateKey';
    }
    case 'keystore': {
      const field = form.elements.namedItem('keystore');
      const file = field instanceof HTMLInputElement ? field.files?.[0] : undefined;
      if (!file || file.size > LARGEST_KEYSTORE) return 'keystore';
      const keystorePassphrase = typedIn(form, 'keystorePassphrase');
      return keystorePassphrase === ''
        ? 'keystore'
        : { kind, keystore: await file.text(), keystorePassphrase };
    }
  }
}

/** As the call takes it; a keystore has less than a kilobyte. */
const LARGEST_KEYSTORE = 65_536;
const isAccount = (text: string): boolean => /^\d{1,9}$/.test(text.trim());
