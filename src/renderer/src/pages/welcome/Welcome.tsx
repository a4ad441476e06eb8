import { useEffect, useRef, type Ref } from 'react';
import { useConnection, useIsLoading } from '../../api/node.tsx';
import { goTo } from '../../lib/router.ts';
import { forgetDrafts } from './drafts.ts';
import { DiskStep } from './DiskStep.tsx';
import { NetworkStep } from './NetworkStep.tsx';
import { OfferStep } from './OfferStep.tsx';
import { StepList } from './StepList.tsx';
import { stepOf } from './steps.ts';
import { WalletStep } from './WalletStep.tsx';
import css from './Welcome.module.css';
import { WhatStep } from './WhatStep.tsx';

/** The first steps, from what this is to a live offer. They stand in place of the pages. */
export function Welcome({ id, ref }: { id: string | undefined; ref: Ref<HTMLElement> }) {
  const step = stepOf(id);
  const leave = useLeaving();
  const isLoading = useIsLoading();
  const Step = steps[step];
  return (
    <div className={css['welcome']}>
      <StepList step={step} onLeave={leave} />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so that the keyboard must reach it */}
      <main id="main" ref={ref} tabIndex={0} className={css['main']} aria-busy={isLoading}>
        <Step key={step} onLeave={leave} />
      </main>
    </div>
  );
}

/** What each step is given. */
export interface StepProps {
  /** The steps are over: they do not come by themselves again. */
  readonly onLeave: () => void;
}

const steps = {
  what: WhatStep,
  network: NetworkStep,
  wallet: WalletStep,
  disk: DiskStep,
  offer: OfferStep,
};

function useLeaving(): () => void {
  const { client } = useConnection();
  return () => {
    forgetDrafts();
    // Not kept, they come once more at the next start, which harms nobody.
    client.changeSettings({ onboarded: true }).catch(() => {});
    goTo('home');
  };
}

/** Goes to the first steps, once, where the owner of a new data folder has not chosen another page. */
export function useFirstSteps(isNew: boolean, isHome: boolean): void {
  const wasNew = useRef(false);
  useEffect(() => {
    if (!isNew || wasNew.current) return;
    wasNew.current = true;
    if (isHome) goTo('welcome');
  }, [isNew, isHome]);
}
