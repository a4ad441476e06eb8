import { SegmentedControl } from '@mantine/core';
import { Section } from '../../components/Page.tsx';
import { languageChoices, type LanguageChoice } from '../../../../shared/i18n/language.ts';
import { useOnly } from '../../api/node.tsx';
import { setLanguageChoice, useLanguageChoice } from '../../i18n/language.ts';
import { t } from '../../i18n/t.ts';
import {
  appearances,
  contrasts,
  setAppearance,
  setContrast,
  useAppearance,
  useContrast,
  type Appearance,
  type Contrast,
} from '../../theme/appearance.ts';
import css from './Settings.module.css';
import { useSettings } from './useSettings.ts';

/** Light or dark, and how much contrast. */
export function AppearanceSection() {
  return (
    <Section title={t('settings.appearance')}>
      <div className={css['choices']}>
        <SegmentedControl
          aria-label={t('settings.appearance')}
          value={useAppearance()}
          onChange={(value) => setAppearance(value as Appearance)}
          data={appearances.map((value) => ({ value, label: t(`appearance.${value}`) }))}
        />
        <SegmentedControl
          aria-label={t('settings.contrast')}
          value={useContrast()}
          onChange={(value) => setContrast(value as Contrast)}
          data={contrasts.map((value) => ({ value, label: t(`contrast.${value}`) }))}
        />
      </div>
      <p className={css['note']}>{t('settings.appearanceNote')}</p>
    </Section>
  );
}

/** Changes every text and number of the window at once, and on the desktop what the system shows. */
export function LanguageSection() {
  const { change } = useSettings();
  const isDesktop = useOnly('node')?.host?.kind === 'desktop';
  const choose = (language: LanguageChoice) => {
    setLanguageChoice(language);
    if (isDesktop) change({ language });
  };
  return (
    <Section title={t('settings.language')}>
      <SegmentedControl
        aria-label={t('settings.language')}
        value={useLanguageChoice()}
        onChange={(value) => choose(value as LanguageChoice)}
        data={languageChoices.map((value) => ({ value, label: t(`language.${value}`) }))}
      />
      <p className={css['note']}>{t('settings.languageNote')}</p>
    </Section>
  );
}
