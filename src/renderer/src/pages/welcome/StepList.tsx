import { useOnly } from '../../api/node.tsx';
import { Mark } from '../../components/icons.tsx';
import { t } from '../../i18n/t.ts';
import { stepHref, stepNames, type StepName } from './steps.ts';
import css from './Welcome.module.css';

/** The left side: where one is, what was passed, and the way out. */
export function StepList({ step, onLeave }: { step: StepName; onLeave: () => void }) {
  const isPractice = useOnly('node')?.network.kind === 'practice';
  const at = stepNames.indexOf(step);
  return (
    <header className={css['side']}>
      <div className={css['brand']}>
        <Mark />
        <span>{t('app.name')}</span>
      </div>
      <nav aria-label={t('welcome.steps')}>
        <ol className={css['steps']}>
          {stepNames.map((name, index) => (
            <li key={name} data-state={stateOf(index, at)}>
              <a href={stepHref(name)} aria-current={index === at ? 'step' : undefined}>
                <span className={css['sign']}>{index < at ? <Tick /> : index + 1}</span>
                <span className={css['stepName']}>
                  {t(`welcome.${name}.name`)}
                  {name === 'wallet' && isPractice && (
                    <span className="small third">{t('welcome.wallet.notNeeded')}</span>
                  )}
                  {index < at && <span className="unseen">{t('path.done')}</span>}
                </span>
              </a>
            </li>
          ))}
        </ol>
      </nav>
      <div className={css['sideFoot']}>
        <p>{t('welcome.foot')}</p>
        <button type="button" className={css['quiet']} onClick={onLeave}>
          {t('welcome.leave')}
        </button>
      </div>
    </header>
  );
}

const stateOf = (index: number, at: number): 'done' | 'now' | 'toCome' => {
  if (index === at) return 'now';
  return index < at ? 'done' : 'toCome';
};

const Tick = () => (
  <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
    <path
      d="m3.5 8.4 3 3L12.5 5"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  </svg>
);
