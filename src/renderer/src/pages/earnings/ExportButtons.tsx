import { Button } from '@mantine/core';
import { useState } from 'react';
import type { AccountFilter } from '../../../../shared/accounts.ts';
import { useConnection } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { t } from '../../i18n/t.ts';
import { saveText } from '../../lib/savetext.ts';
import { shownError } from '../../lib/shownerror.ts';
import css from './Earnings.module.css';

/** What the filter shows, as a file: where the desktop asks, or as a download of the browser. */
export function ExportButtons({ filter }: { filter: AccountFilter }) {
  const { client } = useConnection();
  const [{ isBusy, done, failure }, setState] = useState<{
    isBusy: boolean;
    done?: string;
    failure?: unknown;
  }>({
    isBusy: false,
  });
  const write = async (format: 'csv' | 'json') => {
    setState({ isBusy: true });
    try {
      const answer = await client.exportAccounts({ ...filter, format, to: 'file' });
      if (answer.kind === 'text') saveText(answer.name, answer.text);
      const where = {
        text: undefined,
        written: 'file' in answer ? answer.file : undefined,
        notChosen: undefined,
      };
      const done = where[answer.kind];
      setState({ isBusy: false, ...(done !== undefined && { done }) });
    } catch (error) {
      setState({ isBusy: false, failure: error });
    }
  };
  return (
    <div>
      <div className={css['exports']}>
        {(['csv', 'json'] as const).map((format) => (
          <Button key={format} variant="default" disabled={isBusy} onClick={() => void write(format)}>
            {t('earnings.export', { format: format.toUpperCase() })}
          </Button>
        ))}
      </div>
      <output className="small second">{done !== undefined && t('earnings.exported', { file: done })}</output>
      {failure !== undefined && <Failure what={t('earnings.exportFailed')} error={shownError(failure)} />}
    </div>
  );
}
