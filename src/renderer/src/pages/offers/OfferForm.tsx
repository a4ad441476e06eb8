import { Button } from '@mantine/core';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import type { AvailabilityRow } from '../../../../shared/rows.ts';
import { useChainNow, useConnection, useOnly, useTable, useToken } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { t } from '../../i18n/t.ts';
import { shownError } from '../../lib/shownerror.ts';
import { askedIn } from '../../lib/asked.ts';
import {
  changedTerms,
  checkDraft,
  limitsOf,
  offerFields,
  termsOf,
  type CheckedDraft,
  type Limits,
  type Offer,
  type OfferDraft,
  type OfferField,
} from '../../lib/offerdraft.ts';
import { useFocusBack } from '../../lib/focusback.ts';
import { suggestedDraft } from '../../lib/offersuggestion.ts';
import { draftOf, humanDraft, rawDraft } from '../../lib/offerunits.ts';
import { DeleteOffer } from './DeleteOffer.tsx';
import { OfferEffect } from './OfferEffect.tsx';
import { OfferFields } from './OfferFields.tsx';
import css from './Offers.module.css';

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

function useOfferForm(row: AvailabilityRow | undefined, onDone: (message: string) => void) {
  const { client } = useConnection();
  // As it was when the form opened: what another window changes meanwhile is not undone by what stands in a field here.
  const [offer] = useState(row);
  const limits = limitsOf(useOnly('storage'), row);
  const first = useFirstDraft(offer, limits);
  const { symbol, decimals } = useToken();
  const now = useChainNow();
  const [isRaw, setRaw] = useState(false);
  const [typed, setTyped] = useState<Partial<OfferDraft>>({});
  const [spoken, setSpoken] = useState<ReadonlySet<OfferField>>(new Set());
  const [failure, setFailure] = useState<ReturnType<typeof shownError>>();
  const [isSending, setSending] = useState(false);
  const draft: OfferDraft = { ...first, ...typed };
  const reading = { isRaw, decimals, symbol, now, ...(offer && { knownUntil: offer.until }) };
  const checked: CheckedDraft = checkDraft(draft, reading, limits);

  return {
    draft,
    checked,
    limits,
    isRaw,
    isSending,
    failure,
    titleName: first.name,
    errorOf: (field: OfferField) => (spoken.has(field) ? checked.errors[field] : undefined),
    change: (field: OfferField, text: string) => {
      setTyped({ ...typed, [field]: text });
      setFailure(undefined);
      if (text !== '') setSpoken(new Set([...spoken, field]));
    },
    leave: (field: OfferField) => setSpoken(new Set([...spoken, field])),
    /** Puts values into the fields as if they were typed. */
    take: (values: Partial<Offer>) =>
      setTyped({ ...typed, ...(isRaw ? rawDraft(values) : humanDraft(values, decimals)) }),
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

  function send(wanted: Offer): void {
    setSending(true);
    setFailure(undefined);
    (offer ? change(offer, wanted) : create(wanted))
      .then(onDone, (error: unknown) => setFailure(shownError(error)))
      .finally(() => setSending(false));
  }

  async function create(wanted: Offer): Promise<string> {
    await client.createAvailability(wanted);
    return t('offers.created', { name: wanted.name });
  }

  async function change(before: AvailabilityRow, wanted: Offer): Promise<string> {
    const changes = changedTerms(termsOf(before), wanted);
    if (Object.keys(changes).length === 0) return t('offers.unchanged', { name: before.name });
    await client.updateAvailability({ id: before.id, ...changes });
    return t('offers.saved', { name: wanted.name });
  }
}

function focusFirstError(form: HTMLFormElement, { errors }: CheckedDraft): void {
  const first = offerFields.find((field) => errors[field]);
  form.querySelector<HTMLInputElement>(`input[name="${first}"]`)?.focus();
}

/**
 * What the fields begin with: the offer that is edited, else a suggestion. Worked out once, when the node is known: one
 * that changes under the reader is none.
 */
function useFirstDraft(offer: AvailabilityRow | undefined, limits: Limits | undefined): OfferDraft {
  const queue = useTable('queue');
  const offers = useTable('availabilities');
  const wallet = useOnly('wallet');
  const { decimals } = useToken();
  const [first, setFirst] = useState(() => (offer ? draftOf(termsOf(offer), decimals) : undefined));
  if (first || !limits || !wallet) return first ?? emptyDraft();
  const asked = askedIn(queue.values());
  const suggested = suggestedDraft({ limits, asked, wallet, offers: offers.values(), decimals });
  const fresh = { ...emptyDraft(), ...suggested };
  setFirst(fresh);
  return fresh;
}

const emptyDraft = (): OfferDraft => ({
  space: '',
  price: '',
  longest: '14',
  collateral: '',
  name: t('offers.firstName'),
  until: '',
});
