import { Button } from '@mantine/core';
import { isGrave, type NetworkChange, type NetworkProposal } from '../../../../shared/networks.ts';
import { StatusMark } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import css from './Settings.module.css';

interface NetworkChangesProps {
  readonly proposal: NetworkProposal;
  /** What the button that accepts it says. */
  readonly action: string;
  readonly isSending: boolean;
  readonly onAccept: () => void;
  readonly onLeave: () => void;
}

/** What another network, or newer data of one, would change, and the question whether it may. */
export function NetworkChanges({ proposal, action, isSending, onAccept, onLeave }: NetworkChangesProps) {
  const { changes } = proposal;
  return (
    <div className={css['proposal']}>
      {changes.length === 0 ? (
        <p>{t('network.same')}</p>
      ) : (
        <>
          <p>{t('network.changes')}</p>
          <ul>
            {changes.map((change) => (
              <li key={JSON.stringify(change)}>
                <StatusMark shape={isGrave(change) ? 'attention' : 'info'}>{changeWords(change)}</StatusMark>
              </li>
            ))}
          </ul>
        </>
      )}
      <div className={css['buttons']}>
        {changes.length > 0 && (
          <Button loading={isSending} onClick={onAccept}>
            {action}
          </Button>
        )}
        <Button variant="default" onClick={onLeave}>
          {t('network.leave')}
        </Button>
      </div>
    </div>
  );
}

/** A change in one line, in the language of the window. */
function changeWords({ kind, before, after }: NetworkChange): string {
  const [was, is] = [before, after].map((value) =>
    value === undefined || value === '' ? t('change.none') : String(value),
  );
  return t(`change.${kind}`, { before: was ?? '', after: is ?? '' });
}
