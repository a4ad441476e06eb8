import { Notification } from 'electron';
import { afterMs, type After } from '../../shared/after.ts';
import type { Api, Notice } from '../../shared/api.ts';
import type { EventOf, EventSource } from '../ipc/events.ts';
import { PRACTICE_LINE } from './tray-model.ts';

export interface NotificationModules {
  readonly events: EventSource<EventOf<Api>>;
  readonly openWindow: () => void;
  readonly isPractice: () => boolean;
}

/** Shows the node's notices on the desktop; a click opens the window. Fills that come together are one. Returns the end. */
export function showNotices(
  { events, openWindow, isPractice }: NotificationModules,
  { after = afterMs }: { after?: After } = {},
): () => void {
  let fills: Notice[] = [];
  let cancel: (() => void) | undefined;
  const show = ({ title, body }: Pick<Notice, 'title' | 'body'>) =>
    notify({ title, body: isPractice() ? `${body}\n${PRACTICE_LINE}` : body }, openWindow);
  const showFills = () => {
    const [first, ...others] = fills;
    fills = [];
    cancel = undefined;
    if (first) show(others.length === 0 ? first : manyFills([first, ...others]));
  };
  const unsubscribe = events.subscribe((event) => {
    if (event.name !== 'notice') return;
    if (event.payload.kind !== 'slotFilled') return show(event.payload);
    fills.push(event.payload);
    cancel ??= after(BURST_MS, showFills);
  });
  return () => {
    unsubscribe();
    cancel?.();
  };
}

/** One notification of the system; where there are none, nothing happens. */
export function notify({ title, body }: { title: string; body: string }, onClick: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body });
  // Without a reference of ours it would be collected, and its click with it.
  open.add(notification);
  const forget = () => void open.delete(notification);
  notification.on('click', () => {
    forget();
    onClick();
  });
  notification.on('close', forget);
  notification.show();
}

const BURST_MS = 1500;
const open = new Set<Notification>();

function manyFills(fills: readonly Notice[]): Pick<Notice, 'title' | 'body'> {
  return {
    title: `${fills.length} slots filled`,
    body: fills
      .map(({ body }) => body)
      .slice(0, 3)
      .join('\n'),
  };
}
