import { Button, NativeSelect } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { StorageState } from '../../../../shared/api.ts';
import type { StorageRow } from '../../../../shared/rows.ts';
import { bytesText, exactTokens, parseBytes } from '../../../../shared/units.ts';
import { useConnection, useOnly } from '../../api/node.tsx';
import { CapacityBar } from '../../components/CapacityBar.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Field } from '../../components/Field.tsx';
import { Section } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import { sizeProblem } from '../../lib/offerdraft.ts';
import { useSending } from '../../lib/usesending.ts';
import css from './Settings.module.css';
import { useSettings } from './useSettings.ts';
import { useStorageState } from './usestoragestate.ts';

/** How much is given and how much is done at once; all of it counts from the moment it is set. */
export function WorkSection() {
  const storage = useOnly('storage');
  const { state, ask } = useStorageState();
  return (
    <Section title={t('work.title')}>
      {storage && <CapacityBar storage={storage} />}
      {!storage && state?.disk && (
        <p className="second">
          {t('work.disk', { free: bytesText(state.disk.freeBytes), size: bytesText(state.disk.sizeBytes) })}
        </p>
      )}
      <QuotaForm storage={storage} disk={state?.disk} onChange={ask} />
      <WorkersForm />
      <LevelChoice />
    </Section>
  );
}

interface QuotaFormProps {
  readonly storage: StorageRow | undefined;
  readonly disk: StorageState['disk'];
  readonly onChange: () => void;
}

function QuotaForm({ storage, disk, onChange }: QuotaFormProps) {
  const { client } = useConnection();
  const { settings } = useSettings();
  const { run, failure, forget, isSending } = useSending(onChange);
  const [typed, setTyped] = useState<string>();
  const [said, setSaid] = useState('');
  const inForce =
    storage?.quotaBytes ?? (settings?.quotaBytes === undefined ? undefined : BigInt(settings.quotaBytes));
  const text = typed ?? (inForce === undefined ? '' : exactTokens(inForce, 9));
  const limits = limitsOf(storage, disk);
  const parsed = parseBytes(text);
  const bytes = parsed.ok ? parsed.value : undefined;
  const problem = parsed.ok ? limitProblem(parsed.value, limits) : sizeProblem(parsed.code);
  const set = async (quotaBytes: number | null) => {
    setSaid('');
    if (!(await run(() => client.changeSettings({ quotaBytes })))) return;
    setTyped(undefined);
    if (quotaBytes !== null) setSaid(t('work.quotaSet', { quota: bytesText(BigInt(quotaBytes)) }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (bytes !== undefined && problem === undefined) void set(Number(bytes));
    else setTyped(text);
  };
  return (
    <form className={css['move']} onSubmit={submit} noValidate>
      <Field
        name="quota"
        label={t('work.quota')}
        unit="GB"
        value={text}
        help={limits && t('work.quotaHelp', { least: bytesText(limits.least), most: bytesText(limits.most) })}
        error={typed === undefined ? undefined : problem}
        onChange={(value) => {
          setTyped(value);
          setSaid('');
          forget();
        }}
        onLeave={() => {}}
      />
      <p className={css['note']}>{t('work.quotaNote')}</p>
      <output className="small second">{said}</output>
      {failure && <Failure what={t('work.quotaFailed')} error={failure} />}
      <div className={css['buttons']}>
        <Button type="submit" variant="default" loading={isSending} disabled={typed === undefined}>
          {t('work.quotaSave')}
        </Button>
        <Button variant="default" onClick={() => void set(null)}>
          {t('work.quotaDefault')}
        </Button>
      </div>
    </form>
  );
}

interface QuotaLimits {
  readonly least: bigint;
  readonly most: bigint;
}

/** What is stored and promised has to fit, and the disk has to have it. Undefined while neither is known. */
function limitsOf(storage: StorageRow | undefined, disk: StorageState['disk']): QuotaLimits | undefined {
  if (!disk) return undefined;
  return {
    least: storage ? storage.usedBytes + storage.reservedBytes : 0n,
    most: disk.freeBytes + (storage?.usedBytes ?? disk.ownBytes),
  };
}

function limitProblem(bytes: bigint, limits: QuotaLimits | undefined): string | undefined {
  if (bytes <= 0n) return sizeProblem('ZERO');
  if (bytes > BigInt(Number.MAX_SAFE_INTEGER)) return sizeProblem('TOO_LARGE');
  if (limits && bytes < limits.least) return t('work.quotaLeast', { least: bytesText(limits.least) });
  if (limits && bytes > limits.most) return t('work.quotaMost', { most: bytesText(limits.most) });
  return undefined;
}

function WorkersForm() {
  const { client } = useConnection();
  const { settings } = useSettings();
  const [typed, setTyped] = useState<string>();
  const [said, setSaid] = useState('');
  const { run, failure, forget, isSending } = useSending();
  const text = typed ?? String(settings?.workers ?? '');
  const workers = /^\d{1,2}$/.test(text.trim()) ? Number(text) : NaN;
  const isGood = workers >= 1 && workers <= 32;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isGood && (await run(() => client.changeSettings({ workers })))) setSaid(t('work.saved'));
  };
  return (
    <form className={css['move']} onSubmit={(event) => void submit(event)} noValidate>
      <Field
        name="workers"
        label={t('work.workers')}
        help={t('work.workersHelp')}
        value={text}
        error={typed === undefined || isGood ? undefined : t('work.workersBad')}
        onChange={(value) => {
          setTyped(value);
          setSaid('');
          forget();
        }}
        onLeave={() => {}}
      />
      <output className="small second">{said}</output>
      {failure && <Failure what={t('work.saveFailed')} error={failure} />}
      <div className={css['buttons']}>
        <Button type="submit" variant="default" loading={isSending} disabled={typed === undefined}>
          {t('work.save')}
        </Button>
      </div>
    </form>
  );
}

const levels = ['trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal'] as const;

/** One that names topics was written by a person and is kept among the choices. */
function LevelChoice() {
  const { settings, change, failure } = useSettings();
  const level = settings?.logLevel ?? 'info';
  return (
    <div className={css['move']}>
      <NativeSelect
        className={css['level']}
        label={t('work.logLevel')}
        value={level}
        disabled={!settings}
        data={[
          ...(levels.some((known) => known === level) ? [] : [level]),
          ...levels.map((value) => ({ value, label: t(`level.${value}`) })),
        ]}
        onChange={(event) => change({ logLevel: event.currentTarget.value })}
      />
      <p className={css['note']}>{t('work.levelNote')}</p>
      <output className="small second">{failure}</output>
    </div>
  );
}
