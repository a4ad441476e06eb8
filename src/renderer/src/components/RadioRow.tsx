import { useId, type ReactNode } from 'react';
import css from './RadioRow.module.css';

interface RadioRowProps {
  readonly name: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly label: ReactNode;
  readonly note?: ReactNode;
  /** At the right of the row. */
  readonly aside?: ReactNode;
  /** What belongs to the choice once it is made, below it. */
  readonly children?: ReactNode;
}

/** One of several choices, a row with a hairline below it. */
export function RadioRow({ name, isChosen, onChoose, label, note, aside, children }: RadioRowProps) {
  const id = useId();
  return (
    <div className={css['row']}>
      <div className={css['choice']}>
        <input
          id={id}
          type="radio"
          name={name}
          checked={isChosen}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          onChange={onChoose}
        />
        <div className={css['words']}>
          <label htmlFor={id}>{label}</label>
          {note !== undefined && (
            <p id={`${id}-note`} className="second">
              {note}
            </p>
          )}
        </div>
        {aside !== undefined && <div className={css['aside']}>{aside}</div>}
      </div>
      {isChosen && children !== undefined && <div className={css['more']}>{children}</div>}
    </div>
  );
}
