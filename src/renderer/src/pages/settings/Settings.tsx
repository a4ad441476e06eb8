import type { NodeNetwork } from '../../../../shared/rows.ts';
import { useOnly } from '../../api/node.tsx';
import { Check } from '../../components/Check.tsx';
import { CopyId } from '../../components/CopyId.tsx';
import { Page, Section } from '../../components/Page.tsx';
import { SpeedChoice } from '../../components/SpeedChoice.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { portsOf, reachabilityWords } from '../../lib/reachability.ts';
import { plural, t } from '../../i18n/t.ts';
import { showTour, useIsTourShown } from '../../lib/tour.ts';
import { AccessSection } from './AccessSection.tsx';
import { AppearanceSection, LanguageSection } from './AppearanceSection.tsx';
import { BackgroundSection } from './BackgroundSection.tsx';
import { NoticesSection } from './NoticesSection.tsx';
import css from './Settings.module.css';
import { StorageSection } from './StorageSection.tsx';

/** What the owner can set by now. */
export function Settings() {
  return (
    <Page title={t('settings.title')}>
      <div className={css['column']}>
        <AppearanceSection />
        <LanguageSection />
        <NoticesSection />
        <BackgroundSection />
        <AccessSection />
        <PracticeSection />
        <StorageSection />
        <PeersSection />
        <AboutSection />
      </div>
    </Page>
  );
}

function PracticeSection() {
  const node = useOnly('node');
  const isTourShown = useIsTourShown(node);
  if (node?.practiceSpeed === undefined) return undefined;
  return (
    <Section title={t('settings.speed')}>
      <SpeedChoice speed={node.practiceSpeed} />
      <p className={css['note']}>{t('settings.speedNote')}</p>
      <Check label={t('tour.show')} note={t('tour.showNote')} isOn={isTourShown} onChange={showTour} />
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
          <dd>{t('settings.portsText', portsOf(listening))}</dd>
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
  return (
    <Section title={t('settings.about')}>
      <dl className={css['facts']}>
        <div>
          <dt>{t('settings.network')}</dt>
          <dd>{networkName(node?.network)}</dd>
        </div>
        {node && <NetworkFacts network={node.network} />}
        <div>
          <dt>{t('settings.wallet')}</dt>
          <dd>
            {wallet ? <CopyId id={wallet.address} name={t('settings.wallet')} isWhole /> : t('unknown')}
          </dd>
        </div>
        <div>
          <dt>{t('settings.version')}</dt>
          <dd>{node?.version ?? t('unknown')}</dd>
        </div>
      </dl>
    </Section>
  );
}

const networkName = (network: NodeNetwork | undefined) =>
  network?.kind === 'practice' ? t('ribbon.label') : (network?.name ?? t('unknown'));

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
        <dd>
          {t('settings.serversOnChain', { servers: servers?.join(', ') ?? '', chain: String(chainId ?? '') })}
        </dd>
      </div>
    </>
  );
}
