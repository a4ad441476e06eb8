import { Button } from '@mantine/core';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { t } from '../i18n/t.ts';
import { giveFocusBack } from '../lib/focusback.ts';
import { useModal } from '../lib/modal.ts';
import css from './ConfirmDialog.module.css';

interface ConfirmDialogProps {
  /** The question, with its object. */
  readonly title: string;
  /** What follows from a yes, with amounts. */
  readonly children: ReactNode;
  /** The verb with its object, for the button that does it. */
  readonly action: string;
  readonly isSending?: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

/** Asks before what cannot be taken back. Escape is a no; the focus comes back to where it was. */
export function ConfirmDialog({
  title,
  children,
  action,
  isSending = false,
  onConfirm,
  onCancel,
}: ConfirmDialogProps) {
  const dialog = useModal();
  const titleId = useId();
  const button = useKeptFocus(isSending);
  return (
    <dialog
      ref={dialog}
      className={css['dialog']}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      <div className={css['words']}>{children}</div>
      <div className={css['buttons']}>
        <Button variant="default" onClick={onCancel}>
          {t('cancel')}
        </Button>
        <Button ref={button} color="danger" loading={isSending} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </dialog>
  );
}

/** A button that waits cannot have the focus; it has it again when it was refused and the dialog stays. */
function useKeptFocus(isSending: boolean) {
  const button = useRef<HTMLButtonElement>(null);
  const wasSending = useRef(false);
  useEffect(() => {
    if (wasSending.current && !isSending) giveFocusBack(button.current);
    wasSending.current = isSending;
  }, [isSending]);
  return button;
}
