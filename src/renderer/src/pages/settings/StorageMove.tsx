import { Button } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { StorageState } from '../../../../shared/api.ts';
import { bytesText, durationText, percentText, rateText } from '../../../../shared/units.ts';
import { useConnection } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Field } from '../../components/Field.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { isTextKey, t } from '../../i18n/t.ts';
import type { ShownError } from '../../lib/shownerror.ts';
import { isAtTerminal, useSending } from '../../lib/usesending.ts';
import css from './Settings.module.css';

interface StorageMoveProps {
  readonly state: StorageState;
  /** Something was done about it. */
  readonly onChange: () => void;
}

/** The slots are copied to another folder while the node goes on; its next start uses the copies. */
export function StorageMove({ state: { move, leaving }, onChange }: StorageMoveProps) {
  if (leaving !== undefined) return <p className={css['note']}>{t('move.leaving', { folder: leaving })}</p>;
  return move ? <UnderWay move={move} onChange={onChange} /> : <Begin onChange={onChange} />;
}

type Move = NonNullable<StorageState['move']>;

function UnderWay({ move, onChange }: { move: Move; onChange: () => void }) {
  const { client } = useConnection();
  const { run, failure, isSending } = useSending(onChange);
  const { to, isRunning, isCopied, doneBytes, totalBytes } = move;
  return (
    <div className={css['move']}>
      <p>{t('move.to', { folder: to })}</p>
      {isRunning && doneBytes !== undefined && totalBytes !== undefined && (
        <ProgressBar label={t('move.title')} done={BigInt(doneBytes)} total={BigInt(totalBytes)} />
      )}
      {move.failure === undefined ? (
        <p className="second">{stateText(move)}</p>
      ) : (
        <Failure what={t('move.stopped')} error={{ code: 'MOVE_STOPPED', message: move.failure }} />
      )}
      {failure && <Failure what={t('move.failed')} error={failure} />}
      <div className={css['buttons']}>
        {!isRunning && !isCopied && (
          <Button loading={isSending} onClick={() => void run(() => client.moveStorage({ folder: to }))}>
            {t('move.resume')}
          </Button>
        )}
        <Button variant="default" onClick={() => void run(() => client.cancelStorageMove({}))}>
          {t('move.cancel')}
        </Button>
      </div>
    </div>
  );
}

function stateText({ isCopied, isRunning, doneBytes, totalBytes, ...rest }: Move): string {
  if (isCopied) return t('move.copied');
  if (!isRunning) return t('move.waits');
  if (doneBytes === undefined || totalBytes === undefined) return t('move.begins');
  const { bytesPerSecond, remainingSeconds } = rest;
  return [
    t('sale.downloaded', {
      percent: percentText(BigInt(doneBytes), BigInt(totalBytes)),
      done: bytesText(BigInt(doneBytes)),
      all: bytesText(BigInt(totalBytes)),
    }),
    ...(bytesPerSecond === undefined ? [] : [rateText(bytesPerSecond)]),
    ...(remainingSeconds === undefined ? [] : [t('sale.left', { time: durationText(remainingSeconds) })]),
  ].join(', ');
}

/** What was typed stays when it is refused. */
function Begin({ onChange }: { onChange: () => void }) {
  const { client } = useConnection();
  const [folder, setFolder] = useState('');
  const { run, failure, forget, isSending } = useSending(onChange);
  const problem = failure && folderProblem(failure);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (folder.trim() !== '') void run(() => client.moveStorage({ folder: folder.trim() }));
  };
  return (
    <form className={css['move']} onSubmit={submit} noValidate>
      <Field
        name="folder"
        label={t('move.folder')}
        help={t('move.folderHelp')}
        value={folder}
        error={problem}
        onChange={(text) => {
          setFolder(text);
          forget();
        }}
        onLeave={() => {}}
      />
      <p className={css['note']}>{t('move.note')}</p>
      <output>
        {failure !== undefined && isAtTerminal(failure) && (
          <StatusMark shape="attention">
            {t('move.atTerminal', { command: `slotkeeper storage move ${quoted(folder.trim())}` })}
          </StatusMark>
        )}
      </output>
      {failure !== undefined && problem === undefined && !isAtTerminal(failure) && (
        <Failure what={t('move.failed')} error={failure} />
      )}
      <div className={css['buttons']}>
        <Button type="submit" variant="default" loading={isSending} disabled={folder.trim() === ''}>
          {t('move.begin')}
        </Button>
      </div>
    </form>
  );
}

/** The rule that the folder fails, and what to enter instead; undefined when the folder is not to blame. */
function folderProblem(failure: ShownError): string | undefined {
  if (failure.code !== 'MOVE_TARGET_UNUSABLE') return undefined;
  const { rule } = failure.details as { readonly rule?: unknown };
  const key = `move.bad.${String(rule)}`;
  return isTextKey(key) ? t(key as 'move.bad.notEmpty') : failure.message;
}

const quoted = (folder: string): string =>
  /^[\w./:\\-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`;
