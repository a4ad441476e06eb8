import { SegmentedControl } from '@mantine/core';
import type { NodeNetwork, StorageRow } from '../../../../shared/rows.ts';
import { useConnection, useOnly } from '../../api/node.tsx';
import { CopyId } from '../../components/CopyId.tsx';
import { Page, Section } from '../../components/Page.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { reachabilityWords } from '../../lib/reachability.ts';
import { plural, t } from '../../i18n/t.ts';
import { timeText } from '../../lib/format.ts';
import { practiceSpeeds, shortSpeedText, useSetSpeed } from '../../lib/practicespeed.ts';
import { appearances, setAppearance, useAppearance, type Appearance } from '../../theme/appearance.ts';
import css from './Settings.module.css';

/** What the owner can set by now: the look, and how fast practice time runs. */
export function Settings() {
  return (
    <Page title={t('settings.title')}>
      <div className={css['column']}>
        <AppearanceSection />
        <PracticeSection />
        <PeersSection />
        <AboutSection />
      </div>
    </Page>
  );
}

function AppearanceSection() {
  const appearance = useAppearance();
  return (
    <Section title={t('settings.appearance')}>
      <SegmentedControl
        aria-label={t('settings.appearance')}
        value={appearance}
        onChange={(value) => setAppearance(value as Appearance)}
        data={appearances.map((value) => ({ value, label: t(`appearance.${value}`) }))}
      />
      <p className={css['note']}>{t('settings.appearanceNote')}</p>
    </Section>
  );
}

function PracticeSection() {
  const node = useOnly('node');
  const { client } = useConnection();
  const { setSpeed, failure } = useSetSpeed(client);
  if (node?.practiceSpeed === undefined) return undefined;
  const speeds = [...new Set([...practiceSpeeds, node.practiceSpeed])].sort((a, b) => a - b);
  return (
    <Section title={t('settings.speed')}>
      <SegmentedControl
        aria-label={t('settings.speed')}
        value={String(node.practiceSpeed)}
        onChange={(value) => setSpeed(Number(value))}
        data={speeds.map((speed) => ({ value: String(speed), label: shortSpeedText(speed) }))}
      />
      <p className={css['note']}>{t('settings.speedNote')}</p>
      <output>{failure !== undefined && <StatusMark shape="attention">{failure}</StatusMark>}</output>
    </Section>
  );
}

/** Nothing where the node only knows peers that it was told. */
function PeersSection() {
  const peers = useOnly('peers');
  if (!peers) return undefined;
  const { peerId, announced, dhtNodes, listening } = peers;
  const { shape, state, advice } = reachabilityWords(peers);
  return (
    <Section title={t('settings.peers')}>
      <StatusMark shape={shape}>{state}</StatusMark>
      {advice !== undefined && <p className={css['note']}>{advice}</p>}
      <dl className={css['facts']}>
        <div>
          <dt>{t('settings.peerId')}</dt>
          <dd>
            <CopyId id={peerId} name={t('settings.peerId')} isWhole />
          </dd>
        </div>
        <div>
          <dt>{t('settings.announced')}</dt>
          <dd>{announced.length > 0 ? announced.join(', ') : t('settings.announcedNowhere')}</dd>
        </div>
        <div>
          <dt>{t('settings.ports')}</dt>
          <dd>{t('settings.portsText', { ...listening })}</dd>
        </div>
        <div>
          <dt>{t('settings.dhtNodes')}</dt>
          <dd>{plural('settings.dhtNodesText', dhtNodes)}</dd>
        </div>
      </dl>
    </Section>
  );
}

function AboutSection() {
  const node = useOnly('node');
  const wallet = useOnly('wallet');
  const storage = useOnly('storage');
  return (
    <Section title={t('settings.about')}>
      <dl className={css['facts']}>
        <div>
          <dt>{t('settings.network')}</dt>
          <dd>{node?.network.name ?? t('unknown')}</dd>
        </div>
        {node && <NetworkFacts network={node.network} />}
        <div>
          <dt>{t('settings.wallet')}</dt>
          <dd>
            {wallet ? <CopyId id={wallet.address} name={t('settings.wallet')} isWhole /> : t('unknown')}
          </dd>
        </div>
        <div>
          <dt>{t('settings.folder')}</dt>
          <dd>{storage?.folder ?? t('unknown')}</dd>
        </div>
        {storage?.checked && (
          <div>
            <dt>{t('settings.checked')}</dt>
            <dd>{checkedText(storage.checked)}</dd>
          </div>
        )}
        <div>
          <dt>{t('settings.version')}</dt>
          <dd>{node?.version ?? t('unknown')}</dd>
        </div>
      </dl>
    </Section>
  );
}

/** Times are the computer's own. */
function checkedText({ slots, harmedBlocks, oldestAtMs }: NonNullable<StorageRow['checked']>): string {
  return t('settings.checkedText', {
    slots: plural('settings.checkedSlots', slots),
    since: timeText(oldestAtMs / 1000, Date.now() / 1000),
    harmed: plural('settings.harmed', harmedBlocks),
  });
}

/** Known once the node has reached for its chain. */
function NetworkFacts({ network }: { network: NodeNetwork }) {
  const { marketplace, family, chainId, servers } = network;
  if (marketplace === undefined || family === undefined) return undefined;
  return (
    <>
      <div>
        <dt>{t('settings.marketplace')}</dt>
        <dd>
          <CopyId id={marketplace} name={t('settings.marketplace')} isWhole />
        </dd>
      </div>
      <div>
        <dt>{t('settings.family')}</dt>
        <dd>{t(`family.${family}`)}</dd>
      </div>
      <div>
        <dt>{t('settings.servers')}</dt>
        <dd>{t('settings.serversOnChain', { servers: servers?.join(', ') ?? '', chain: chainId ?? '' })}</dd>
      </div>
    </>
  );
}
