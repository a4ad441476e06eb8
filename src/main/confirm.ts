import { say, type Sentence } from '../shared/i18n/say.ts';
import { EngineError } from './engine/errors.ts';

/** Something that can cost money, asked before it is done. Whoever asks says it in the language of the one who is asked. */
export interface Question {
  readonly title: Sentence;
  /** What will happen, a line each. */
  readonly lines: readonly Sentence[];
  /** What the button that goes on says. */
  readonly yes: Sentence;
}

/** Asks where no page can answer: in a window that main owns, or at the terminal. False when the person says no. */
export type Confirm = (question: Question, options?: { signal?: AbortSignal }) => Promise<boolean>;

export class ConfirmError extends EngineError<'NOT_CONFIRMED' | 'CONFIRM_AT_TERMINAL'> {}

/** @throws ConfirmError NOT_CONFIRMED when the person says no, and what `confirm` throws when it cannot ask */
export async function mustConfirm(
  confirm: Confirm,
  question: Question,
  options?: { signal?: AbortSignal },
): Promise<void> {
  if (await confirm(question, options)) return;
  throw new ConfirmError('NOT_CONFIRMED', {}, { message: 'Nothing was changed: it was not confirmed.' });
}

/** Where main has no window of its own a page is not believed: whoever runs the node asks for it at the terminal. */
export const refusePages: Confirm = async ({ title }) => {
  const message = `${say(title)} This needs a yes that no page can give. Use the slotkeeper command at the terminal.`;
  throw new ConfirmError('CONFIRM_AT_TERMINAL', {}, { message });
};

/** For commands: the terminal asked before it called, and only the account that runs the node can call this way. */
export const askedAtTerminal: Confirm = async () => true;
