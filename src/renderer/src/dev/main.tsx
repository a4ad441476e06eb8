import '../theme/styles.ts';
import { createRoot } from 'react-dom/client';
import { App } from '../App.tsx';
import { followLanguage } from '../i18n/language.ts';
import { followSystem } from '../theme/appearance.ts';
import { emptySnapshot, fixtureLogs, fixtureSnapshot } from './fixture.ts';
import { FixtureNode } from './fixturenode.ts';
import { withManySales } from './manysales.ts';
import { measuresOf } from './measure.ts';
import { liveSnapshot, prepareLive } from './fixturelive.ts';
import { prepareStorage } from './fixturestorage.ts';

/**
 * The window over invented rows: `dev.html?empty`, `?stale`, `?loading`, `?storage=moving` or `failed`,
 * `?live` (on the test network, with settings that wait). Not part of the
 * built application.
 */
const query = new URLSearchParams(location.search);
const node = new FixtureNode(snapshot(), fixtureLogs());
Object.assign(globalThis, { measure: measuresOf(node) });
if (query.has('loading')) node.answers.snapshot = () => new Promise(() => {});
if (query.has('stale')) setTimeout(() => node.setConnected(false), 500);
prepareStorage(node, query.get('storage'));
if (query.has('live')) prepareLive(node);

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root');
followSystem();
followLanguage();
createRoot(root).render(<App connection={node.connection} />);

function snapshot() {
  if (query.has('empty')) return emptySnapshot();
  const usual = query.has('live') ? liveSnapshot() : fixtureSnapshot();
  return query.has('sales') ? withManySales(usual, Number(query.get('sales'))) : usual;
}
