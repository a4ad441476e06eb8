import { countText, gasText, tokensText, exactTokens } from '../../../shared/units.ts';
import { useFolded, useOnly, usePicked, useToken } from '../api/node.tsx';
import { t } from '../i18n/t.ts';
import { hrefOf, pageNames, type PageName } from '../lib/router.ts';
import { saleCounts } from '../lib/salefolds.ts';
import { useStatus } from '../lib/status.ts';
import { Mark, pageIcons, SearchIcon } from './icons.tsx';
import css from './Navigation.module.css';
import { StatusShape } from './StatusMark.tsx';

/** The left side: what the node does in one sentence, the pages, and what the wallet holds. */
export function Navigation({ page, onFind }: { page: PageName; onFind: () => void }) {
  const counts = useCounts();
  const { shape, sentence } = useStatus();
  return (
    <header className={css['nav']}>
      <div className={css['brand']}>
        <Mark />
        <span>{t('app.name')}</span>
      </div>
      <output className={css['status']}>
        <StatusShape shape={shape} />
        <span>{sentence}</span>
      </output>
      <nav aria-label={t('nav.label')}>
        <ul>
          {pageNames.map((name) => (
            <li key={name}>
              <a
                href={hrefOf(name)}
                className={css['item']}
                aria-current={name === page ? 'page' : undefined}
              >
                {pageIcons[name]()}
                <span>{t(`nav.${name}`)}</span>
                <span className={css['count']}>{countOf(counts[name])}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Foot />
      <button type="button" className={css['find']} aria-keyshortcuts="Control+K Meta+K" onClick={onFind}>
        <SearchIcon />
        <span>{t('palette.open')}</span>
        <kbd>{isMac ? '⌘ K' : t('palette.keys')}</kbd>
      </button>
    </header>
  );
}

const countOf = (count: number | undefined) => (count === undefined ? undefined : countText(count));

const isMac = /Mac/.test(navigator.userAgent);

function useCounts(): Partial<Record<PageName, number>> {
  const sales = useFolded(saleCounts);
  const counts = {
    offers: usePicked('availabilities', ({ size }) => size),
    sales: sales.all - sales.ended,
    queue: usePicked('queue', ({ size }) => size),
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

function Foot() {
  const wallet = useOnly('wallet');
  const chain = useOnly('chain');
  const { symbol, decimals } = useToken();
  return (
    <dl className={css['foot']}>
      <div>
        <dt>{t('foot.wallet')}</dt>
        <dd title={wallet && exactTokens(wallet.tokens, decimals)}>
          {wallet ? `${tokensText(wallet.tokens, decimals)} ${symbol}` : t('unknown')}
        </dd>
      </div>
      <div>
        <dt>{t('foot.gas')}</dt>
        <dd title={wallet && exactTokens(wallet.gas)}>
          {wallet ? `${gasText(wallet.gas)} ETH` : t('unknown')}
        </dd>
      </div>
      <div>
        <dt>{t('foot.chain')}</dt>
        <dd>{chain ? countText(chain.block) : t('unknown')}</dd>
      </div>
    </dl>
  );
}
