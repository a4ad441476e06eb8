import { useEffect, useState } from 'react';
import type { Notice } from '../../../shared/api.ts';
import { say } from '../../../shared/i18n/say.ts';
import { useConnection, useOnly } from '../api/node.tsx';
import { t } from '../i18n/t.ts';
import { goTo } from '../lib/router.ts';
import { CloseIcon } from './icons.tsx';
import css from './Notices.module.css';
import { StatusShape, type Shape } from './StatusMark.tsx';

/**
 * What a person should hear of, where the system has no notifications: the newest one, until it was read or closed, or
 * for ten seconds. One that tells of lost money stays.
 */
export function Notices() {
  const { onEvent } = useConnection();
  const isPractice = useOnly('node')?.network.kind === 'practice';
  const [notice, setNotice] = useState<Notice>();
  useEffect(() => onEvent('notice', setNotice), [onEvent]);
  useEffect(() => {
    if (!notice || staying.has(notice.kind)) return undefined;
    const timer = setTimeout(() => setNotice(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div aria-live="polite" className={css['place']}>
      {notice && (
        <div className={css['notice']}>
          <StatusShape shape={shapes[notice.kind]} size={16} />
          <div className={css['words']}>
            {isPractice && <p className={css['source']}>{t('ribbon.bold')}</p>}
            <p className="strong">{titleOf(notice)}</p>
            <p className="second">{bodyOf(notice)}</p>
            {notice.saleId !== undefined && (
              <button type="button" className={css['open']} onClick={() => open(notice.saleId)}>
                {t('todo.openSale')}
              </button>
            )}
          </div>
          <button
            type="button"
            className={css['close']}
            aria-label={t('close')}
            onClick={() => setNotice(undefined)}
          >
            <CloseIcon />
          </button>
        </div>
      )}
    </div>
  );

  function open(saleId: string | undefined): void {
    goTo('sales', saleId);
    setNotice(undefined);
  }
}

const titleOf = ({ sentences, title }: Notice) => (sentences ? say(sentences.title) : title);
const bodyOf = ({ sentences, body }: Notice) => (sentences ? say(sentences.body) : body);

const SHOWN_MS = 10_000;
const staying: ReadonlySet<Notice['kind']> = new Set([
  'proofMissed',
  'dataMissing',
  'slotLost',
  'diskFault',
  'nodeStopped',
]);

const shapes: Readonly<Record<Notice['kind'], Shape>> = {
  slotFilled: 'selling',
  salePaid: 'ended',
  proofMissed: 'attention',
  dataMissing: 'danger',
  slotLost: 'danger',
  diskFault: 'danger',
  nodeStopped: 'attention',
};
