import type { StorageRow } from '../../../../shared/rows.ts';
import { bytesText } from '../../../../shared/units.ts';
import { useOnly } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Section } from '../../components/Page.tsx';
import { plural, t } from '../../i18n/t.ts';
import { timeText } from '../../lib/format.ts';
import css from './Settings.module.css';
import { StorageMove } from './StorageMove.tsx';
import { useStorageState } from './usestoragestate.ts';

/** Where the slots lie, how much there is, whether it is well, and how it is taken elsewhere. */
export function StorageSection() {
  const storage = useOnly('storage');
  const { state, ask } = useStorageState();
  return (
    <Section title={t('settings.storage')}>
      {storage?.fault && <Failure what={t('settings.storageFault')} error={storage.fault} />}
      <dl className={css['facts']}>
        <Fact name={t('settings.slotFolder')} value={state?.folder} />
        <Fact name={t('settings.quota')} value={storage && bytesText(storage.quotaBytes)} />
        <Fact name={t('settings.stored')} value={storage && storedText(storage)} />
        <Fact name={t('settings.checked')} value={storage && checkedText(storage)} />
      </dl>
      {state && <StorageMove state={state} onChange={ask} />}
    </Section>
  );
}

function Fact({ name, value }: { name: string; value: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value ?? t('unknown')}</dd>
    </div>
  );
}

/** A slot takes less on the disk than it is sold as, where its data does not fill it. */
const storedText = ({ usedBytes, soldBytes }: StorageRow): string =>
  t('settings.storedText', { stored: bytesText(usedBytes), sold: bytesText(soldBytes) });

/** Times are the computer's own. */
function checkedText({ checked }: StorageRow): string {
  if (!checked) return t('settings.notChecked');
  return t('settings.checkedText', {
    slots: plural('settings.checkedSlots', checked.slots),
    since: timeText(checked.oldestAtMs / 1000, Date.now() / 1000),
    harmed: plural('settings.harmed', checked.harmedBlocks),
  });
}
