import { Button } from '@mantine/core';
import { useEffect, useId, useRef } from 'react';
import type { AvailabilityRow } from '../../../../shared/rows.ts';
import { Failure } from '../../components/Failure.tsx';
import { t } from '../../i18n/t.ts';
import { useFocusBack } from '../../lib/focusback.ts';
import { DeleteOffer } from './DeleteOffer.tsx';
import { OfferEffect } from './OfferEffect.tsx';
import { OfferFields } from './OfferFields.tsx';
import css from './Offers.module.css';
import { useOfferForm } from './useofferform.ts';

interface OfferFormProps {
  /** The offer to change; absent for a new one. */
  readonly offer?: AvailabilityRow | undefined;
  readonly canCancel: boolean;
  /** Called with what to announce; empty when nothing was made. */
  readonly onDone: (message: string) => void;
}

/**
 * A new offer, or another's terms. It is checked as one types, a field speaks once it was left or sent, and what was
 * typed stays as typed, also when the node refuses.
 */
export function OfferForm({ offer, canCancel, onDone }: OfferFormProps) {
  const form = useOfferForm(offer, onDone);
  const headingId = useId();
  const element = useRef<HTMLFormElement>(null);
  const focusBack = useFocusBack();
  useEffect(() => {
    if (canCancel) element.current?.querySelector('input')?.focus();
  }, [canCancel]);
  return (
    <section className={css['form']} aria-labelledby={headingId}>
      <form className={css['fields']} onSubmit={form.submit} ref={element} noValidate>
        <div className={css['formHead']}>
          <h2 id={headingId}>
            {offer ? t('offers.editTitle', { name: form.titleName }) : t('offers.newTitle')}
          </h2>
          <button type="button" className={css['quiet']} aria-pressed={form.isRaw} onClick={form.toggleRaw}>
            {form.isRaw ? t('offers.plainValues') : t('offers.rawValues')}
          </button>
        </div>
        <OfferFields {...form} />
        {form.failure && (
          <Failure what={offer ? t('offers.switchFailed') : t('offers.createFailed')} error={form.failure} />
        )}
        <div className={css['buttons']}>
          <Button type="submit" loading={form.isSending}>
            {offer ? t('offers.save') : t('offers.create')}
          </Button>
          {canCancel && (
            <Button variant="default" onClick={() => onDone('')}>
              {t('cancel')}
            </Button>
          )}
        </div>
        <p className="small third">
          {offer && offer.slots > 0 ? t('offers.runningKeepTerms') : t('offers.protocolWord')}
        </p>
        {offer && (
          <DeleteOffer
            offer={offer}
            onDone={(message) => {
              // With the offer goes the button that opened this form.
              focusBack.forget();
              onDone(message);
            }}
          />
        )}
      </form>
      <OfferEffect values={form.checked.values} edited={offer} onTake={form.take} />
    </section>
  );
}
