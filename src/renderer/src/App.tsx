import { MantineProvider } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { Connection } from './api/connect.ts';
import { NodeProvider, useConnection, useOnly } from './api/node.tsx';
import css from './App.module.css';
import { HatchPatterns } from './components/Hatch.tsx';
import { LinkNotice } from './components/LinkNotice.tsx';
import { Navigation } from './components/Navigation.tsx';
import { Notices } from './components/Notices.tsx';
import { Palette, usePalette } from './components/palette/Palette.tsx';
import { Ribbon } from './components/Ribbon.tsx';
import { useLanguage } from './i18n/language.ts';
import { t } from './i18n/t.ts';
import { goTo, usePlace, type PageName, type Place } from './lib/router.ts';
import { Activity } from './pages/activity/Activity.tsx';
import { Earnings } from './pages/earnings/Earnings.tsx';
import { Home } from './pages/home/Home.tsx';
import { Offers } from './pages/offers/Offers.tsx';
import { Queue } from './pages/queue/Queue.tsx';
import { Sale } from './pages/sale/Sale.tsx';
import { Sales } from './pages/sales/Sales.tsx';
import { Settings } from './pages/settings/Settings.tsx';
import { Unlock } from './pages/unlock/Unlock.tsx';
import { useFirstSteps, Welcome } from './pages/welcome/Welcome.tsx';
import { useTheme } from './theme/appearance.ts';
import { mantineTheme, mantineVariables } from './theme/mantine.ts';

/** The whole window over one connection to the node. All of it is drawn again when the language changes. */
export function App({ connection }: { connection: Connection }) {
  useLanguage();
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
  const palette = usePalette();
  useShellsWishes();
  useFirstSteps(useOnly('node')?.isNew === true, place.page === 'home');
  return (
    <div className={css['window']}>
      <a className={css['skip']} href="#main" onClick={(event) => skipTo(event, main.current)}>
        {t('skip')}
      </a>
      <Ribbon />
      <div className={css['body']}>
        {place.page === 'welcome' ? (
          <Welcome id={place.id} ref={main} />
        ) : (
          <>
            <Navigation page={place.page} onFind={palette.open} />
            {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so that the keyboard must reach it */}
            <main id="main" ref={main} tabIndex={0} className={css['main']}>
              <LinkNotice place={place} />
              <PageAt page={place.page} id={place.id} />
            </main>
          </>
        )}
      </div>
      <Notices />
      {palette.isOpen && <Palette onClose={palette.close} />}
    </div>
  );
}

function PageAt({ page, id }: { page: PageName; id: string | undefined }) {
  const node = useOnly('node');
  // What needs no node can be looked at and set all the same.
  if (node?.state === 'locked' && page !== 'activity' && page !== 'settings')
    return <Unlock wallet={node.wallet} />;
  switch (page) {
    case 'home':
      return <Home />;
    case 'offers':
      return <Offers id={id} />;
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

/** The desktop opens places by its menu, its tray, its notifications and its links. */
function useShellsWishes(): void {
  const { onEvent } = useConnection();
  useEffect(() => onEvent('goTo', ({ page, id }) => goTo(page, id)), [onEvent]);
}

/** A new page begins at its top, and the window's title names it. */
function useMainOf({ page, id }: Place) {
  const main = useRef<HTMLElement>(null);
  const language = useLanguage();
  // An offer's form opens on the page one is on, and takes the focus.
  const top = page === 'offers' ? page : `${page}/${id}`;
  // In braces: newer browsers answer with a promise, which React would take for the effect's end.
  useEffect(() => {
    main.current?.scrollTo?.(0, 0);
  }, [top]);
  useEffect(() => {
    document.title = t('app.title', { page: t(`nav.${page}`) });
  }, [page, id, language]);
  return main;
}

// The fragment is the router's, so that the link must not set it.
function skipTo(event: { preventDefault(): void }, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}
