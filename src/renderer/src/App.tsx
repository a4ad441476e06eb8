import { MantineProvider } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { Connection } from './api/connect.ts';
import { NodeProvider, useOnly } from './api/node.tsx';
import css from './App.module.css';
import { HatchPatterns } from './components/Hatch.tsx';
import { Navigation } from './components/Navigation.tsx';
import { Notices } from './components/Notices.tsx';
import { Ribbon } from './components/Ribbon.tsx';
import { t } from './i18n/t.ts';
import { usePlace, type Place } from './lib/router.ts';
import { Activity } from './pages/activity/Activity.tsx';
import { Earnings } from './pages/earnings/Earnings.tsx';
import { Home } from './pages/home/Home.tsx';
import { Offers } from './pages/offers/Offers.tsx';
import { Queue } from './pages/queue/Queue.tsx';
import { Sale } from './pages/sale/Sale.tsx';
import { Sales } from './pages/sales/Sales.tsx';
import { Settings } from './pages/settings/Settings.tsx';
import { Unlock } from './pages/unlock/Unlock.tsx';
import { useTheme } from './theme/appearance.ts';
import { mantineTheme, mantineVariables } from './theme/mantine.ts';

/** The whole window over one connection to the node. */
export function App({ connection }: { connection: Connection }) {
  const scheme = useTheme().endsWith('dark') ? 'dark' : 'light';
  return (
    <MantineProvider theme={mantineTheme} cssVariablesResolver={mantineVariables} forceColorScheme={scheme}>
      <NodeProvider connection={connection}>
        <HatchPatterns />
        <Window />
      </NodeProvider>
    </MantineProvider>
  );
}

function Window() {
  const place = usePlace();
  const main = useMainOf(place);
  return (
    <div className={css['window']}>
      <a className={css['skip']} href="#main" onClick={(event) => skipTo(event, main.current)}>
        {t('skip')}
      </a>
      <Ribbon />
      <div className={css['body']}>
        <Navigation page={place.page} />
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so that the keyboard must reach it */}
        <main id="main" ref={main} tabIndex={0} className={css['main']}>
          <PageAt place={place} />
        </main>
      </div>
      <Notices />
    </div>
  );
}

function PageAt({ place: { page, id } }: { place: Place }) {
  const node = useOnly('node');
  // What needs no node can be looked at and set all the same.
  if (node?.state === 'locked' && page !== 'activity' && page !== 'settings')
    return <Unlock wallet={node.wallet} />;
  switch (page) {
    case 'home':
      return <Home />;
    case 'offers':
      return <Offers />;
    case 'sales':
      return id === undefined ? <Sales /> : <Sale id={id} />;
    case 'queue':
      return <Queue />;
    case 'earnings':
      return <Earnings />;
    case 'activity':
      return <Activity search={id} />;
    case 'settings':
      return <Settings />;
  }
}

/** A new page begins at its top, and the window's title names it. */
function useMainOf({ page, id }: Place) {
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    main.current?.scrollTo?.(0, 0);
    document.title = t('app.title', { page: t(`nav.${page}`) });
  }, [page, id]);
  return main;
}

// The fragment is the router's, so that the link must not set it.
function skipTo(event: { preventDefault(): void }, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}
