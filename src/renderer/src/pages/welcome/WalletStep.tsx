import { useState } from 'react';
import { useOnly } from '../../api/node.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { WalletForms } from '../../components/wallet/WalletForms.tsx';
import { t } from '../../i18n/t.ts';
import { StepFrame } from './StepFrame.tsx';
import css from './Welcome.module.css';

/** The key that sells on a real network. To practise none is needed; one can be made all the same. */
export function WalletStep() {
  const node = useOnly('node');
  const isPractice = node?.network.kind === 'practice';
  const hasWallet = node?.wallet !== undefined && node.wallet.state !== 'none';
  const [wantsOne, setWantsOne] = useState(false);
  const isAsked = !isPractice || hasWallet || wantsOne;
  return (
    <StepFrame
      step="wallet"
      title={t('welcome.wallet.title')}
      line={t('welcome.wallet.line')}
      isSecond={isAsked && !hasWallet}
    >
      {isPractice && (
        <p className={css['note']}>
          <StatusMark shape="info">{t('welcome.wallet.practice')}</StatusMark>
        </p>
      )}
      {isAsked ? (
        <div className={css['note']}>
          <WalletForms />
        </div>
      ) : (
        <button
          type="button"
          className={`${css['quiet']} ${css['note']}`}
          aria-expanded={false}
          onClick={() => setWantsOne(true)}
        >
          {t('welcome.wallet.allTheSame')}
        </button>
      )}
    </StepFrame>
  );
}
