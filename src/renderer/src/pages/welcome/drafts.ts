import { useState } from 'react';
import { forgetSessionTexts, keepSessionTexts, sessionTexts } from '../../lib/session.ts';

/** The steps in which something is typed that is no secret. What is secret is kept nowhere. */
const draftNames = ['network', 'disk', 'offer'] as const;
type DraftName = (typeof draftNames)[number];
type Texts = Readonly<Record<string, string>>;

/** What was typed in a step, also after going back or loading the page again. */
export function useDraft(step: DraftName): [Texts, (texts: Texts) => void] {
  const [texts, setTexts] = useState(() => draftOf(step));
  const keep = (after: Texts) => {
    setTexts(after);
    keepSessionTexts(keyOf(step), after);
  };
  return [texts, keep];
}

export const draftOf = (step: DraftName): Texts => sessionTexts(keyOf(step));

export function forgetDrafts(): void {
  for (const step of draftNames) forgetSessionTexts(keyOf(step));
}

const keyOf = (step: DraftName): string => `slotkeeper.welcome.${step}`;
