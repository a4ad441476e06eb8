import type { Api } from '../../../../shared/api.ts';
import type { Client } from '../../../../shared/contract.ts';
import type { LiveState } from '../../../../shared/live.ts';
import { shortId } from '../../../../shared/units.ts';
import { t } from '../../i18n/t.ts';
import { practiceSpeeds, speedText } from '../../lib/practicespeed.ts';
import { goTo, pageNames } from '../../lib/router.ts';
import { isTourShown, showTour } from '../../lib/tour.ts';
import { saleWords } from '../../lib/salewords.ts';
import { appearances, setAppearance } from '../../theme/appearance.ts';

/** Something that can be found or done from the palette. */
export interface Entry {
  readonly key: string;
  readonly text: string;
  /** What it is, or what state it is in. */
  readonly note?: string;
  /** Found by these too, though they are not shown: whole ids. */
  readonly also?: string;
  readonly run: () => void | Promise<unknown>;
}

interface EntriesOf {
  readonly tables: LiveState['tables'];
  readonly client: Client<Api>;
}

/** Everything, in the order in which it is shown: pages, what can be done, offers, sales. */
export function entriesOf({ tables, client }: EntriesOf): Entry[] {
  return [
    ...pages(),
    firstSteps(),
    ...offers(tables, client),
    ...practice(tables, client),
    ...looks(),
    ...sales(tables),
  ];
}

/** At most `limit` of the entries in which each word of the query occurs, whatever its case. */
export function entriesFor(entries: readonly Entry[], query: string, limit = 50): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found: Entry[] = [];
  for (const entry of entries) {
    if (found.length >= limit) break;
    const text = `${entry.text} ${entry.also ?? ''}`.toLowerCase();
    if (words.every((word) => text.includes(word))) found.push(entry);
  }
  return found;
}

const pages = (): Entry[] =>
  pageNames.map((name) => ({
    key: `page.${name}`,
    text: t(`nav.${name}`),
    note: t('palette.page'),
    run: () => goTo(name),
  }));

const firstSteps = (): Entry => ({
  key: 'page.welcome',
  text: t('welcome.again'),
  note: t('palette.action'),
  run: () => goTo('welcome'),
});

function offers({ availabilities }: LiveState['tables'], client: Client<Api>): Entry[] {
  const rows = [...availabilities.values()];
  const active = rows.filter(({ state }) => state === 'active');
  const setEnabled = (ids: readonly string[], enabled: boolean) =>
    Promise.all(ids.map((id) => client.setAvailabilityEnabled({ id, enabled })));
  return [
    { key: 'offer.new', text: t('offers.new'), note: t('palette.action'), run: () => goTo('offers', 'new') },
    ...(active.length > 1
      ? [
          {
            key: 'offer.pauseAll',
            text: t('palette.pauseAll'),
            note: t('palette.action'),
            run: () =>
              setEnabled(
                active.map(({ id }) => id),
                false,
              ),
          },
        ]
      : []),
    ...rows.flatMap(({ id, name, state }): Entry[] => {
      const note = t('palette.offer', { state: t(`offers.${state}`) });
      const edit = {
        key: `offer.edit.${id}`,
        text: t('offers.switch', { word: t('offers.edit'), name }),
        note,
        run: () => goTo('offers', id),
      };
      if (state !== 'active' && state !== 'paused') return [];
      const isActive = state === 'active';
      const word = isActive ? t('offers.pause') : t('offers.resume');
      return [
        {
          key: `offer.switch.${id}`,
          text: t('offers.switch', { word, name }),
          note,
          run: () => setEnabled([id], !isActive),
        },
        edit,
      ];
    }),
  ];
}

function practice({ node }: LiveState['tables'], client: Client<Api>): Entry[] {
  const row = node.get('node');
  const speed = row?.practiceSpeed;
  if (speed === undefined) return [];
  const note = t('palette.practice');
  const speeds = practiceSpeeds
    .filter((other) => other !== speed)
    .map((other) => ({
      key: `speed.${other}`,
      text: t('palette.speed', { speed: speedText(other) }),
      note,
      run: () => client.setPracticeSpeed({ speed: other }),
    }));
  const slash = async () => {
    await client.makePracticeSlash({});
    openTour();
  };
  return [
    ...speeds,
    isTourShown(row)
      ? { key: 'tour.away', text: t('palette.putTourAway'), note, run: () => showTour(false) }
      : { key: 'tour.show', text: t('palette.showTour'), note, run: openTour },
    { key: 'practice.slash', text: t('tour.makeSlash'), note, run: slash },
  ];
}

function openTour(): void {
  showTour(true);
  goTo('home');
}

const looks = (): Entry[] =>
  appearances.map((name) => ({
    key: `look.${name}`,
    text: t('palette.appearance', { name: t(`appearance.${name}`) }),
    note: t('palette.action'),
    run: () => setAppearance(name),
  }));

/** Newest first. */
const sales = ({ sales }: LiveState['tables']): Entry[] =>
  [...sales.values()]
    .sort((a, b) => b.startedAt - a.startedAt)
    .map((sale) => ({
      key: `sale.${sale.id}`,
      text: t('sale.name', { id: shortId(sale.requestId), index: sale.slotIndex }),
      note: saleWords(sale).word,
      also: `${saleWords(sale).word} ${sale.requestId} ${sale.slotId}`,
      run: () => goTo('sales', sale.id),
    }));
