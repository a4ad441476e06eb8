import { Notification } from 'electron';
import type { Api } from '../../shared/api.ts';
import { inLanguage, type Language } from '../../shared/i18n/language.ts';
import { say } from '../../shared/i18n/say.ts';
import { said } from '../../shared/i18n/shared.ts';
import type { Notice } from '../../shared/notice.ts';
import type { EventOf, EventSource } from '../ipc/events.ts';

export interface NotificationModules {
  readonly events: EventSource<EventOf<Api>>;
  readonly openAt: (place: Notice['place']) => void;
  readonly language: () => Language;
}

/** Shows the node's notices on the desktop; a click opens the page that each is about. Returns the end. */
export function showNotices({ events, openAt, language }: NotificationModules): () => void {
  return events.subscribe((event) => {
    if (event.name !== 'notice') return;
    const { sentences, place, isPractice } = event.payload;
    const told = inLanguage(language(), () => ({
      title: say(sentences.title),
      body: say(sentences.body),
      ...(isPractice && { source: said('shell.practice') }),
    }));
    notify(told, () => openAt(place));
  });
}

export const hasNotifications = (): boolean => Notification.isSupported();

/** One notification of the system; where there are none, nothing happens. `source` stands in a line of its own. */
export function notify(
  { title, body, source }: { title: string; body: string; source?: string },
  onClick: () => void,
): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, ...linesOf(body, source) });
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

/** Only macOS has a line for it. */
function linesOf(body: string, source: string | undefined): { body: string; subtitle?: string } {
  if (source === undefined) return { body };
  return process.platform === 'darwin' ? { body, subtitle: source } : { body: `${body}\n${source}` };
}

const open = new Set<Notification>();
