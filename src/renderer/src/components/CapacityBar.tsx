import type { StorageRow } from '../../../shared/rows.ts';
import { t } from '../i18n/t.ts';
import { partsInWords } from '../lib/format.ts';
import css from './CapacityBar.module.css';
import { Hatched } from './Hatch.tsx';

const parts = [
  { name: 'sold', bytes: (row: StorageRow) => row.soldBytes },
  { name: 'downloading', bytes: (row: StorageRow) => row.downloadingBytes },
  { name: 'free', bytes: (row: StorageRow) => row.offeredFreeBytes },
  { name: 'other', bytes: (row: StorageRow) => row.otherFilesBytes },
  { name: 'left', bytes: (row: StorageRow) => row.diskLeftBytes },
] as const;

/** The whole disk in five parts, each named with its figure; those in the unit of the disk add up to it as shown. */
export function CapacityBar({ storage }: { storage: StorageRow }) {
  const sizes = parts.map(({ bytes }) => bytes(storage));
  const figures = partsInWords(sizes);
  return (
    <div>
      <div className={css['bar']} aria-hidden="true">
        {parts.map(({ name }, index) => {
          const bytes = sizes[index] ?? 0n;
          return bytes > 0n && <Part key={name} name={name} bytes={bytes} />;
        })}
      </div>
      <dl className={css['legend']}>
        {parts.map(({ name }, index) => (
          <div key={name}>
            <dt>
              <Part name={name} isSample />
              {t(`disk.${name}`)}
            </dt>
            <dd title={t('disk.exact', { bytes: String(sizes[index]) })}>{figures[index]}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** How full one offer is, in small. The words stand beside it. */
export function FillBar({ sold, downloading, free }: { sold: bigint; downloading: bigint; free: bigint }) {
  return (
    <div className={css['fill']} aria-hidden="true">
      {sold > 0n && <Part name="sold" bytes={sold} />}
      {downloading > 0n && <Part name="downloading" bytes={downloading} />}
      {free > 0n && <Part name="free" bytes={free} />}
    </div>
  );
}

type PartName = (typeof parts)[number]['name'];

function Part({
  name,
  bytes = 0n,
  isSample = false,
}: {
  name: PartName;
  bytes?: bigint;
  isSample?: boolean;
}) {
  return (
    <span
      className={isSample ? css['sample'] : css['part']}
      data-part={name}
      style={{ flexGrow: Number(bytes) }}
    >
      {name === 'downloading' && <Hatched ink="accent" />}
    </span>
  );
}
