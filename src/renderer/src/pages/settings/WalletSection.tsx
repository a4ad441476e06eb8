import { Button } from '@mantine/core';
import { errorMessage } from '../../../../shared/errors.ts';
import { tokensText } from '../../../../shared/units.ts';
import { useConnection, useOnly, useToken } from '../../api/node.tsx';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { CopyId } from '../../components/CopyId.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Section } from '../../components/Page.tsx';
import { Unattended } from '../../components/wallet/Unattended.tsx';
import { useWalletStatus } from '../../components/wallet/usewalletstatus.ts';
import { t } from '../../i18n/t.ts';
import { ChangePassphrase, ExportWallet } from './PassphraseForms.tsx';
import { useSending } from '../../lib/usesending.ts';
import css from './Settings.module.css';

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
      <HowUnlocked />
      <ChangePassphrase />
      <ExportWallet />
    </Section>
  );
}

function LockButton() {
  const { client } = useConnection();
  const { run, failure, forget, isSending } = useSending();
  const lock = (force: boolean) => void run(() => client.lockWallet({ force }));
  const isAtStake = failure?.code === 'SLOTS_AT_STAKE';
  return (
    <div className={css['move']}>
      <div className={css['buttons']}>
        <Button variant="default" loading={isSending} onClick={() => lock(false)}>
          {t('wallet.lock')}
        </Button>
      </div>
      {failure && !isAtStake && <Failure what={t('wallet.lockFailed')} error={failure} />}
      {isAtStake && (
        <ConfirmDialog
          title={t('wallet.lockTitle')}
          action={t('wallet.lockAnyway')}
          onCancel={forget}
          onConfirm={() => lock(true)}
        >
          <p>{errorMessage(failure)}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}

function HowUnlocked() {
  const { value: status, failure, again } = useWalletStatus();
  if (failure) return <Failure what={t('wallet.unreadable')} error={failure} />;
  if (!status) return undefined;
  const { unattended, keyStore } = status;
  return <Unattended heading="h3" unattended={unattended} keyStore={keyStore} onDone={again} />;
}
