import { useId, useState, type FormEvent } from 'react';
import type { Api } from '../../../../shared/api.ts';
import type { Client } from '../../../../shared/contract.ts';
import type { NetworkInfo } from '../../../../shared/networks.ts';
import { useAnswer } from '../../api/answer.ts';
import { useConnection, useOnly } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Field } from '../../components/Field.tsx';
import { RadioRow } from '../../components/RadioRow.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { useSending } from '../../lib/usesending.ts';
import { t } from '../../i18n/t.ts';
import { useDraft } from './drafts.ts';
import { StepFrame } from './StepFrame.tsx';
import { goToStep } from './steps.ts';
import css from './Welcome.module.css';

type NetworkSettings = Parameters<Client<Api>['proposeNetworkUse']>[0]['network'];

/** Practice first, or a network with real money. Another one than the node's is proposed, taken, and begun with a restart. */
export function NetworkStep() {
  const formId = useId();
  const { draft, keep, choice, networks, submit, failure, isSending, errors } = useNetworkChoice();
  const isPractice = choice === 'practice';
  return (
    <StepFrame
      step="network"
      title={t('welcome.network.title')}
      line={t('welcome.network.line')}
      formId={formId}
      next={isPractice ? t('welcome.network.practise') : t('welcome.wallet.next')}
      isSending={isSending}
    >
      <form id={formId} onSubmit={submit} noValidate>
        <fieldset className={css['choices']}>
          <legend className="unseen">{t('welcome.network.title')}</legend>
          <RadioRow
            name="network"
            isChosen={isPractice}
            onChoose={() => keep({ ...draft, network: 'practice' })}
            label={t('welcome.network.practice')}
            note={t('welcome.network.practiceNote')}
          />
          {networks === undefined && <Skeleton rows={2} height={64} />}
          {networks?.map(({ id, name }) => (
            <RadioRow
              key={id}
              name="network"
              isChosen={choice === id}
              onChoose={() => keep({ ...draft, network: id })}
              label={name}
              note={t('welcome.network.realNote')}
            >
              <NoProofsYet onPractise={() => keep({ ...draft, network: 'practice' })} />
            </RadioRow>
          ))}
          <RadioRow
            name="network"
            isChosen={choice === 'custom'}
            onChoose={() => keep({ ...draft, network: 'custom' })}
            label={t('welcome.network.custom')}
            note={t('welcome.network.customNote')}
          >
            <div className={css['narrow']}>
              {(['rpc', 'marketplace'] as const).map((field) => (
                <Field
                  key={field}
                  name={field}
                  label={t(`welcome.network.${field}`)}
                  value={draft[field] ?? ''}
                  error={errors[field]}
                  onChange={(text) => keep({ ...draft, [field]: text })}
                  onLeave={() => {}}
                />
              ))}
            </div>
            <NoProofsYet onPractise={() => keep({ ...draft, network: 'practice' })} />
          </RadioRow>
        </fieldset>
        {failure && <Failure what={t('welcome.network.failed')} error={failure} />}
      </form>
    </StepFrame>
  );
}

/** What this version cannot do there, said before anybody puts money into it. */
function NoProofsYet({ onPractise }: { onPractise: () => void }) {
  return (
    <>
      <StatusMark shape="attention">{t('welcome.network.noProofs')}</StatusMark>
      <p className={css['practise']}>
        <button type="button" className={css['quiet']} onClick={onPractise}>
          {t('welcome.network.practiseInstead')}
        </button>
      </p>
    </>
  );
}

function useNetworkChoice() {
  const { client } = useConnection();
  const node = useOnly('node');
  const [draft, keepDraft] = useDraft('network');
  const [isSpoken, setSpoken] = useState(false);
  const { run, failure, isSending, forget } = useSending();
  const { value: known } = useAnswer(() => client.networks({}), node && { network: node.network.name });
  const chosen = known?.find(({ isChosen }) => isChosen)?.id ?? node?.network.kind ?? 'practice';
  const choice = draft['network'] ?? chosen;
  const errors = isSpoken && choice === 'custom' ? customErrors(draft) : {};

  const keep = (after: Readonly<Record<string, string>>) => {
    keepDraft(after);
    forget();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (choice === 'custom' && Object.keys(customErrors(draft)).length > 0) {
      setSpoken(true);
      return;
    }
    if (choice === 'practice' && node?.network.kind === 'practice') return goToStep('disk');
    if (choice === chosen && choice !== 'custom') return goToStep('wallet');
    void run(async () => {
      const { hash } = await client.proposeNetworkUse({ network: settingsOf(choice, draft) });
      await client.useNetwork({ hash });
      await client.restartNode({});
      goToStep(choice === 'practice' ? 'disk' : 'wallet');
    });
  };
  const networks = known?.filter(isLive);
  return { draft, keep, choice, networks, submit, failure, isSending, errors };
}

const isLive = ({ id }: NetworkInfo): boolean => id !== 'practice' && id !== 'custom';

type CustomDraft = Readonly<Record<string, string>>;

function settingsOf(choice: string, { rpc = '', marketplace = '' }: CustomDraft): NetworkSettings {
  if (choice === 'practice') return { kind: 'practice' };
  if (choice === 'custom')
    return { kind: 'custom', rpcUrls: [rpc.trim()], marketplace: marketplace.trim(), bootstrap: [] };
  return { kind: 'archivist', id: choice as 'archivist-testnet' };
}

/** What is wrong with the two addresses, by the field. */
function customErrors({ rpc = '', marketplace = '' }: CustomDraft): {
  readonly rpc?: string;
  readonly marketplace?: string;
} {
  return {
    ...(!/^(?:https?|wss?):\/\/\S+$/.test(rpc.trim()) && { rpc: t('welcome.network.rpcError') }),
    ...(!/^0x[0-9a-f]{40}$/i.test(marketplace.trim()) && {
      marketplace: t('welcome.network.marketplaceError'),
    }),
  };
}
