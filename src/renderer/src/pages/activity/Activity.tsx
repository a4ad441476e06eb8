import { useState } from 'react';
import type { LogLine } from '../../../../shared/api.ts';
import { ActivityList } from '../../components/ActivityList.tsx';
import { Page, Section } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { useIsLoading } from '../../api/node.tsx';
import { t } from '../../i18n/t.ts';
import css from './Activity.module.css';
import { LogDetail } from './LogDetail.tsx';
import { LogViewer } from './LogViewer.tsx';

/** What happened in plain words, and below it what the node writes down. `search` fills the log's search. */
export function Activity({ search }: { search: string | undefined }) {
  const isLoading = useIsLoading();
  const [opened, setOpened] = useState<LogLine>();
  return (
    <div className={css['split']}>
      <div className={css['main']}>
        <Page title={t('activity.title')} isFull>
          <div className={css['feed']}>
            <Section title={t('activity.happened')}>
              {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so that the keyboard must reach it */}
              <div className={css['list']} tabIndex={0}>
                {isLoading ? <Skeleton rows={5} /> : <ActivityList limit={100} />}
              </div>
            </Section>
          </div>
          <LogViewer key={search ?? ''} firstSearch={search ?? ''} opened={opened} onOpen={setOpened} />
        </Page>
      </div>
      {opened && <LogDetail line={opened} onClose={() => setOpened(undefined)} />}
    </div>
  );
}
