import { Button, SegmentedControl } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { NetworkInfo, NetworkProposal } from '../../../../shared/networks.ts';
import type { NetworkSettings } from '../../../../shared/settings.ts';
import { useConnection, useOnly } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Field } from '../../components/Field.tsx';
import { Section } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import { NetworkChanges } from './NetworkChanges.tsx';
import { NetworkData } from './NetworkData.tsx';
import {
  choiceOf,
  commandFor,
  draftOf,
  isAddress,
  isServer,
  networkChoices,
  networkOf,
  type NetworkChoice,
  type NetworkDraft,
} from './networkdraft.ts';
import { isAtTerminal, useSending } from '../../lib/usesending.ts';
import css from './Settings.module.css';

/** Where the node sells: the choice, what it changes, and the data of the network that is chosen. */
export function NetworkSection() {
  const { network, infos, ask } = useNetworks();
  return (
    <Section title={t('network.title')}>
      {/* A form of what is in force then; what was typed of another is done with. */}
      {network && <NetworkForm key={JSON.stringify(network)} now={network} onChange={ask} />}
      {network && <NetworkData info={infos.find(({ id }) => id === choiceOf(network))} onChange={ask} />}
    </Section>
  );
}

function NetworkForm({ now, onChange }: { now: NetworkSettings; onChange: () => void }) {
  const { client } = useConnection();
  const { run, failure, forget, isSending } = useSending();
  const [draft, setDraft] = useState<NetworkDraft>(() => draftOf(now));
  const [proposal, setProposal] = useState<NetworkProposal>();
  const network = networkOf(draft, now);
  const change = (changes: Partial<NetworkDraft>) => {
    setDraft({ ...draft, ...changes });
    setProposal(undefined);
    forget();
  };
  const look = () =>
    void run(async () => network && setProposal(await client.proposeNetworkUse({ network })));
  const use = async ({ hash }: NetworkProposal) => {
    if (!(await run(() => client.useNetwork({ hash })))) return;
    setProposal(undefined);
    onChange();
  };
  return (
    <form
      className={css['move']}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        look();
      }}
    >
      <div className={css['choices']}>
        <SegmentedControl
          aria-label={t('network.which')}
          value={draft.choice}
          onChange={(choice) => change({ choice: choice as NetworkChoice })}
          data={networkChoices.map((value) => ({ value, label: t(`network.${value}`) }))}
        />
      </div>
      <p className={css['note']}>
        {draft.choice === 'practice' ? t('network.practiceNote') : t('network.liveNote')}
      </p>
      {draft.choice === 'practice' && (
        <div className={css['choices']}>
          <span className="third">{t('network.family')}</span>
          <SegmentedControl
            aria-label={t('network.family')}
            value={draft.family}
            onChange={(family) => change({ family: family as NetworkDraft['family'] })}
            data={(['direct', 'vault'] as const).map((value) => ({
              value,
              label: t(`network.family.${value}`),
            }))}
          />
        </div>
      )}
      {draft.choice === 'custom' && <CustomFields draft={draft} onChange={change} />}
      {failure && isAtTerminal(failure) && (
        <output>{t('network.atTerminal', { command: commandFor(draft) })}</output>
      )}
      {failure && !isAtTerminal(failure) && <Failure what={t('network.failed')} error={failure} />}
      {proposal ? (
        <NetworkChanges
          proposal={proposal}
          action={t('network.use')}
          isSending={isSending}
          onAccept={() => void use(proposal)}
          onLeave={() => setProposal(undefined)}
        />
      ) : (
        <div className={css['buttons']}>
          <Button type="submit" variant="default" loading={isSending} disabled={!network}>
            {t('network.look')}
          </Button>
        </div>
      )}
    </form>
  );
}

interface CustomFieldsProps {
  readonly draft: NetworkDraft;
  readonly onChange: (changes: Partial<NetworkDraft>) => void;
}

function CustomFields({ draft: { rpc, marketplace }, onChange }: CustomFieldsProps) {
  return (
    <>
      <Field
        name="rpc"
        label={t('network.rpc')}
        help={t('network.rpcHelp')}
        value={rpc}
        error={rpc === '' || isServer(rpc) ? undefined : t('network.rpcBad')}
        onChange={(text) => onChange({ rpc: text })}
        onLeave={() => {}}
      />
      <Field
        name="marketplace"
        label={t('network.marketplace')}
        help={t('network.marketplaceHelp')}
        value={marketplace}
        error={marketplace === '' || isAddress(marketplace) ? undefined : t('network.marketplaceBad')}
        onChange={(text) => onChange({ marketplace: text })}
        onLeave={() => {}}
      />
    </>
  );
}

/** What is chosen and which there are; asked again when the node says that something waits for its next start. */
function useNetworks() {
  const { client } = useConnection();
  const [network, setNetwork] = useState<NetworkSettings>();
  const [infos, setInfos] = useState<readonly NetworkInfo[]>([]);
  const [times, setTimes] = useState(0);
  const waiting = useOnly('node')?.settingsWaiting?.join();
  useEffect(() => {
    let isOld = false;
    Promise.all([client.settings({}), client.networks({})]).then(
      ([settings, known]) => {
        if (isOld) return;
        setNetwork(settings.network);
        setInfos(known);
      },
      // The page says by itself that the node does not answer; what was known stays.
      () => {},
    );
    return () => void (isOld = true);
  }, [client, times, waiting]);
  return { network, infos, ask: () => setTimes((before) => before + 1) };
}
