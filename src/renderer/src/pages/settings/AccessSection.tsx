import { useOnly } from '../../api/node.tsx';
import { Section } from '../../components/Page.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import css from './Settings.module.css';

/** From where this window can be opened. It is changed at the terminal: a page must not open the node to others. */
export function AccessSection() {
  const host = useOnly('node')?.host;
  if (host?.kind !== 'headless' || !host.access) return undefined;
  const { address, isOpen, isEncrypted } = host.access;
  return (
    <Section title={t('settings.access')}>
      <p>{isOpen ? t('settings.accessOpen', { address }) : t('settings.accessHere')}</p>
      {isOpen && !isEncrypted && <StatusMark shape="attention">{t('settings.accessPlain')}</StatusMark>}
      {isOpen && isEncrypted && <StatusMark shape="passed">{t('settings.accessEncrypted')}</StatusMark>}
      <p className={css['note']}>{t('settings.accessNote')}</p>
    </Section>
  );
}
