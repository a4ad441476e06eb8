import css from './ProgressBar.module.css';

/** How far long work is; what it is about stands beside it in words. */
export function ProgressBar({ label, done, total }: { label: string; done: bigint; total: bigint }) {
  return <progress className={css['bar']} aria-label={label} value={Number(done)} max={Number(total)} />;
}
