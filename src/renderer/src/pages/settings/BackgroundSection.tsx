import { useOnly } from '../../api/node.tsx';
import { Check } from '../../components/Check.tsx';
import { Section } from '../../components/Page.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { useSettings } from './useSettings.ts';

/** What only the desktop can do; a browser does not show it. */
export function BackgroundSection() {
  const { settings, change, failure } = useSettings();
  const host = useOnly('node')?.host;
  if (host?.kind !== 'desktop') return undefined;
  const { canStartAtLogin, canKeepAwake } = host;
  return (
    <Section title={t('settings.background')}>
      <Check
        label={t('settings.startAtLogin')}
        note={canStartAtLogin ? t('settings.startAtLoginNote') : t('settings.startAtLoginNot')}
        isOn={settings?.startAtLogin === true}
        isDisabled={!settings || !canStartAtLogin}
        onChange={(startAtLogin) => change({ startAtLogin })}
      />
      {settings?.startAtLogin && (
        <Check
          label={t('settings.startHidden')}
          isOn={settings.startHidden}
          onChange={(startHidden) => change({ startHidden })}
        />
      )}
      {canKeepAwake && (
        <Check
          label={t('settings.keepAwake')}
          note={t('settings.keepAwakeNote')}
          isOn={settings?.keepAwake === true}
          isDisabled={!settings}
          onChange={(keepAwake) => change({ keepAwake })}
        />
      )}
      <output>{failure !== undefined && <StatusMark shape="attention">{failure}</StatusMark>}</output>
    </Section>
  );
}
