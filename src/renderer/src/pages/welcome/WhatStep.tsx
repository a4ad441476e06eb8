import { StatusMark } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { StepFrame } from './StepFrame.tsx';
import type { StepProps } from './Welcome.tsx';
import css from './Welcome.module.css';

/** What this program does, in the order in which it happens, and what it can cost: both sides in the same size. */
export function WhatStep({ onLeave }: StepProps) {
  return (
    <StepFrame
      step="what"
      title={t('welcome.what.title')}
      line={t('welcome.what.line')}
      skip={t('welcome.skipAll')}
      onSkip={onLeave}
    >
      <div className={css['sides']}>
        <section aria-label={t('welcome.what.how')}>
          <h2 className={css['sideTitle']}>{t('welcome.what.how')}</h2>
          <ol className={css['points']}>
            {(['offer', 'taken', 'proofs', 'paid'] as const).map((point, index) => (
              <li key={point}>
                <span className={css['number']} aria-hidden="true">
                  {index + 1}
                </span>
                <p>
                  <strong>{t(`welcome.what.${point}`)}</strong>
                  <span className="second">{t(`welcome.what.${point}Why`)}</span>
                </p>
              </li>
            ))}
          </ol>
        </section>
        <section aria-label={t('welcome.what.lose')}>
          <h2 className={css['sideTitle']}>
            <StatusMark shape="danger" size={14}>
              {t('welcome.what.lose')}
            </StatusMark>
          </h2>
          <ul className={css['points']}>
            {(['collateral', 'slot', 'gas', 'key'] as const).map((point) => (
              <li key={point}>
                <span className={css['number']} aria-hidden="true">
                  {'\u2212'}
                </span>
                <p>
                  <strong>{t(`welcome.lose.${point}`)}</strong>
                  <span className="second">{t(`welcome.lose.${point}Why`)}</span>
                </p>
              </li>
            ))}
          </ul>
        </section>
      </div>
      <p className={css['aside']}>{t('welcome.what.limits')}</p>
    </StepFrame>
  );
}
