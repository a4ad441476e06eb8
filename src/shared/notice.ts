import type { Sentence } from './i18n/say.ts';

/** Something a person should hear of even when the window is closed. The title says what and how much, the body why and what next. */
export interface Notice {
  readonly kind: NoticeKind;
  /** In the node's language. */
  readonly title: string;
  readonly body: string;
  /** Title and body as facts, to say them in another one. */
  readonly sentences: { readonly title: Sentence; readonly body: Sentence };
  /** Where a click leads: a page of the window and, on some, one thing in it. */
  readonly place: { readonly page: NoticePage; readonly id?: string };
  /** Money was lost, or will be when nobody does anything: quiet hours do not hold it back. */
  readonly isLoss: boolean;
  readonly isPractice: boolean;
}

export type NoticeKind =
  | 'slotFilled'
  | 'salePaid'
  | 'proofMissed'
  | 'slashed'
  | 'slotLost'
  | 'dataMissing'
  | 'gasLow'
  | 'collateralLow'
  | 'diskNearlyFull'
  | 'diskFault'
  | 'chainUnreachable'
  | 'nodeStopped'
  | 'nodeRestarted';

export type NoticePage = 'home' | 'offers' | 'sales' | 'activity' | 'settings';

/** Which notices a person wants. */
export type NoticeChoice = 'all' | 'losses';

/** Times of this computer's clock, `HH:MM`; past midnight where the end is before the beginning. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
}

/** A notice as it is decided; what it says in words is made when it is told. */
export type ToldNotice = Omit<Notice, 'isPractice' | 'title' | 'body'>;
