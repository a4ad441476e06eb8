import type { ReactNode } from 'react';
import { durationText } from '../../../shared/units.ts';
import { useLiveStatus, useOnly } from '../api/node.tsx';
import { t } from '../i18n/t.ts';
import { clockText } from '../lib/format.ts';
import { useWallNow } from '../lib/now.ts';
import { Failure } from './Failure.tsx';
import css from './Page.module.css';

interface PageProps {
  readonly title: string;
  /** One line beside the title. */
  readonly line?: ReactNode;
  readonly actions?: ReactNode;
  /** The content reaches the window's foot and scrolls by itself. */
  readonly isFull?: boolean;
  readonly children: ReactNode;
}

/** What every page begins with: its title, and what is wrong with the data if something is. */
export function Page({ title, line, actions, isFull = false, children }: PageProps) {
  const stale = useStaleText();
  return (
    <div
      className={css['page']}
      data-full={isFull || undefined}
      data-stale={stale === undefined ? undefined : true}
    >
      <header className={css['head']}>
        <div className={css['title']}>
          <h1>{title}</h1>
          {line !== undefined && <p className="second">{line}</p>}
        </div>
        {actions}
      </header>
      {stale !== undefined && <p className={css['stale']}>{stale}</p>}
      {/* Said once, without the seconds that go on. */}
      <output className="unseen">{stale !== undefined && t('stale.spoken')}</output>
      <NodeFailure />
      {children}
    </div>
  );
}

/** A part of a page with its heading. */
export function Section({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={css['section']} aria-label={title}>
      <div className={css['sectionHead']}>
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** `Chain unreachable for 40 s, retrying. Data of 12:31.` Undefined while what is shown is fresh. */
function useStaleText(): string | undefined {
  const status = useLiveStatus();
  const chain = useOnly('chain');
  const wallMs = useWallNow();
  if (status.name === 'connecting')
    return wallMs - status.sinceMs < PATIENCE_MS ? undefined : text('stale.never', status.sinceMs);
  if (status.name === 'stale') return text('stale.node', status.sinceMs);
  if (chain?.unreachableSinceMs !== undefined) return text('stale.chain', chain.unreachableSinceMs);
  return undefined;

  function text(key: 'stale.node' | 'stale.chain' | 'stale.never', sinceMs: number): string {
    const seconds = Math.max(0, Math.floor((wallMs - sinceMs) / 1000));
    const values = { time: durationText(seconds), clock: clockText(sinceMs / 1000) };
    return t(key, values);
  }
}

const PATIENCE_MS = 5000;

function NodeFailure() {
  const node = useOnly('node');
  if (node?.state !== 'failed' || !node.failure) return undefined;
  return <Failure what={t('failure.node')} error={node.failure} />;
}
