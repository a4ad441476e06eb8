import { useId } from 'react';
import { useChainNow, useOnly, useTable, useToken } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { projected, type SeenRequest } from '../../lib/demand.ts';
import type { Asked } from '../../lib/asked.ts';
import type { Offer } from '../../lib/offerdraft.ts';
import { OfferEffect } from '../offers/OfferEffect.tsx';
import { OfferFields } from '../offers/OfferFields.tsx';
import { useOfferForm } from '../offers/useofferform.ts';
import { draftOf, useDraft } from './drafts.ts';
import { projectionFigure } from './projectionfigure.ts';
import { StepFrame } from './StepFrame.tsx';
import { stepHref } from './steps.ts';
import { useMarket } from './usemarket.ts';
import type { StepProps } from './Welcome.tsx';
import css from './Welcome.module.css';

/** The first offer, filled in from the market. It is live once it was created. */
export function OfferStep({ onLeave }: StepProps) {
  const { seen, asked, isKnown } = useMarket();
  const state = useOnly('node')?.state;
  const hasOffers = useTable('availabilities').size > 0;
  const storage = useOnly('storage');
  const wallet = useOnly('wallet');
  if (hasOffers) return <Frame onLeave={onLeave} text={t('welcome.offer.there')} />;
  if (state === 'failed' || state === 'locked' || state === 'stopped')
    return <NotRunning onLeave={onLeave} />;
  if (state !== 'running' || !isKnown || !storage || !wallet) return <Frame onLeave={onLeave} isWaiting />;
  return <OfferForm seen={seen} asked={asked} onLeave={onLeave} />;
}

interface OfferFormProps extends StepProps {
  readonly seen: readonly SeenRequest[];
  readonly asked: Asked | undefined;
}

function OfferForm({ seen, asked, onLeave }: OfferFormProps) {
  const formId = useId();
  const [, keep] = useDraft('offer');
  const form = useOfferForm(undefined, onLeave, { asked, typed: draftOf('offer'), onTyped: keep });
  const gain = useGain(form.checked.values, seen);
  return (
    <StepFrame
      step="offer"
      title={t('welcome.offer.title')}
      line={t('welcome.offer.line')}
      formId={formId}
      next={t('offers.create')}
      isSending={form.isSending}
      onSkip={onLeave}
    >
      <div className={css['offer']}>
        <form id={formId} onSubmit={form.submit} noValidate>
          <h2 className="unseen">{t('offers.newTitle')}</h2>
          <OfferFields {...form} />
          {form.failure && <Failure what={t('offers.createFailed')} error={form.failure} />}
          <p className="small third">{t('offers.protocolWord')}</p>
        </form>
        <div className={css['offerEffect']}>
          <OfferEffect values={form.checked.values} edited={undefined} onTake={form.take} gain={gain} />
        </div>
      </div>
    </StepFrame>
  );
}

/** A range while requests were seen that fit; else what it brings if all is sold. */
function useGain(values: Partial<Offer>, seen: readonly SeenRequest[]) {
  const now = useChainNow();
  const token = useToken();
  const { totalBytes, minPricePerBytePerSecond, durationSeconds, totalCollateral } = values;
  if (
    totalBytes === undefined ||
    minPricePerBytePerSecond === undefined ||
    durationSeconds === undefined ||
    totalCollateral === undefined
  )
    return undefined;
  const offer = { totalBytes, minPricePerBytePerSecond, durationSeconds, totalCollateral };
  const projection = projected(offer, seen, now);
  return projection && projectionFigure(projection, token);
}

/** While nothing can be offered yet, or there is an offer already. */
function Frame({
  onLeave,
  text,
  isWaiting = false,
}: StepProps & { readonly text?: string; readonly isWaiting?: boolean }) {
  return (
    <StepFrame
      step="offer"
      title={t('welcome.offer.title')}
      line={isWaiting ? t('welcome.offer.waiting') : t('welcome.offer.line')}
      onNext={onLeave}
      onSkip={onLeave}
    >
      {isWaiting && (
        <div className={css['note']}>
          <Skeleton rows={6} />
        </div>
      )}
      {text !== undefined && (
        <p className={css['note']}>
          <StatusMark shape="passed">{text}</StatusMark>
        </p>
      )}
    </StepFrame>
  );
}

/** It says why, and the way to where it can be mended. */
function NotRunning({ onLeave }: StepProps) {
  const node = useOnly('node');
  const failure = node?.failure ?? { code: 'WALLET_LOCKED', message: '' };
  const isWallet = node?.state === 'locked' || failure.code === 'NO_WALLET';
  return (
    <StepFrame step="offer" title={t('welcome.offer.title')} onNext={onLeave} onSkip={onLeave}>
      <div className={css['note']}>
        <Failure
          what={t('welcome.offer.notRunning')}
          error={failure}
          action={
            <a href={stepHref(isWallet ? 'wallet' : 'network')}>
              {t(isWallet ? 'welcome.offer.toWallet' : 'welcome.offer.toNetwork')}
            </a>
          }
        />
      </div>
    </StepFrame>
  );
}
