import { bytesText, exactTokens, GB } from '../../../../shared/units.ts';
import { useChainNow, useOnly, useToken } from '../../api/node.tsx';
import { Figure, FigureRow } from '../../components/Figure.tsx';
import { figureOf } from '../../components/MoneyPair.tsx';
import { StatusMark, type Shape } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { projected } from '../../lib/demand.ts';
import { shortTokens } from '../../lib/format.ts';
import type { QuotaRoom } from '../../lib/quotadraft.ts';
import { projectionFigure } from './projectionfigure.ts';
import { useMarket } from './usemarket.ts';
import css from './Welcome.module.css';

/** What so much space may bring, what it needs as collateral, and whether the disk suits. */
export function DiskEffect({ bytes, room }: { bytes: bigint; room: QuotaRoom }) {
  const { seen, asked } = useMarket();
  const now = useChainNow();
  const token = useToken();
  const offer = {
    totalBytes: bytes,
    minPricePerBytePerSecond: asked?.price.low ?? 0n,
    durationSeconds: LONG,
  };
  const perGb = asked?.collateralPerGb.high;
  return (
    <div className={css['effect']}>
      <FigureRow>
        <Figure {...figureOf(projectionFigure(projected(offer, seen, now), token))} />
        <Figure
          label={t('welcome.disk.collateral')}
          {...(perGb === undefined
            ? { value: t('unknown'), tone: 'unknown', note: t('welcome.earnUnknown') }
            : {
                value: shortTokens((bytes * perGb) / GB, token.decimals),
                unit: token.symbol,
                exact: exactTokens((bytes * perGb) / GB, token.decimals),
                note: t('welcome.disk.collateralNote', { amount: shortTokens(perGb, token.decimals) }),
              })}
        />
      </FigureRow>
      <DiskChecks bytes={bytes} room={room} />
    </div>
  );
}

/** All lengths: how long it sells is asked with the offer. */
const LONG = 2n ** 40n;

function DiskChecks({ bytes, room }: { bytes: bigint; room: QuotaRoom }) {
  const storage = useOnly('storage');
  const host = useOnly('node')?.host;
  const left = room.most - bytes;
  const isTight = storage !== undefined && left * 10n < storage.diskTotalBytes;
  const checks: readonly { readonly key: string; readonly shape: Shape; readonly text: string }[] = [
    {
      key: 'left',
      shape: isTight ? 'attention' : 'passed',
      text: t(isTight ? 'welcome.disk.tight' : 'welcome.disk.roomy', { left: bytesText(left) }),
    },
    {
      key: 'fault',
      shape: storage?.fault ? 'danger' : 'passed',
      text: t(storage?.fault ? 'welcome.disk.unwritable' : 'welcome.disk.writable'),
    },
    host?.canKeepAwake
      ? { key: 'awake', shape: 'passed', text: t('welcome.disk.keptAwake') }
      : { key: 'awake', shape: 'attention', text: t('welcome.disk.maySleep') },
  ];
  return (
    <div className={css['checks']}>
      <h2>{t('welcome.disk.this')}</h2>
      <ul>
        {checks.map(({ key, shape, text }) => (
          <li key={key}>
            <StatusMark shape={shape}>{text}</StatusMark>
          </li>
        ))}
      </ul>
    </div>
  );
}
