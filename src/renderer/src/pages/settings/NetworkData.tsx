import { Button } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { errorMessage } from '../../../../shared/errors.ts';
import type { NetworkCheck, NetworkInfo, NetworkProposal } from '../../../../shared/networks.ts';
import { useConnection } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Field } from '../../components/Field.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { NetworkChanges } from './NetworkChanges.tsx';
import { hasData } from './networkdraft.ts';
import { isAtTerminal, useSending } from '../../lib/usesending.ts';
import css from './Settings.module.css';

interface NetworkDataProps {
  readonly info: NetworkInfo | undefined;
  readonly onChange: () => void;
}

/** Whether the servers of the chosen network answer, and where its address and servers come from. */
export function NetworkData({ info, onChange }: NetworkDataProps) {
  if (!info || info.id === 'practice') return undefined;
  return (
    <>
      {info.problem && <Failure what={t('network.failed')} error={info.problem} />}
      <Servers id={info.id} />
      {hasData(info) && <DataUpdate info={info} onChange={onChange} />}
    </>
  );
}

function Servers({ id }: { id: string }) {
  const { client } = useConnection();
  const { run, failure, isSending } = useSending();
  const [check, setCheck] = useState<NetworkCheck>();
  return (
    <div className={css['move']}>
      <div className={css['buttons']}>
        <Button
          variant="default"
          loading={isSending}
          onClick={() => void run(async () => setCheck(await client.checkNetwork({ id })))}
        >
          {t('network.check')}
        </Button>
      </div>
      {failure && <Failure what={t('network.failed')} error={failure} />}
      {check && (
        <output className={css['servers']}>
          {check.servers.map(({ url, chainId, block, problem }) => (
            <span key={url}>
              <StatusMark shape={problem ? 'attention' : 'passed'}>{url}</StatusMark>{' '}
              <span className="small second">
                {problem
                  ? errorMessage(problem)
                  : t('network.serverGood', {
                      chain: String(chainId ?? t('unknown')),
                      block: String(block ?? t('unknown')),
                    })}
              </span>
            </span>
          ))}
          {check.problems.map((problem) => (
            <StatusMark key={problem.code} shape="attention">
              {errorMessage(problem)}
            </StatusMark>
          ))}
          {check.problems.length === 0 && <StatusMark shape="passed">{t('network.checkGood')}</StatusMark>}
        </output>
      )}
    </div>
  );
}

function DataUpdate({
  info: { id, origin, version },
  onChange,
}: {
  info: NetworkInfo;
  onChange: () => void;
}) {
  const { client } = useConnection();
  const { run, failure, forget, isSending } = useSending();
  const [source, setSource] = useState('');
  const [proposal, setProposal] = useState<NetworkProposal>();
  const propose = (ask: () => Promise<NetworkProposal>) => void run(async () => setProposal(await ask()));
  const accept = async ({ hash }: NetworkProposal) => {
    if (!(await run(() => client.acceptNetworkUpdate({ id, hash })))) return;
    setProposal(undefined);
    setSource('');
    onChange();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (source.trim() !== '') propose(() => client.proposeNetworkUpdate({ id, source: source.trim() }));
  };
  const command = `slotkeeper network accept ${id} ${proposal?.hash ?? '<hash>'}`;
  return (
    <form className={css['move']} onSubmit={submit} noValidate>
      <h3>{t('network.data')}</h3>
      <p className="second">
        {origin.kind === 'accepted' ? t('network.accepted', { source: origin.source }) : t('network.builtIn')}
        {version !== undefined && `, ${version}`}
      </p>
      <Field
        name="source"
        label={t('network.updateFrom')}
        help={t('network.updateHelp')}
        value={source}
        error={undefined}
        onChange={(text) => {
          setSource(text);
          setProposal(undefined);
          forget();
        }}
        onLeave={() => {}}
      />
      {failure && isAtTerminal(failure) && <output>{t('network.atTerminal', { command })}</output>}
      {failure && !isAtTerminal(failure) && <Failure what={t('network.failed')} error={failure} />}
      {proposal ? (
        <NetworkChanges
          proposal={proposal}
          action={t('network.accept')}
          isSending={isSending}
          onAccept={() => void accept(proposal)}
          onLeave={() => setProposal(undefined)}
        />
      ) : (
        <div className={css['buttons']}>
          <Button type="submit" variant="default" loading={isSending} disabled={source.trim() === ''}>
            {t('network.update')}
          </Button>
          {origin.kind === 'accepted' && (
            <Button variant="default" onClick={() => propose(() => client.proposeNetworkRevert({ id }))}>
              {t('network.revert')}
            </Button>
          )}
        </div>
      )}
    </form>
  );
}
