import { useId } from 'react';
import { useOnly } from '../../api/node.tsx';
import { Check } from '../../components/Check.tsx';
import { Section } from '../../components/Page.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import css from './Settings.module.css';
import { useSettings } from './useSettings.ts';

/** What one is told of by itself, and when not. */
export function NoticesSection() {
  const { settings, change, failure } = useSettings();
  const host = useOnly('node')?.host;
  const quiet = settings?.quietHours;
  return (
    <Section title={t('settings.notices')}>
      <Check
        label={t('settings.noticesAll')}
        note={t('settings.noticesAllNote')}
        isOn={settings?.notices === 'all'}
        isDisabled={!settings}
        onChange={(isOn) => change({ notices: isOn ? 'all' : 'losses' })}
      />
      <Check
        label={t('settings.quiet')}
        note={t('settings.quietNote')}
        isOn={quiet !== undefined}
        isDisabled={!settings}
        onChange={(isOn) => change({ quietHours: isOn ? usualNight : null })}
      />
      {quiet && (
        <div className={css['times']}>
          <Time
            label={t('settings.quietFrom')}
            value={quiet.from}
            onChange={(from) => change({ quietHours: { ...quiet, from } })}
          />
          <Time
            label={t('settings.quietTo')}
            value={quiet.to}
            onChange={(to) => change({ quietHours: { ...quiet, to } })}
          />
        </div>
      )}
      <p className={css['note']}>
        {host?.hasNotifications ? t('settings.noticesSystem') : t('settings.noticesPage')}
      </p>
      <output>{failure !== undefined && <StatusMark shape="attention">{failure}</StatusMark>}</output>
    </Section>
  );
}

const usualNight = { from: '22:00', to: '07:00' };

function Time({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (time: string) => void;
}) {
  const id = useId();
  return (
    <span className={css['time']}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="time"
        required
        value={value}
        // What is typed half is no time.
        onChange={({ currentTarget }) => currentTarget.value !== '' && onChange(currentTarget.value)}
      />
    </span>
  );
}
