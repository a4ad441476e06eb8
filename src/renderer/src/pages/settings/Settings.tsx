import { useRef, type ReactNode, type RefObject } from 'react';
import type { NodeNetwork, NodeRow, PeersRow } from '../../../../shared/rows.ts';
import { useOnly } from '../../api/node.tsx';
import { Check } from '../../components/Check.tsx';
import { CopyId } from '../../components/CopyId.tsx';
import { Page, Section } from '../../components/Page.tsx';
import { SpeedChoice } from '../../components/SpeedChoice.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { portsOf, reachabilityWords } from '../../lib/reachability.ts';
import { plural, t, type TextKey } from '../../i18n/t.ts';
import { hrefOf } from '../../lib/router.ts';
import { showTour, useIsTourShown } from '../../lib/tour.ts';
import { AccessSection } from './AccessSection.tsx';
import { AppearanceSection, LanguageSection } from './AppearanceSection.tsx';
import { BackgroundSection } from './BackgroundSection.tsx';
import { NoticesSection } from './NoticesSection.tsx';
import { NetworkSection } from './NetworkSection.tsx';
import { RestartNotice } from './RestartNotice.tsx';
import css from './Settings.module.css';
import { StorageSection } from './StorageSection.tsx';
import { WalletSection } from './WalletSection.tsx';
import { WorkSection } from './WorkSection.tsx';

/** What the owner can set: first where and with what is sold, then how one is told, at last how it looks. */
export function Settings() {
  const column = useRef<HTMLDivElement>(null);
  const node = useOnly('node');
  const peers = useOnly('peers');
  const shown = sections.filter(({ isThere }) => isThere({ node, peers }));
  return (
    <Page title={t('settings.title')}>
      <div className={css['column']} ref={column}>
        <RestartNotice />
        <Index titles={shown.map(({ key }) => t(key))} within={column} />
        {shown.map(({ key, Part }) => (
          <Part key={key} />
        ))}
      </div>
    </Page>
  );
}

interface Known {
  readonly node: NodeRow | undefined;
  readonly peers: PeersRow | undefined;
}

interface PartOfSettings {
  /** Of its title. */
  readonly key: TextKey;
  readonly isThere: (known: Known) => boolean;
  readonly Part: () => ReactNode;
}

const always = () => true;

const sections = [
  { key: 'network.title', isThere: always, Part: NetworkSection },
  {
    key: 'settings.speed',
    isThere: ({ node }) => node?.practiceSpeed !== undefined,
    Part: PracticeSection,
  },
  { key: 'wallet.title', isThere: ({ node }) => node?.wallet !== undefined, Part: WalletSection },
  { key: 'work.title', isThere: always, Part: WorkSection },
  { key: 'settings.storage', isThere: always, Part: StorageSection },
  { key: 'settings.notices', isThere: always, Part: NoticesSection },
  {
    key: 'settings.background',
    isThere: ({ node }) => node?.host?.kind === 'desktop',
    Part: BackgroundSection,
  },
  {
    key: 'settings.access',
    isThere: ({ node }) => node?.host?.kind === 'headless' && node.host.access !== undefined,
    Part: AccessSection,
  },
  { key: 'settings.appearance', isThere: always, Part: AppearanceSection },
  { key: 'settings.language', isThere: always, Part: LanguageSection },
  { key: 'settings.peers', isThere: ({ peers }) => peers !== undefined, Part: PeersSection },
  { key: 'settings.about', isThere: always, Part: AboutSection },
] as const satisfies readonly PartOfSettings[];

interface IndexProps {
  readonly titles: readonly string[];
  readonly within: RefObject<HTMLDivElement | null>;
}

/** Each section a step away; a link would change the window's own address. */
function Index({ titles, within }: IndexProps) {
  const show = (title: string) => {
    const section = sectionsIn(within.current).find((one) => one.getAttribute('aria-label') === title);
    section?.scrollIntoView();
  };
  return (
    <nav className={css['index']} aria-label={t('settings.index')}>
      {titles.map((title) => (
        <button key={title} type="button" onClick={() => show(title)}>
          {title}
        </button>
      ))}
    </nav>
  );
}

const sectionsIn = (column: HTMLElement | null): HTMLElement[] => [
  ...(column?.querySelectorAll<HTMLElement>(':scope > section') ?? []),
];

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
      <p className={css['state']}>
        <StatusMark shape={shape}>{state}</StatusMark>
      </p>
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
      <p className={css['note']}>
        <a href={hrefOf('welcome')}>{t('welcome.again')}</a>
      </p>
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
