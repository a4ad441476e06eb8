import { TextInput, Textarea } from '@mantine/core';
import { useId } from 'react';
import css from './Wallet.module.css';

interface SecretFieldProps {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  /** `lines`: for several words, which can be read while they are typed. */
  readonly kind?: 'password' | 'word' | 'lines';
  readonly autoComplete?: 'new-password' | 'current-password' | 'off';
  readonly onInput?: (text: string) => void;
}

/** What is typed here is nowhere but in the field, whose form reads it when it is sent. */
export function SecretField({
  name,
  label,
  help,
  kind = 'password',
  autoComplete = 'off',
  onInput,
}: SecretFieldProps) {
  const id = useId();
  const shared = {
    id,
    name,
    autoComplete,
    spellCheck: false,
    autoCapitalize: 'none',
    ref: (input: HTMLElement | null) => {
      if (help !== undefined) input?.setAttribute('aria-describedby', `${id}-help`);
    },
  };
  return (
    <div className={css['field']}>
      <label htmlFor={id}>{label}</label>
      {kind === 'lines' ? (
        <Textarea {...shared} rows={3} onInput={(event) => onInput?.(event.currentTarget.value)} />
      ) : (
        <TextInput
          {...shared}
          type={kind === 'password' ? 'password' : 'text'}
          onInput={(event) => onInput?.(event.currentTarget.value)}
        />
      )}
      {help !== undefined && (
        <p id={`${id}-help`} className="small third">
          {help}
        </p>
      )}
    </div>
  );
}

/** What stands in a form's field now. */
export function typedIn(form: HTMLFormElement, name: string): string {
  const field = form.elements.namedItem(name);
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : '';
}

/** Empties all fields of a form that may hold something secret. */
export function wipe(form: HTMLFormElement): void {
  for (const field of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    'input:not([type="radio"]):not([type="checkbox"]), textarea',
  ))
    field.value = '';
}
