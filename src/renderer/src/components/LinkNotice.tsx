import { UNKNOWN_LINK } from '../../../shared/links.ts';
import { t } from '../i18n/t.ts';
import { goTo, type Place } from '../lib/router.ts';
import { CloseIcon } from './icons.tsx';
import css from './LinkNotice.module.css';
import { StatusMark } from './StatusMark.tsx';

/** Says over Home that a link led nowhere. */
export function LinkNotice({ place: { page, id } }: { place: Place }) {
  const isShown = page === 'home' && id === UNKNOWN_LINK;
  return (
    <output className={css['line']} data-shown={isShown || undefined}>
      {isShown && (
        <>
          <StatusMark shape="info">{t('link.unknown')}</StatusMark>
          <button type="button" aria-label={t('close')} onClick={() => goTo('home')}>
            <CloseIcon />
          </button>
        </>
      )}
    </output>
  );
}
