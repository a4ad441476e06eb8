import { Button } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import { useOnly } from '../../api/node.tsx';
import { t } from '../../i18n/t.ts';
import { goToStep, stepBeside, stepNames, type StepName } from './steps.ts';
import css from './Welcome.module.css';

interface StepFrameProps {
  readonly step: StepName;
  /** One question, and a line under it. */
  readonly title: string;
  readonly line?: ReactNode;
  /** What the button says that goes on; by default the name of the next step. */
  readonly next?: string;
  /** The form it sends; without one it calls `onNext`. */
  readonly formId?: string;
  readonly onNext?: () => void;
  readonly isSending?: boolean;
  /** Something in the step itself comes first. */
  readonly isSecond?: boolean;
  /** In place of going on to the next step. */
  readonly onSkip?: () => void;
  readonly skip?: string;
  readonly children: ReactNode;
}

/** What every step has: where it is, its question, which takes the focus, and at its foot the ways to go on. */
export function StepFrame({ step, title, line, children, ...ways }: StepFrameProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const place = { step: stepNames.indexOf(step) + 1, all: stepNames.length };
  return (
    <div className={css['frame']}>
      <div className={css['content']}>
        <output className={css['place']}>{t('welcome.place', place)}</output>
        <h1 ref={heading} tabIndex={-1} className={css['title']}>
          {title}
        </h1>
        {line !== undefined && <p className={css['line']}>{line}</p>}
        {children}
      </div>
      <Foot step={step} {...ways} />
    </div>
  );
}

function Foot({
  step,
  next,
  formId,
  onNext,
  isSending = false,
  isSecond = false,
  onSkip,
  skip = t('welcome.skip'),
}: Omit<StepFrameProps, 'title' | 'line' | 'children'>) {
  const isPractice = useOnly('node')?.network.kind === 'practice';
  const before = stepBeside(step, -1, isPractice);
  const after = stepBeside(step, 1, isPractice);
  const goOn = () => after && goToStep(after);
  return (
    <div className={css['foot']}>
      <button type="button" className={css['quiet']} onClick={onSkip ?? goOn}>
        {skip}
      </button>
      <div className={css['ways']}>
        {before && (
          <Button variant="default" onClick={() => goToStep(before)}>
            {t('welcome.back')}
          </Button>
        )}
        <Button
          variant={isSecond ? 'default' : 'filled'}
          type={formId === undefined ? 'button' : 'submit'}
          {...(formId !== undefined && { form: formId })}
          loading={isSending}
          onClick={formId === undefined ? (onNext ?? goOn) : undefined}
        >
          {next ?? (after ? t(`welcome.${after}.next`) : t('welcome.finish'))}
        </Button>
      </div>
    </div>
  );
}
