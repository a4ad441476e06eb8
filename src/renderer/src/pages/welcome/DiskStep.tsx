import { useId, useState, type FormEvent } from 'react';
import type { StorageRow } from '../../../../shared/rows.ts';
import { useConnection, useOnly } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Field } from '../../components/Field.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { t } from '../../i18n/t.ts';
import { quotaRoom, quotaText, readQuota, type QuotaRoom } from '../../lib/quotadraft.ts';
import { shownError } from '../../lib/shownerror.ts';
import { DiskEffect } from './DiskEffect.tsx';
import { DiskFolder } from './DiskFolder.tsx';
import { useDraft } from './drafts.ts';
import { QuotaSlider } from './QuotaSlider.tsx';
import { StepFrame } from './StepFrame.tsx';
import { goToStep } from './steps.ts';
import css from './Welcome.module.css';

/** Where the slots lie and how much of the disk they may take; what that may bring answers at once. */
export function DiskStep() {
  const storage = useOnly('storage');
  const formId = useId();
  const [isSending, setSending] = useState(false);
  return (
    <StepFrame
      step="disk"
      title={t('welcome.disk.title')}
      line={t('welcome.disk.line')}
      isSending={isSending}
      {...(storage && { formId })}
    >
      <DiskFolder storage={storage} />
      {storage ? (
        <Quota formId={formId} storage={storage} onSending={setSending} />
      ) : (
        <div className={css['note']}>
          <Skeleton rows={4} />
        </div>
      )}
    </StepFrame>
  );
}

interface QuotaProps {
  readonly formId: string;
  readonly storage: StorageRow;
  readonly onSending: (isSending: boolean) => void;
}

function Quota({ formId, storage, onSending }: QuotaProps) {
  const room = quotaRoom(storage);
  const { text, setText, error, bytes, failure, submit } = useQuota(storage, room, onSending);
  return (
    <>
      <form id={formId} onSubmit={submit} noValidate>
        <div className={css['quotaHead']}>
          <h2>{t('welcome.disk.quota')}</h2>
          <div className={css['quotaField']}>
            <Field
              name="quota"
              label={t('welcome.disk.quotaField')}
              unit="GB"
              unitWidth={48}
              value={text}
              error={error}
              onChange={setText}
              onLeave={() => {}}
            />
          </div>
          <button
            type="button"
            className={`${css['quiet']} ${css['suggest']}`}
            onClick={() => setText(quotaText(room.suggested))}
          >
            {t('welcome.disk.suggestion', { size: quotaText(room.suggested) })}
          </button>
        </div>
        <QuotaSlider
          storage={storage}
          room={room}
          bytes={bytes}
          onChange={(chosen) => setText(quotaText(chosen))}
        />
      </form>
      {failure && <Failure what={t('welcome.disk.failed')} error={failure} />}
      <DiskEffect bytes={bytes} room={room} />
    </>
  );
}

/** What was typed stays as typed; the slider keeps the last size that could be read. */
function useQuota(storage: StorageRow, room: QuotaRoom, onSending: QuotaProps['onSending']) {
  const { client } = useConnection();
  const [{ quota }, keep] = useDraft('disk');
  const [failure, setFailure] = useState<ReturnType<typeof shownError>>();
  const text = quota ?? quotaText(storage.quotaBytes);
  const read = readQuota(text, room);
  const [known, setKnown] = useState(storage.quotaBytes);
  const bytes = 'bytes' in read ? read.bytes : smaller(known, room.most);
  const setText = (after: string) => {
    setFailure(undefined);
    keep({ quota: after });
    const readAfter = readQuota(after, room);
    if ('bytes' in readAfter) setKnown(readAfter.bytes);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!('bytes' in read)) {
      event.currentTarget.querySelector<HTMLInputElement>('input[name="quota"]')?.focus();
      return;
    }
    if (read.bytes === storage.quotaBytes) return goToStep('offer');
    onSending(true);
    setFailure(undefined);
    client
      .changeSettings({ quotaBytes: Number(read.bytes) })
      .then(
        () => goToStep('offer'),
        (error: unknown) => setFailure(shownError(error)),
      )
      .finally(() => onSending(false));
  };
  return { text, setText, bytes, failure, submit, error: 'error' in read ? read.error : undefined };
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
