import { Button } from '@mantine/core';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { useConnection, useOnly, useTable, useToken } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { t } from '../../i18n/t.ts';
import { shownError } from '../../lib/shownerror.ts';
import { askedIn } from '../../lib/asked.ts';
import {
  checkDraft,
  limitsOf,
  offerFields,
  type CheckedDraft,
  type Limits,
  type Offer,
  type OfferDraft,
  type OfferField,
} from '../../lib/offerdraft.ts';
import { suggestedDraft } from '../../lib/offersuggestion.ts';
import { humanDraft, rawDraft } from '../../lib/offerunits.ts';
import { OfferEffect } from './OfferEffect.tsx';
import { OfferFields } from './OfferFields.tsx';
import css from './Offers.module.css';

interface OfferFormProps {
  readonly canCancel: boolean;
  /** Called with what to announce; empty when nothing was made. */
  readonly onDone: (message: string) => void;
}

/**
 * A new offer. It is checked as one types, a field speaks once it was left or sent, and what was typed stays as typed,
 * also when the node refuses.
 */
export function OfferForm({ canCancel, onDone }: OfferFormProps) {
  const form = useOfferForm(onDone);
  const headingId = useId();
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (canCancel) element.current?.querySelector('input')?.focus();
  }, [canCancel]);
  return (
    <section className={css['form']} aria-labelledby={headingId}>
      <form className={css['fields']} onSubmit={form.submit} ref={element} noValidate>
        <div className={css['formHead']}>
          <h2 id={headingId}>{t('offers.newTitle')}</h2>
          <button type="button" className={css['quiet']} aria-pressed={form.isRaw} onClick={form.toggleRaw}>
            {form.isRaw ? t('offers.plainValues') : t('offers.rawValues')}
          </button>
        </div>
        <OfferFields {...form} />
        {form.failure && <Failure what={t('offers.createFailed')} error={form.failure} />}
        <div className={css['buttons']}>
          <Button type="submit" loading={form.isSending}>
            {t('offers.create')}
          </Button>
          {canCancel && (
            <Button variant="default" onClick={() => onDone('')}>
              {t('cancel')}
            </Button>
          )}
        </div>
        <p className="small third">{t('offers.protocolWord')}</p>
      </form>
      <OfferEffect values={form.checked.values} />
    </section>
  );
}

function useOfferForm(onDone: (message: string) => void) {
  const { client } = useConnection();
  const limits = limitsOf(useOnly('storage'));
  const suggested = useSuggestion(limits);
  const { symbol, decimals } = useToken();
  const [isRaw, setRaw] = useState(false);
  const [typed, setTyped] = useState<Partial<OfferDraft>>({});
  const [spoken, setSpoken] = useState<ReadonlySet<OfferField>>(new Set());
  const [failure, setFailure] = useState<ReturnType<typeof shownError>>();
  const [isSending, setSending] = useState(false);
  const draft: OfferDraft = { ...firstDraft(), ...suggested, ...typed };
  const checked: CheckedDraft = checkDraft(draft, { isRaw, decimals, symbol }, limits);

  return {
    draft,
    checked,
    limits,
    isRaw,
    isSending,
    failure,
    errorOf: (field: OfferField) => (spoken.has(field) ? checked.errors[field] : undefined),
    change: (field: OfferField, text: string) => {
      setTyped({ ...typed, [field]: text });
      setFailure(undefined);
      if (text !== '') setSpoken(new Set([...spoken, field]));
    },
    leave: (field: OfferField) => setSpoken(new Set([...spoken, field])),
    toggleRaw: () => {
      setTyped({ ...draft, ...(isRaw ? humanDraft : rawDraft)(checked.values, decimals) });
      setRaw(!isRaw);
    },
    submit: (event: FormEvent<HTMLFormElement>) => {
      event.preventDefault();
      setSpoken(new Set(offerFields));
      if (checked.offer) send(checked.offer);
      else focusFirstError(event.currentTarget, checked);
    },
  };

  function send(offer: Offer): void {
    setSending(true);
    setFailure(undefined);
    client
      .createAvailability(offer)
      .then(
        () => onDone(t('offers.created', { name: offer.name })),
        (error: unknown) => setFailure(shownError(error)),
      )
      .finally(() => setSending(false));
  }
}

function focusFirstError(form: HTMLFormElement, { errors }: CheckedDraft): void {
  const first = offerFields.find((field) => errors[field]);
  form.querySelector<HTMLInputElement>(`input[name="${first}"]`)?.focus();
}

/** Worked out once, when the node is known: a suggestion that changes under the reader is none. */
function useSuggestion(limits: Limits | undefined): Partial<OfferDraft> {
  const queue = useTable('queue');
  const offers = useTable('availabilities');
  const wallet = useOnly('wallet');
  const { decimals } = useToken();
  const [suggested, setSuggested] = useState<Partial<OfferDraft>>();
  if (suggested || !limits || !wallet) return suggested ?? {};
  const fresh = suggestedDraft({
    limits,
    asked: askedIn(queue.values()),
    wallet,
    offers: offers.values(),
    decimals,
  });
  setSuggested(fresh);
  return fresh;
}

const firstDraft = (): OfferDraft => ({
  space: '',
  price: '',
  longest: '14',
  collateral: '',
  name: t('offers.firstName'),
});
