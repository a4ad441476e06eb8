import { Button } from '@mantine/core';
import { useId, useState } from 'react';
import type { Diagnostics } from '../../../../shared/api.ts';
import { useConnection } from '../../api/node.tsx';
import { useAnswer } from '../../api/answer.ts';
import { Failure } from '../../components/Failure.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { plural, t } from '../../i18n/t.ts';
import { useModal } from '../../lib/modal.ts';
import { saveText } from '../../lib/savetext.ts';
import { shownError } from '../../lib/shownerror.ts';
import css from './Activity.module.css';

/** All that would leave, and what in it was replaced, before it is saved. Nothing is sent anywhere. */
export function DiagnosticsDialog({
  onClose,
  onSaved,
}: {
  onClose: () => void;
  onSaved: (file: string) => void;
}) {
  const { client } = useConnection();
  const dialog = useModal();
  const titleId = useId();
  const [isSaving, setSaving] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  const { value, failure } = useAnswer(async () => client.diagnostics({}), 'diagnostics');
  const save = async ({ id }: Diagnostics) => {
    setSaving(true);
    setRefusal(undefined);
    try {
      const answer = await client.saveDiagnostics({ id });
      if (answer.kind === 'text') saveText(answer.name, answer.text);
      if (answer.kind === 'notChosen') return;
      onSaved(answer.kind === 'written' ? answer.file : answer.name);
    } catch (error) {
      setRefusal(error);
    } finally {
      setSaving(false);
    }
  };
  return (
    <dialog
      ref={dialog}
      className={css['diagnostics']}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={titleId}>{t('diagnostics.title')}</h2>
      <p className="second">{t('diagnostics.what')}</p>
      {!value && !failure && <Skeleton rows={8} />}
      {failure && <Failure what={t('diagnostics.failed')} error={failure} />}
      {value && (
        <>
          <h3>{t('diagnostics.replaced')}</h3>
          <Replacements replaced={value.replaced} />
          <h3>{t('diagnostics.all')}</h3>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so that the keyboard must reach it */}
          <pre tabIndex={0} aria-label={t('diagnostics.all')}>
            {value.text}
          </pre>
        </>
      )}
      {refusal !== undefined && <Failure what={t('diagnostics.notSaved')} error={shownError(refusal)} />}
      <div className={css['buttons']}>
        <Button variant="default" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button loading={isSaving} disabled={!value} onClick={() => value && void save(value)}>
          {t('diagnostics.save')}
        </Button>
      </div>
    </dialog>
  );
}

function Replacements({ replaced }: Pick<Diagnostics, 'replaced'>) {
  if (replaced.length === 0) return <p className="second">{t('diagnostics.nothingReplaced')}</p>;
  return (
    <ul className={css['replaced']}>
      {replaced.map(({ kind, values, times }) => (
        <li key={kind}>
          {t(`replaced.${kind}`)}{' '}
          <span className="third">
            {values > 0
              ? t('diagnostics.differentTimes', { values, times: plural('diagnostics.times', times) })
              : plural('diagnostics.times', times)}
          </span>
        </li>
      ))}
    </ul>
  );
}
