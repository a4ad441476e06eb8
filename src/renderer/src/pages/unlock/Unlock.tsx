import { Button, TextInput } from '@mantine/core';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import type { WalletStatus } from '../../../../shared/wallet.ts';
import { useConnection } from '../../api/node.tsx';
import { CopyId } from '../../components/CopyId.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Page } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import { shownError } from '../../lib/shownerror.ts';
import css from './Unlock.module.css';

/** Stands in place of the pages that have nothing to show until the wallet is unlocked. */
export function Unlock({ wallet }: { wallet: WalletStatus | undefined }) {
  const { field, failure, isSending, submit } = useUnlocking();
  const id = useId();
  return (
    <Page title={t('unlock.title')} line={t('unlock.line')}>
      <form className={css['form']} onSubmit={submit}>
        {wallet?.address !== undefined && (
          <p className={css['account']}>
            <span className="third">{t('unlock.account')}</span>
            <CopyId id={wallet.address} name={t('unlock.account')} isWhole />
          </p>
        )}
        {wallet?.failure && !failure && (
          <Failure what={t('unlock.unattendedFailed')} error={wallet.failure} />
        )}
        <label htmlFor={id}>{t('unlock.passphrase')}</label>
        <TextInput id={id} ref={field} type="password" autoComplete="current-password" required />
        {failure && <Failure what={t('unlock.failed')} error={failure} />}
        <Button type="submit" loading={isSending}>
          {t('unlock.button')}
        </Button>
      </form>
    </Page>
  );
}

/** What is typed stays in the field, and not even there once it was sent. */
function useUnlocking() {
  const { client } = useConnection();
  const field = useRef<HTMLInputElement>(null);
  const [failure, setFailure] = useState<ReturnType<typeof shownError>>();
  const [isSending, setSending] = useState(false);
  useEffect(() => field.current?.focus(), []);
  const unlock = async (passphrase: string) => {
    setSending(true);
    try {
      await client.unlockWallet({ passphrase });
      setFailure(undefined);
    } catch (error) {
      setFailure(shownError(error));
      field.current?.focus();
    } finally {
      setSending(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const passphrase = field.current?.value ?? '';
    if (!field.current || passphrase === '' || isSending) return;
    field.current.value = '';
    void unlock(passphrase);
  };
  return { field, failure, isSending, submit };
}
