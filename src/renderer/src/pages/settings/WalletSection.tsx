import { Button } from '@mantine/core';
import { errorMessage } from '../../../../shared/errors.ts';
import { tokensText } from '../../../../shared/units.ts';
import { useConnection, useOnly, useToken } from '../../api/node.tsx';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { CopyId } from '../../components/CopyId.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Section } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import { shownError } from '../../lib/shownerror.ts';
import { ChangePassphrase, ExportWallet } from './PassphraseForms.tsx';
import css from './Settings.module.css';
import { Unattended } from './Unattended.tsx';
import { isRefusal, useSending } from './useSending.ts';

/** The key that sells on a live network: whose it is, what it holds, how it is kept. */
export function WalletSection() {
  const node = useOnly('node');
  const row = useOnly('wallet');
  const { symbol, decimals } = useToken();
  const wallet = node?.wallet;
  if (!wallet) return undefined;
  const isPractice = node.network.kind === 'practice';
  if (wallet.state === 'none') {
    return (
      <Section title={t('wallet.title')}>
        <p>{t('wallet.none')}</p>
        <p>
          <a href="#/welcome/wallet">{t('wallet.create')}</a>
        </p>
      </Section>
    );
  }
  return (
    <Section title={t('wallet.title')}>
      {isPractice && <p className={css['note']}>{t('wallet.practiceKey')}</p>}
      <dl className={css['facts']}>
        <div>
          <dt>{t('settings.wallet')}</dt>
          <dd>
            {wallet.address === undefined ? (
              t('unknown')
            ) : (
              <CopyId id={wallet.address} name={t('settings.wallet')} isWhole />
            )}
          </dd>
        </div>
        <div>
          <dt>{t('wallet.state')}</dt>
          <dd>{t(`wallet.${wallet.state}`)}</dd>
        </div>
        {row && !isPractice && (
          <div>
            <dt>{t('wallet.balance')}</dt>
            <dd>
              {t('wallet.balanceText', {
                tokens: `${tokensText(row.tokens, decimals)} ${symbol}`,
                gas: tokensText(row.gas, 18),
              })}
            </dd>
          </div>
        )}
      </dl>
      {wallet.failure && <Failure what={t('unlock.unattendedFailed')} error={wallet.failure} />}
      {wallet.state === 'unlocked' && <LockButton />}
      <ChangePassphrase />
      <Unattended now={wallet.unattended} />
      <ExportWallet />
    </Section>
  );
}

function LockButton() {
  const { client } = useConnection();
  const { run, failure, forget, isSending } = useSending();
  const lock = (force: boolean) => void run(() => client.lockWallet({ force }));
  const isAtStake = failure !== undefined && isRefusal(failure, 'SLOTS_AT_STAKE');
  return (
    <div className={css['move']}>
      <div className={css['buttons']}>
        <Button variant="default" loading={isSending} onClick={() => lock(false)}>
          {t('wallet.lock')}
        </Button>
      </div>
      {failure && !isAtStake && <Failure what={t('wallet.lockFailed')} error={shownError(failure)} />}
      {isAtStake && (
        <ConfirmDialog
          title={t('wallet.lockTitle')}
          action={t('wallet.lockAnyway')}
          onCancel={forget}
          onConfirm={() => lock(true)}
        >
          <p>{errorMessage(shownError(failure))}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
