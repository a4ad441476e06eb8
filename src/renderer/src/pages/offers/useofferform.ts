import { useState, type FormEvent } from 'react';
import type { AvailabilityRow } from '../../../../shared/rows.ts';
import { useChainNow, useConnection, useOnly, useTable, useToken } from '../../api/node.tsx';
import { t } from '../../i18n/t.ts';
import { askedIn, type Asked } from '../../lib/asked.ts';
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
import { suggestedDraft } from '../../lib/offersuggestion.ts';
import { draftOf, humanDraft, rawDraft } from '../../lib/offerunits.ts';
import { shownError } from '../../lib/shownerror.ts';

interface OfferFormOptions {
  /** What requests ask, where that is known better than from the queue; it counts when the form opens. */
  readonly asked?: Asked | undefined;
  /** What was typed before the form was closed. */
  readonly typed?: Partial<OfferDraft>;
  /** Told all that was typed, whenever that changes. */
  readonly onTyped?: (typed: Partial<OfferDraft>) => void;
}

/** What the fields hold, whether it can be an offer, and how it becomes one. The same for every place that makes offers. */
export function useOfferForm(
  row: AvailabilityRow | undefined,
  onDone: (message: string) => void,
  { asked, typed: typedBefore = {}, onTyped }: OfferFormOptions = {},
) {
  const { client } = useConnection();
  // As it was when the form opened: what another window changes meanwhile is not undone by what stands in a field here.
  const [offer] = useState(row);
  const limits = limitsOf(useOnly('storage'), row);
  const first = useFirstDraft(offer, limits, asked);
  const { symbol, decimals } = useToken();
  const now = useChainNow();
  const [isRaw, setRaw] = useState(false);
  const [typed, keepTyped] = useState(typedBefore);
  // What stands in a field stays while one is in it: a suggestion that comes then would mix with what is typed.
  const [held, setHeld] = useState<Partial<OfferDraft>>({});
  const [spoken, setSpoken] = useState<ReadonlySet<OfferField>>(new Set());
  const [failure, setFailure] = useState<ReturnType<typeof shownError>>();
  const [isSending, setSending] = useState(false);
  const setTyped = (after: Partial<OfferDraft>) => {
    keepTyped(after);
    onTyped?.(after);
  };
  const draft: OfferDraft = { ...first, ...held, ...typed };
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
    enter: (field: OfferField) => setHeld({ [field]: draft[field] }),
    leave: (field: OfferField) => {
      setHeld({});
      setSpoken(new Set([...spoken, field]));
    },
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
function useFirstDraft(
  offer: AvailabilityRow | undefined,
  limits: Limits | undefined,
  known: Asked | undefined,
): OfferDraft {
  const queue = useTable('queue');
  const offers = useTable('availabilities');
  const wallet = useOnly('wallet');
  const { decimals } = useToken();
  const [first, setFirst] = useState(() => (offer ? draftOf(termsOf(offer), decimals) : undefined));
  if (first || !limits || !wallet) return first ?? emptyDraft();
  const asked = known ?? askedIn(queue.values());
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
