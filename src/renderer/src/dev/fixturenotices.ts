import { say, sentence, type Sentence } from '../../../shared/i18n/say.ts';
import type { Notice } from '../../../shared/notice.ts';
import { idOf } from './fixture.ts';

const tst = (cents: bigint) => ({ tokens: cents * 10n ** 16n, decimals: 18, symbol: 'TST' });
const slot = sentence('slotOf', { index: 3, request: '9f41…c27e' });

/** A good one, one that needs a person, one that tells of a loss. */
export const fixtureNotices: readonly Notice[] = [
  notice(
    'slotFilled',
    sentence('notice.filled.other', { count: 4, size: { bytes: 68_700_000_000n }, pay: tst(1924n) }),
    {
      body: sentence('notice.filledBody.other', { collateral: tst(3436n) }),
      place: { page: 'sales' },
    },
  ),
  notice('gasLow', sentence('notice.gasLasts.other', { gas: { wei: 9n * 10n ** 14n }, count: 41 }), {
    body: sentence('notice.gasBody'),
    place: { page: 'home' },
  }),
  notice('slashed', sentence('notice.slashed', { taken: tst(172n), left: tst(687n) }), {
    body: sentence('notice.slashedBody', { whose: sentence('notice.whose.one', { slot, missed: '1' }) }),
    place: { page: 'sales', id: idOf('51d7', 11) },
    isLoss: true,
  }),
];

function notice(
  kind: Notice['kind'],
  title: Sentence,
  { body, ...rest }: { body: Sentence } & Pick<Notice, 'place'> & Partial<Pick<Notice, 'isLoss'>>,
): Notice {
  const sentences = { title, body };
  return { kind, title: say(title), body: say(body), sentences, isLoss: false, isPractice: true, ...rest };
}
