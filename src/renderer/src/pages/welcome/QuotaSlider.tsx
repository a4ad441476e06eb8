import type { StorageRow } from '../../../../shared/rows.ts';
import { bytesText, formatBytes } from '../../../../shared/units.ts';
import { t } from '../../i18n/t.ts';
import type { QuotaRoom } from '../../lib/quotadraft.ts';
import css from './Welcome.module.css';

interface QuotaSliderProps {
  readonly storage: StorageRow;
  readonly room: QuotaRoom;
  readonly bytes: bigint;
  readonly onChange: (bytes: bigint) => void;
}

/** The whole disk: what other files take, what is for us, what stays free. The middle is moved by hand or by arrows. */
export function QuotaSlider({ storage, room, bytes, onChange }: QuotaSliderProps) {
  const { diskTotalBytes, otherFilesBytes } = storage;
  const { least, most, step } = room;
  const { unit } = formatBytes(diskTotalBytes);
  const last = Number(most / step);
  const others = `${Number((otherFilesBytes * 10_000n) / (diskTotalBytes || 1n)) / 100}%`;
  const part = most === 0n ? 0 : Number((bytes * 10_000n) / most) / 100;
  return (
    <>
      <div className={css['quotaBar']}>
        <span className={css['barOther']} style={{ width: others }} />
        <div className={css['slide']}>
          <span className={css['barOurs']} style={{ width: `${part}%` }} />
          <span className={css['barLeft']} />
          <input
            type="range"
            aria-label={t('welcome.disk.quota')}
            aria-valuetext={t('welcome.disk.spoken', {
              ours: bytesText(bytes, unit),
              left: bytesText(most - bytes, unit),
            })}
            min={0}
            max={last}
            value={Number(bytes / step)}
            onChange={(event) => {
              const steps = BigInt(event.currentTarget.value);
              const chosen = steps === BigInt(last) ? most : steps * step;
              onChange(chosen < least ? least : chosen);
            }}
          />
        </div>
      </div>
      <dl className={css['quotaLegend']}>
        <div style={{ flexBasis: others }}>
          <dt>{t('disk.other')}</dt>
          <dd>{bytesText(otherFilesBytes, unit)}</dd>
        </div>
        <div>
          <dt>{t('welcome.disk.ours')}</dt>
          <dd>{bytesText(bytes, unit)}</dd>
        </div>
        <div>
          <dt>{t('welcome.disk.left')}</dt>
          <dd>{bytesText(most - bytes, unit)}</dd>
        </div>
      </dl>
    </>
  );
}
