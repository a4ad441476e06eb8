import { useState } from 'react';
import type { StorageRow } from '../../../../shared/rows.ts';
import { formatBytes } from '../../../../shared/units.ts';
import { RadioRow } from '../../components/RadioRow.tsx';
import { t } from '../../i18n/t.ts';
import { StorageMove } from '../settings/StorageMove.tsx';
import { useStorageState } from '../settings/usestoragestate.ts';
import css from './Welcome.module.css';

/** The folder that is used now, with the space of its disk, or another one. */
export function DiskFolder({ storage }: { storage: StorageRow | undefined }) {
  const { state, ask } = useStorageState();
  const [wantsOther, setWantsOther] = useState(false);
  const isOther = wantsOther || state?.move !== undefined;
  return (
    <fieldset className={css['choices']}>
      <legend className="unseen">{t('welcome.disk.folders')}</legend>
      <RadioRow
        name="folder"
        isChosen={!isOther}
        onChoose={() => setWantsOther(false)}
        label={t('welcome.disk.here')}
        note={state?.folder ?? storage?.folder ?? t('unknown')}
        aside={storage && <DiskSpace storage={storage} />}
      />
      <RadioRow
        name="folder"
        isChosen={isOther}
        onChoose={() => setWantsOther(true)}
        label={t('welcome.disk.elsewhere')}
      >
        {state && <StorageMove state={state} onChange={ask} />}
      </RadioRow>
    </fieldset>
  );
}

function DiskSpace({ storage: { diskTotalBytes, otherFilesBytes } }: { storage: StorageRow }) {
  const { value: whole, unit } = formatBytes(diskTotalBytes);
  const { value: free } = formatBytes(diskTotalBytes - otherFilesBytes, unit);
  return (
    <div className={css['space']}>
      <div className={css['spaceBar']} aria-hidden="true">
        <span style={{ flexGrow: Number(otherFilesBytes) }} />
        <span style={{ flexGrow: Number(diskTotalBytes - otherFilesBytes) }} />
      </div>
      <span className={css['spaceText']}>{t('welcome.disk.free', { free, whole, unit })}</span>
    </div>
  );
}
