import { Button, Menu } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { LogExportStep, LogLine } from '../../../../shared/api.ts';
import type { LogFilter } from '../../../../shared/logfilter.ts';
import { useConnection } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { DownIcon } from '../../components/icons.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { plural, t } from '../../i18n/t.ts';
import { saveText } from '../../lib/savetext.ts';
import { shownError } from '../../lib/shownerror.ts';
import { quietMenu } from '../../theme/mantine.ts';
import css from './Activity.module.css';
import { plainFilter } from './loglines.ts';

export interface LogExportState {
  readonly step?: Omit<LogExportStep, 'text'>;
  readonly done?: { readonly lines: number; readonly file?: string };
  readonly failure?: unknown;
}

type Wish = { readonly filter: LogFilter; readonly lines: readonly LogLine[] } | undefined;

/** Exports of the log, step by step: to where the desktop asks, or as a download. Leaving the page calls one off. */
export function useLogExport() {
  const { client } = useConnection();
  const [state, setState] = useState<LogExportState>({});
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const run = async (wish: Wish, signal: AbortSignal) => {
    const begun = await client.beginLogExport(wishOf(wish));
    if (begun.kind === 'notChosen') return setState({});
    const { id, name, file } = begun;
    const texts: string[] = [];
    for (;;) {
      if (signal.aborted) {
        await client.cancelLogExport({ id });
        return setState({});
      }
      const { text = '', ...step } = await client.continueLogExport({ id });
      texts.push(text);
      if (!step.isDone) {
        setState({ step });
        continue;
      }
      if (file === undefined && !signal.aborted) saveText(name, ...texts);
      return setState({ done: { lines: step.lines, ...(file !== undefined && { file }) } });
    }
  };
  return {
    state,
    begin: (wish: Wish) => {
      const ending = new AbortController();
      running.current = ending;
      setState({});
      run(wish, ending.signal).catch((failure: unknown) => setState({ failure }));
    },
    cancel: () => running.current?.abort(),
  };
}

/** Of what is shown the first and the last line say from where to where. */
function wishOf(wish: Wish) {
  const [first, last] = [wish?.lines[0], wish?.lines.at(-1)];
  if (!wish || !first || !last) return {};
  return {
    filter: plainFilter(wish.filter),
    from: { timeMs: first.timeMs, json: first.json },
    until: { timeMs: last.timeMs, json: last.json },
  };
}

export function ExportMenu({
  shown,
  isBusy,
  onShown,
  onAll,
}: {
  shown: number;
  isBusy: boolean;
  onShown: () => void;
  onAll: () => void;
}) {
  return (
    <Menu {...quietMenu}>
      <Menu.Target>
        <Button variant="default" rightSection={<DownIcon />} disabled={isBusy}>
          {t('log.export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={shown === 0} onClick={onShown}>
          {t('log.exportShown', { lines: plural('log.lines', shown) })}
        </Menu.Item>
        <Menu.Item onClick={onAll}>{t('log.exportAll')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** How far one is, what became of it, or why it was not written. */
export function ExportProgress({
  state: { step, done, failure },
  onCancel,
}: {
  state: LogExportState;
  onCancel: () => void;
}) {
  return (
    <>
      {step && (
        <div className={css['progress']}>
          <ProgressBar
            label={t('log.exporting')}
            done={BigInt(step.doneBytes)}
            total={BigInt(step.totalBytes)}
          />
          <span className="small second">{plural('log.lines', step.lines)}</span>
          <Button variant="default" onClick={onCancel}>
            {t('cancel')}
          </Button>
        </div>
      )}
      <output className="small second">{done && doneText(done)}</output>
      {failure !== undefined && <Failure what={t('log.exportFailed')} error={shownError(failure)} />}
    </>
  );
}

const doneText = ({ lines, file }: { readonly lines: number; readonly file?: string }) =>
  file === undefined
    ? t('log.exported', { lines: plural('log.lines', lines) })
    : t('log.exportedTo', { lines: plural('log.lines', lines), file });
