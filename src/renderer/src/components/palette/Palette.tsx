/* oxlint-disable jsx-a11y/prefer-tag-over-role -- the pattern of a combobox with a list of commands, which no tag has */
import { TextInput } from '@mantine/core';
import { useEffect, useId, useRef, useState, useSyncExternalStore, type KeyboardEvent } from 'react';
import { errorText } from '../../../../shared/errors.ts';
import { useConnection } from '../../api/node.tsx';
import { t } from '../../i18n/t.ts';
import { useModal } from '../../lib/modal.ts';
import { shownError } from '../../lib/shownerror.ts';
import { SearchIcon } from '../icons.tsx';
import { StatusMark } from '../StatusMark.tsx';
import { entriesFor, entriesOf, type Entry } from './entries.ts';
import css from './Palette.module.css';

/** Opens with Ctrl or Cmd and K wherever one is, and with the button at the foot of the navigation. */
export function usePalette(): { isOpen: boolean; open: () => void; close: () => void } {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      if (event.altKey || event.shiftKey) return;
      event.preventDefault();
      setOpen((open) => !open);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return { isOpen, open: () => setOpen(true), close: () => setOpen(false) };
}

/** Find or do: pages, offers, sales and commands by a few letters; arrows choose, Enter does, Escape closes. */
export function Palette({ onClose }: { onClose: () => void }) {
  const palette = usePaletteState(onClose);
  const { entries, chosen, query, failure } = palette;
  const dialog = useModal();
  const listId = useId();
  const optionId = (index: number) => `${listId}-${index}`;
  return (
    <dialog
      ref={dialog}
      className={css['palette']}
      aria-label={t('palette.title')}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <TextInput
        variant="unstyled"
        className={css['query'] ?? ''}
        leftSection={<SearchIcon />}
        role="combobox"
        aria-label={t('palette.title')}
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={entries[chosen] && optionId(chosen)}
        autoComplete="off"
        spellCheck={false}
        placeholder={t('palette.hint')}
        value={query}
        onChange={(event) => palette.setQuery(event.currentTarget.value)}
        onKeyDown={palette.onKeyDown}
      />
      <div role="listbox" id={listId} aria-label={t('palette.title')} className={css['list']}>
        {entries.map((entry, index) => (
          <Option
            key={entry.key}
            id={optionId(index)}
            entry={entry}
            isChosen={index === chosen}
            onRun={() => palette.run(entry)}
          />
        ))}
      </div>
      {entries.length === 0 && <p className={css['none']}>{t('palette.none')}</p>}
      <div role="alert">
        {failure !== undefined && (
          <p className={css['none']}>
            <StatusMark shape="attention">{failure}</StatusMark>
          </p>
        )}
      </div>
    </dialog>
  );
}

interface OptionProps {
  readonly id: string;
  readonly entry: Entry;
  readonly isChosen: boolean;
  readonly onRun: () => void;
}

function Option({ id, entry, isChosen, onRun }: OptionProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isChosen) element.current?.scrollIntoView?.({ block: 'nearest' });
  }, [isChosen]);
  return (
    // The keyboard's way is the field above, which names the chosen option.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      ref={element}
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      className={css['option']}
      onClick={onRun}
    >
      <span>{entry.text}</span>
      <span className="small third">{entry.note}</span>
    </div>
  );
}

function usePaletteState(onClose: () => void) {
  const { client, live } = useConnection();
  const { tables } = useSyncExternalStore(live.state.subscribe, live.state.getSnapshot);
  const [{ query, chosen }, setChoice] = useState({ query: '', chosen: 0 });
  const [failure, setFailure] = useState<string>();
  const entries = entriesFor(entriesOf({ tables, client }), query);
  const last = Math.max(0, entries.length - 1);
  const at = Math.min(chosen, last);

  const run = (entry: Entry) => {
    setFailure(undefined);
    Promise.resolve()
      .then(() => entry.run())
      .then(onClose, (error: unknown) => setFailure(errorText(shownError(error))));
  };
  const move = (to: number) => setChoice({ query, chosen: to });
  return {
    entries,
    chosen: at,
    query,
    failure,
    run,
    setQuery: (text: string) => setChoice({ query: text, chosen: 0 }),
    onKeyDown: (event: KeyboardEvent) => {
      const moves: Record<string, number> = {
        ArrowDown: at === last ? 0 : at + 1,
        ArrowUp: at === 0 ? last : at - 1,
        PageDown: Math.min(last, at + PAGE),
        PageUp: Math.max(0, at - PAGE),
      };
      const to = moves[event.key];
      const entry = entries[at];
      if (to !== undefined) move(to);
      else if (event.key === 'Enter' && entry) run(entry);
      else return;
      event.preventDefault();
    },
  };
}

const PAGE = 8;
