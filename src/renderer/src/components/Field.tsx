import { TextInput } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import css from './Field.module.css';
import { StatusMark } from './StatusMark.tsx';

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** A limit or what is usual, above right. */
  readonly help?: ReactNode;
  readonly unit?: string;
  readonly unitWidth?: number;
  /** `date`: the platform's own field for a day, as `2026-12-31`. */
  readonly type?: 'text' | 'date';
  /** What to enter instead, below. */
  readonly error: string | undefined;
  readonly onChange: (text: string) => void;
  readonly onEnter?: () => void;
  readonly onLeave: () => void;
}

/** Label above left, help above right, unit inside right; the error below says what to enter. */
export function Field({
  name,
  label,
  value,
  help,
  unit,
  unitWidth = 64,
  type = 'text',
  error,
  onChange,
  onEnter,
  onLeave,
}: FieldProps) {
  const id = useId();
  return (
    <div className={css['field']}>
      <div className={css['head']}>
        <label htmlFor={id}>{label}</label>
        <span id={`${id}-help`} className="third small" title={typeof help === 'string' ? help : undefined}>
          {help}
        </span>
      </div>
      <TextInput
        id={id}
        type={type}
        // Mantine would write its own over the property.
        ref={(input) => input?.setAttribute('aria-describedby', `${id}-help ${id}-error`)}
        name={name}
        value={value}
        autoComplete="off"
        spellCheck={false}
        error={error !== undefined}
        aria-invalid={error !== undefined}
        rightSection={unit}
        rightSectionWidth={unit === undefined ? 0 : unitWidth}
        rightSectionPointerEvents="none"
        onChange={(event) => onChange(event.currentTarget.value)}
        onFocus={onEnter}
        onBlur={onLeave}
      />
      <div id={`${id}-error`} className={css['error']} aria-live="polite">
        {error !== undefined && <StatusMark shape="attention">{error}</StatusMark>}
      </div>
    </div>
  );
}
