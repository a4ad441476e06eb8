import '../theme/styles.ts';
import { createRoot } from 'react-dom/client';
import { App } from '../App.tsx';
import { followLanguage } from '../i18n/language.ts';
import { followSystem } from '../theme/appearance.ts';
import { emptySnapshot, fixtureLogs, fixtureSnapshot } from './fixture.ts';
import { FixtureNode } from './fixturenode.ts';
import { prepareStorage } from './fixturestorage.ts';
import { freezeTime, PICTURE_MS } from './frozen.ts';
import { handOn } from './hand.ts';
import { withManySales } from './manysales.ts';
import { measuresOf } from './measure.ts';
import { liveSnapshot, prepareLive } from './fixturelive.ts';
import { shownStates, stateNamed, type ShownState } from './states.ts';

/**
 * The window over invented rows. `dev.html?state=<id>` shows one state of `states.ts` at the moment of the pictures;
 * without it rows of now: `?empty`, `?stale`, `?loading`, `?storage=moving` or `failed`, `?sales=10000`, `?live` (on
 * the test network, with settings that wait). Not part of the
 * built application.
 */
const query = new URLSearchParams(location.search);
followSystem();
followLanguage();
const state = stateNamed(query.get('state'));
if (state) void show(state);
else showNow();
/** What takes pictures asks which there are. */
Object.assign(globalThis, {
  states: shownStates.map(({ id, page, face, what }) => ({ id, page, face, what })),
});

/** Marks the page with `data-shown` once all that was to be done is done and drawn, or with `data-fault`. */
async function show({ at, snapshot, prepare, act }: ShownState): Promise<void> {
  const moveTime = freezeTime(PICTURE_MS);
  const node = new FixtureNode(snapshot, fixtureLogs(PICTURE_MS / 1000));
  prepare?.(node);
  location.hash = at;
  open(node);
  const { dataset } = document.documentElement;
  try {
    await frames(4);
    await act?.(handOn(document, moveTime), node);
    await document.fonts.ready;
    // A skeleton is seen after 200 ms.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await frames(4);
    dataset['shown'] = 'true';
  } catch (error) {
    dataset['fault'] = String(error);
  }
}

function showNow(): void {
  const node = new FixtureNode(snapshotOfNow(), fixtureLogs());
  Object.assign(globalThis, { measure: measuresOf(node) });
  if (query.has('loading')) node.answers.snapshot = () => new Promise(() => {});
  if (query.has('stale')) setTimeout(() => node.setConnected(false), 500);
  prepareStorage(node, query.get('storage'));
  if (query.has('live')) prepareLive(node);
  open(node);
}

function snapshotOfNow() {
  if (query.has('empty')) return emptySnapshot();
  const usual = query.has('live') ? liveSnapshot() : fixtureSnapshot();
  return query.has('sales') ? withManySales(usual, Number(query.get('sales'))) : usual;
}

function open(node: FixtureNode): void {
  const root = document.getElementById('root');
  if (!root) throw new Error('The page has no #root');
  createRoot(root).render(<App connection={node.connection} />);
}

async function frames(count: number): Promise<void> {
  for (let frame = 0; frame < count; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
}
