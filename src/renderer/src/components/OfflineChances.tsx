import { durationText } from '../../../shared/units.ts';
import { chanceText } from '../lib/format.ts';
import css from './OfflineChances.module.css';

export interface OfflineChance {
  /** How long the computer is off. */
  readonly seconds: number;
  /** Of a loss in that time, 0 to 1. */
  readonly chance: number;
}

/** The chance of a loss for each length of time offline, as a bar and in words. */
export function OfflineChances({ label, chances }: { label: string; chances: readonly OfflineChance[] }) {
  return (
    <dl className={css['chances']} aria-label={label}>
      {chances.map(({ seconds, chance }) => (
        <div key={seconds}>
          <dt>{durationText(seconds)}</dt>
          <dd aria-hidden="true" className={css['track']}>
            <span style={{ width: `${(chance * 100).toFixed(2)}%` }} />
          </dd>
          <dd className={css['figure']} title={`${chance * 100} %`}>
            {chanceText(chance)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
