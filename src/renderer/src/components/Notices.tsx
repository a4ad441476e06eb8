import { useEffect, useState } from 'react';
import { say } from '../../../shared/i18n/say.ts';
import type { Notice } from '../../../shared/notice.ts';
import { useConnection, useOnly } from '../api/node.tsx';
import { t } from '../i18n/t.ts';
import { goTo } from '../lib/router.ts';
import { CloseIcon } from './icons.tsx';
import css from './Notices.module.css';
import { StatusShape, type Shape } from './StatusMark.tsx';

/**
 * What a person should hear of, where the system has no notifications: the newest ones, each until it was read or
 * closed, or for ten seconds. One that tells of lost money stays, and gives way to no other.
 */
export function Notices() {
  const { onEvent } = useConnection();
  const isShownBySystem = useOnly('node')?.host?.hasNotifications === true;
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const close = (notice: Notice) => setNotices((all) => all.filter((other) => other !== notice));
  useEffect(() => {
    if (isShownBySystem) return undefined;
    const stop = onEvent('notice', (notice) => setNotices((all) => withNewest(all, notice)));
    return () => {
      stop();
      setNotices([]);
    };
  }, [onEvent, isShownBySystem]);
  return (
    <div aria-live="polite" className={css['place']}>
      {notices.map((notice) => (
        <OneNotice key={keyOf(notice)} notice={notice} onClose={close} />
      ))}
    </div>
  );
}

function OneNotice({ notice, onClose }: { notice: Notice; onClose: (notice: Notice) => void }) {
  const { kind, sentences, place, isLoss, isPractice } = notice;
  useEffect(() => {
    if (isLoss) return undefined;
    const timer = setTimeout(() => onClose(notice), SHOWN_MS);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- closing is the same thing at each turn
  }, [notice, isLoss]);
  const open = () => {
    goTo(place.page, place.id);
    onClose(notice);
  };
  return (
    <div className={css['notice']}>
      <StatusShape shape={shapes[kind]} size={16} />
      <div className={css['words']}>
        {isPractice && <p className={css['source']}>{t('ribbon.bold')}</p>}
        <p className="strong">{say(sentences.title)}</p>
        <p className="second">{say(sentences.body)}</p>
        <button type="button" className={css['open']} onClick={open}>
          {place.id === undefined ? t('notice.open', { page: t(`nav.${place.page}`) }) : t('todo.openSale')}
        </button>
      </div>
      <button type="button" className={css['close']} aria-label={t('close')} onClick={() => onClose(notice)}>
        <CloseIcon />
      </button>
    </div>
  );
}

const SHOWN_MS = 10_000;
const MOST_SHOWN = 3;

/** Of more than fit the oldest that cost nothing goes, else the oldest. */
function withNewest(all: readonly Notice[], notice: Notice): Notice[] {
  const shown = [...all, notice];
  if (shown.length <= MOST_SHOWN) return shown;
  const dispensable = shown.findIndex((one) => !one.isLoss);
  return shown.toSpliced(Math.max(0, dispensable), 1);
}

/** By which React knows one again; the same words twice are two notices. */
const keys = new WeakMap<Notice, number>();
let lastKey = 0;
function keyOf(notice: Notice): number {
  const known = keys.get(notice);
  if (known !== undefined) return known;
  keys.set(notice, ++lastKey);
  return lastKey;
}

const shapes: Readonly<Record<Notice['kind'], Shape>> = {
  slotFilled: 'selling',
  salePaid: 'ended',
  proofMissed: 'attention',
  slashed: 'danger',
  dataMissing: 'danger',
  slotLost: 'danger',
  gasLow: 'attention',
  collateralLow: 'attention',
  diskNearlyFull: 'attention',
  diskFault: 'danger',
  chainUnreachable: 'attention',
  nodeStopped: 'attention',
  nodeRestarted: 'info',
};
