import { goTo, hrefOf } from '../../lib/router.ts';

/** The first steps in their order, as the window's address names them; the first has no name of its own. */
export const stepNames = ['what', 'network', 'wallet', 'disk', 'offer'] as const;
export type StepName = (typeof stepNames)[number];

export const stepOf = (id: string | undefined): StepName =>
  stepNames.find((name) => name === id) ?? stepNames[0];

const idOf = (step: StepName): string | undefined => (step === stepNames[0] ? undefined : step);

export const stepHref = (step: StepName): string => hrefOf('welcome', idOf(step));
export const goToStep = (step: StepName): void => goTo('welcome', idOf(step));

/** The step before or after; to practise no wallet is needed, so that its step is passed over. */
export function stepBeside(step: StepName, by: 1 | -1, isPractice: boolean): StepName | undefined {
  const next = stepNames[stepNames.indexOf(step) + by];
  return next === 'wallet' && isPractice ? stepBeside(next, by, isPractice) : next;
}
