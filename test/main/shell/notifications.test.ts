import { beforeEach, describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import type { EventOf } from '../../../src/main/ipc/events.ts';
import { showNotices } from '../../../src/main/shell/notifications.ts';
import type { Api } from '../../../src/shared/api.ts';
import { currentLanguage, type Language } from '../../../src/shared/i18n/language.ts';
import { sentence } from '../../../src/shared/i18n/say.ts';
import type { Notice } from '../../../src/shared/notice.ts';
import { desktop } from '../../doubles/electron.ts';
import { noticeWords } from '../../support/noticewords.ts';

const missed: Notice = {
  kind: 'proofMissed',
  ...noticeWords('Proof missed: nothing lost yet, 1.72 TST at stake', 'The computer was asleep.'),
  place: { page: 'sales', id: '0x12' },
  isLoss: true,
  isPractice: false,
};

describe('Notifications', () => {
  beforeEach(() => desktop.reset());

  it('shows a notice, and opens its page when it is clicked', () => {
    const { tell, opened } = setUp();
    tell(missed);
    expect(shown()).toEqual([{ title: missed.title, body: missed.body }]);
    desktop.notifications[0]?.emit('click');
    expect(opened).toEqual([{ page: 'sales', id: '0x12' }]);
  });

  it('says that nothing is real on the practice network', () => {
    const { tell } = setUp();
    tell({ ...missed, isPractice: true });
    const [options] = shown();
    const source = process.platform === 'darwin' ? options?.subtitle : options?.body?.split('\n')[1];
    expect(source).toBe('Practice network: nothing here is real');
  });

  it('speaks the language that the settings say', () => {
    const sentences = {
      title: sentence('notice.diskFull'),
      body: sentence('notice.logSays'),
    };
    const { tell } = setUp('de');
    tell({ ...missed, sentences, isPractice: true });
    const [options] = shown();
    expect(options?.title).toBe('Der Datenträger ist voll');
    expect(options?.body).toContain('Das Protokoll sagt, warum.');
    expect(Object.values(options ?? {}).join('\n')).toContain('Übungsnetz');
    expect(currentLanguage()).toBe('en');
  });

  it('shows nothing where the system has no notifications', () => {
    desktop.canNotify = false;
    const { tell } = setUp();
    tell(missed);
    expect(shown()).toEqual([]);
  });

  it('listens no longer once it has ended', () => {
    const { end, events } = setUp();
    end();
    expect(events.size).toBe(0);
  });
});

const shown = () => desktop.notifications.map(({ options }) => options);

function setUp(language: Language = 'en') {
  const events = new Emitter<EventOf<Api>>();
  const opened: Notice['place'][] = [];
  const end = showNotices({ events, openAt: (place) => opened.push(place), language: () => language });
  const tell = (payload: Notice) => events.emit({ name: 'notice', payload });
  return { tell, end, events, opened };
}
