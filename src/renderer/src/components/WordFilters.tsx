import type { ReactNode } from 'react';
import css from './WordFilters.module.css';

interface WordFiltersProps<Name> {
  readonly label: string;
  readonly names: readonly Name[];
  readonly chosen: Name;
  readonly onChoose: (name: Name) => void;
  /** The word, and what stands beside it. */
  readonly children: (name: Name) => ReactNode;
}

/** One of several, as words. */
export function WordFilters<Name extends string | undefined>({
  label,
  names,
  chosen,
  onChoose,
  children,
}: WordFiltersProps<Name>) {
  return (
    <fieldset className={css['filters']} aria-label={label}>
      {names.map((name) => (
        <button
          key={name ?? ''}
          type="button"
          className={css['filter']}
          aria-pressed={name === chosen}
          onClick={() => onChoose(name)}
        >
          {children(name)}
        </button>
      ))}
    </fieldset>
  );
}
