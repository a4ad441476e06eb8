import { Button } from '@mantine/core';
import { errorMessage } from '../../../../shared/errors.ts';
import { useConnection, useOnly } from '../../api/node.tsx';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Failure } from '../../components/Failure.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { isTextKey, t } from '../../i18n/t.ts';
import { useSending } from '../../lib/usesending.ts';
import css from './Settings.module.css';

/** What waits for the node's next start, and the start itself; nothing while all counts. */
export function RestartNotice() {
  const waiting = useOnly('node')?.settingsWaiting ?? [];
  const { client } = useConnection();
  const { run, failure, forget, isSending } = useSending();
  if (waiting.length === 0) return undefined;
  const isAtStake = failure?.code === 'SLOTS_AT_STAKE';
  const restart = (force: boolean) => void run(() => client.restartNode({ force }));
  return (
    <div className={css['restart']}>
      <StatusMark shape="attention">
        {t('restart.waiting', { names: waiting.map(waitingText).join(', ') })}
      </StatusMark>
      <Button variant="default" loading={isSending} onClick={() => restart(false)}>
        {t('restart.now')}
      </Button>
      {failure && !isAtStake && <Failure what={t('restart.failed')} error={failure} />}
      {isAtStake && (
        <ConfirmDialog
          title={t('restart.title')}
          action={t('restart.anyway')}
          onCancel={forget}
          onConfirm={() => restart(true)}
        >
          <p>{errorMessage(failure)}</p>
          <p className="second">{t('restart.note')}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}

/** A name that this window does not know is shown as it is. */
function waitingText(name: string): string {
  const key = `waiting.${name}`;
  return isTextKey(key) ? t(key as 'waiting.network') : name;
}
