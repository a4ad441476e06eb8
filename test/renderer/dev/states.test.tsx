import { describe, expect, it } from 'vitest';
import { fixtureLogs } from '../../../src/renderer/src/dev/fixture.ts';
import { handOn } from '../../../src/renderer/src/dev/hand.ts';
import { shownStates, type Face } from '../../../src/renderer/src/dev/states.ts';
import { pageNames } from '../../../src/renderer/src/lib/router.ts';
import { showWindow } from '../support.tsx';

/** product.md §5; long work is only asked of pages that have some. */
const everyPages: readonly Face[] = ['full', 'empty', 'loading', 'stale', 'failed'];
/** Faces that a page cannot have. */
const without: Readonly<Record<string, readonly Face[]>> = {
  // Its rows come with the first snapshot, and nothing else is asked: it fails only as a whole, as Home shows.
  queue: ['failed'],
};

describe('The states of which pictures are taken', () => {
  it.each(pageNames)('show %s with every face it can have', (page) => {
    const shown = shownStates.filter((state) => state.page === page).map(({ face }) => face);
    const wanted = everyPages.filter((face) => !without[page]?.includes(face));
    expect(wanted.filter((face) => !shown.includes(face))).toEqual([]);
  });

  it('have names of their own, fit for files', () => {
    const ids = shownStates.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index || !/^[a-z]+(-[a-z]+)*$/.test(id))).toEqual(
      [],
    );
  });

  it('cover long work', () => {
    expect(shownStates.filter(({ face }) => face === 'working').map(({ page }) => page)).toContain('sales');
  });

  it.each(shownStates.filter(({ act }) => act).map((state) => [state.id, state] as const))(
    'let %s be reached by what is on the page',
    async (_id, { at, snapshot, prepare, act }) => {
      const node = await showWindow({ at, snapshot, logs: fixtureLogs(), ...(prepare && { prepare }) });
      await act?.(
        handOn(document, () => {}),
        node,
      );
      expect(document.querySelectorAll('h1').length).toBe(1);
    },
    20_000,
  );
});
