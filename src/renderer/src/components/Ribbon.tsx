import { Menu } from '@mantine/core';
import { useConnection, useOnly } from '../api/node.tsx';
import { t } from '../i18n/t.ts';
import { hrefOf, usePlace } from '../lib/router.ts';
import { practiceSpeeds, speedText, useSetSpeed } from '../lib/practicespeed.ts';
import { quietMenu } from '../theme/mantine.ts';
import { DownIcon, PracticeSign } from './icons.tsx';
import css from './Ribbon.module.css';

/** Above everything while the practice network runs. It cannot be closed. */
export function Ribbon() {
  const node = useOnly('node');
  const { client } = useConnection();
  const place = usePlace();
  const { setSpeed, failure } = useSetSpeed(client);
  if (node?.network.kind !== 'practice') return undefined;
  const speed = node.practiceSpeed ?? 1;
  return (
    <aside className={css['ribbon']} aria-label={t('ribbon.label')}>
      <PracticeSign />
      <p>
        <strong>{t('ribbon.bold')}</strong> {t('ribbon.plain')}{' '}
        <output>{failure ?? t('ribbon.speed', { speed: speedText(speed) })}</output>
      </p>
      <a
        className={css['button']}
        href={place.page === 'welcome' ? hrefOf('welcome', 'network') : hrefOf('settings')}
      >
        {t('ribbon.network')}
      </a>
      <Menu {...quietMenu}>
        <Menu.Target>
          <button type="button" className={css['button']}>
            {t('ribbon.change')} <DownIcon />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {practiceSpeeds.map((choice) => (
            <Menu.Item
              key={choice}
              onClick={() => setSpeed(choice)}
              aria-current={choice === speed || undefined}
            >
              {t('ribbon.choice', { speed: speedText(choice) })}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </aside>
  );
}
