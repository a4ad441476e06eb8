import { say, sentence } from '../../src/shared/i18n/say.ts';
import type { Notice } from '../../src/shared/notice.ts';

/** A notice's words that are the same in every language. */
export function noticeWords(title: string, body: string): Pick<Notice, 'title' | 'body' | 'sentences'> {
  const sentences = { title: sentence('error', { error: title }), body: sentence('error', { error: body }) };
  return { title: say(sentences.title), body: say(sentences.body), sentences };
}
