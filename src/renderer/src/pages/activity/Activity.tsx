import { Button } from '@mantine/core';
import { useState } from 'react';
import type { LogLine } from '../../../../shared/api.ts';
import { Page } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import css from './Activity.module.css';
import { DiagnosticsDialog } from './Diagnostics.tsx';
import { LogDetail } from './LogDetail.tsx';
import { LogViewer } from './LogViewer.tsx';
import { TimeLine } from './TimeLine.tsx';

/** What happened in plain words, and below it what the node writes down. `search` fills the log's search. */
export function Activity({ search }: { search: string | undefined }) {
  const [opened, setOpened] = useState<LogLine>();
  const [isAsking, setAsking] = useState(false);
  const [saved, setSaved] = useState<string>();
  return (
    <div className={css['split']}>
      <div className={css['main']}>
        <Page
          title={t('activity.title')}
          isFull
          actions={
            <div className={css['tools']}>
              <output className="small second">
                {saved !== undefined && t('diagnostics.saved', { file: saved })}
              </output>
              <Button variant="default" onClick={() => setAsking(true)}>
                {t('diagnostics.open')}
              </Button>
            </div>
          }
        >
          <div className={css['feed']}>
            <TimeLine />
          </div>
          <LogViewer key={search ?? ''} firstSearch={search ?? ''} opened={opened} onOpen={setOpened} />
        </Page>
      </div>
      {opened && <LogDetail line={opened} onClose={() => setOpened(undefined)} />}
      {isAsking && (
        <DiagnosticsDialog
          onClose={() => setAsking(false)}
          onSaved={(file) => {
            setAsking(false);
            setSaved(file);
          }}
        />
      )}
    </div>
  );
}
