import { useSyncExternalStore } from 'react';
import { useConnection, useOnly } from '../../api/node.tsx';
import { PracticeSign } from '../../components/icons.tsx';
import { SpeedChoice } from '../../components/SpeedChoice.tsx';
import { StatusShape, type Shape } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { showTour, tourSteps, useIsTourShown, type TourStep } from '../../lib/tour.ts';
import css from './Tour.module.css';
import { TourSlash } from './TourSlash.tsx';

/** On the practice network: what happens, from the offer to its pay, each step ticked when it has, and a slash on demand. */
export function Tour() {
  const node = useOnly('node');
  const isShown = useIsTourShown(node);
  if (!node || !isShown) return undefined;
  return (
    <section className={css['tour']} aria-label={t('tour.title')}>
      <div className={css['head']}>
        <PracticeSign />
        <h2>{t('tour.title')}</h2>
        <p>{t('tour.line')}</p>
        <button type="button" className={css['away']} onClick={() => showTour(false)}>
          {t('tour.away')}
        </button>
      </div>
      <Steps />
      <div className={css['foot']}>
        <TourSlash node={node} />
        {node.practiceSpeed !== undefined && (
          <div className={css['speed']}>
            <SpeedChoice speed={node.practiceSpeed} />
          </div>
        )}
      </div>
    </section>
  );
}

function Steps() {
  const { live } = useConnection();
  const { tables } = useSyncExternalStore(live.state.subscribe, live.state.getSnapshot);
  const steps = tourSteps(tables);
  const next = steps.findIndex(({ isDone }) => !isDone);
  return (
    <ol className={css['steps']}>
      {steps.map((step, index) => (
        <Step key={step.name} step={step} state={stateOf(step, index === next)} />
      ))}
    </ol>
  );
}

type StepState = 'done' | 'next' | 'later';

const stateOf = ({ isDone }: TourStep, isNext: boolean): StepState => {
  if (isDone) return 'done';
  return isNext ? 'next' : 'later';
};

const shapes: Readonly<Record<StepState, Shape>> = { done: 'passed', next: 'working', later: 'waiting' };

function Step({ step: { name, page, href }, state }: { step: TourStep; state: StepState }) {
  const link = href.startsWith('#/sales/')
    ? t('todo.openSale')
    : t('notice.open', { page: t(`nav.${page}`) });
  return (
    <li className={css['step']} aria-current={state === 'next' ? 'step' : undefined}>
      <StatusShape shape={shapes[state]} />
      <div>
        <h3>
          {t(`tour.${name}`)} <span className={css['state']}>{t(`tour.is.${state}`)}</span>
        </h3>
        <p>{t(`tour.${name}Money`)}</p>
        <a href={href}>{link}</a>
      </div>
    </li>
  );
}
