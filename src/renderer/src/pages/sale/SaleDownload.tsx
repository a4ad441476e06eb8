import type { SaleRow } from '../../../../shared/rows.ts';
import { bytesText, percentText, rateText } from '../../../../shared/units.ts';
import { Section } from '../../components/Page.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { isTextKey, t } from '../../i18n/t.ts';
import { downloadLeftText } from '../../lib/salewords.ts';
import css from './Sale.module.css';

/** What is fetched at the moment, also of a slot that is ours and lacks something: how far, how fast, how long, from whom. */
export function SaleDownload({ sale }: { sale: SaleRow }) {
  const { progress, state, missingBytes } = sale;
  const isRepair = missingBytes !== undefined;
  if ((state !== 'downloading' && !isRepair) || !progress) return undefined;
  const { doneBytes, totalBytes, bytesPerSecond, peers = [] } = progress;
  const left = downloadLeftText(sale);
  const text = [
    t('sale.downloaded', {
      percent: percentText(doneBytes, totalBytes),
      done: bytesText(doneBytes),
      all: bytesText(totalBytes),
    }),
    bytesPerSecond > 0 ? rateText(bytesPerSecond) : standsStillText(peers),
    ...(left === undefined ? [] : [t('sale.left', { time: left })]),
  ].join(', ');
  const title = t(isRepair ? 'sale.refetch' : 'sale.download');
  return (
    <Section title={title} aside={<span className="second">{text}</span>}>
      <ProgressBar label={title} done={doneBytes} total={totalBytes} />
      {peers.length > 0 && (
        <ul className={css['peers']} aria-label={t('sale.peers')}>
          {peers.map((share) => (
            <Peer key={share.peer} share={share} />
          ))}
        </ul>
      )}
    </Section>
  );
}

type Share = NonNullable<NonNullable<SaleRow['progress']>['peers']>[number];

const standsStillText = (peers: readonly Share[]): string =>
  t(peers.some(({ bytes }) => bytes > 0n) ? 'sale.nothingComes' : 'sale.nothingCame');

function Peer({ share: { peer, bytes, trouble } }: { share: Share }) {
  return (
    <li>
      <span title={peer}>{shortPeer(peer)}</span>
      {trouble && (
        <StatusMark shape={trouble.isDropped ? 'attention' : 'waiting'}>{troubleText(trouble)}</StatusMark>
      )}
      <span className="second">{bytesText(bytes)}</span>
    </li>
  );
}

function troubleText({ code, isDropped }: NonNullable<Share['trouble']>): string {
  if (isDropped) return t('sale.peerDropped');
  const key = `sale.peer.${code}`;
  return isTextKey(key) ? t(key as 'sale.peer.LINK_CLOSED') : t('sale.peerFails', { code });
}

/** `/ip4/203.0.113.9/tcp/8070/p2p/16Uiu2…` without the identity, which is long and says little; all of it is in the tooltip. */
const shortPeer = (peer: string): string => {
  const [, , host = peer, , port] = peer.split('/');
  return port === undefined ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
};
