import { useId, type ReactNode } from 'react';
import css from './Check.module.css';

/** Something that is or is not so, with a line under it that says what that means. */
export function Check({
  label,
  note,
  isOn,
  isDisabled = false,
  onChange,
}: {
  readonly label: string;
  readonly note?: ReactNode;
  readonly isOn: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  const id = useId();
  return (
    <div className={css['check']}>
      <input
        id={id}
        type="checkbox"
        checked={isOn}
        disabled={isDisabled}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {note !== undefined && (
        <p id={`${id}-note`} className="small third">
          {note}
        </p>
      )}
    </div>
  );
}
