import { act, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptySnapshot, fixtureLogs, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import type { FixtureNode } from '../../../src/renderer/src/dev/fixturenode.ts';
import { pageNames } from '../../../src/renderer/src/lib/router.ts';
import { setCurrentLanguage } from '../../../src/shared/i18n/language.ts';
import type { LiveSnapshot } from '../../../src/shared/live.ts';
import { settled, showWindow } from '../support.tsx';
import { unbracketed } from './pseudo.ts';

// German is replaced by brackets around English, in all three catalogues.
vi.mock('../../../src/renderer/src/i18n/de.ts', async () => {
  const { en } = await import('../../../src/renderer/src/i18n/en.ts');
  return { de: (await import('./pseudo.ts')).bracketed(en) };
});
vi.mock('../../../src/shared/i18n/de.ts', async () => {
  const { en } = await import('../../../src/shared/i18n/en.ts');
  return { de: (await import('./pseudo.ts')).bracketed(en) };
});
vi.mock('../../../src/shared/i18n/errors.de.ts', async (original) => {
  const { germanErrorTexts } = await original<{ germanErrorTexts: Record<string, string> }>();
  return { germanErrorTexts: (await import('./pseudo.ts')).bracketed(germanErrorTexts) };
});

beforeEach(() => setCurrentLanguage('de'));
afterEach(() => setCurrentLanguage('en'));

const logs = fixtureLogs();
const snapshot = fixtureSnapshot();
const saleOf = (is: (sale: LiveSnapshot['tables']['sales'][number]) => boolean) =>
  snapshot.tables.sales.find(is)?.id ?? '';

/** What comes from the owner, from outside, or from the log, which is English. */
const data = [
  ...new Set([
    ...logs.flatMap(({ message, text, topics }) => [message, text, ...topics]),
    ...logs.flatMap(({ json }) => Object.keys(JSON.parse(json) as object)),
    ...snapshot.tables.availabilities.map(({ name }) => name),
    '/data/slotkeeper',
    '/slots',
    ...snapshot.tables.peers.flatMap(({ peerId, announced }) => [peerId, ...announced]),
    ...snapshot.tables.sales.flatMap(({ progress }) => progress?.peers?.map(({ peer }) => peer) ?? []),
  ]),
].sort((a, b) => b.length - a.length);

const expectTranslated = () => expect(unbracketed(document.body, data)).toEqual([]);

describe('In a language of brackets', () => {
  it.each(pageNames)('every text of %s is bracketed', async (page) => {
    await showWindow({ at: `#/${page}`, snapshot, logs });
    expect(document.body.textContent?.match(/⟦/g)?.length).toBeGreaterThan(20);
    expectTranslated();
  });

  it.each(pageNames)('every text of %s is bracketed before anything was offered', async (page) => {
    await showWindow({ at: `#/${page}`, snapshot: emptySnapshot() });
    expectTranslated();
  });

  it.each([
    ['sold', saleOf(({ state }) => state === 'proving')],
    ['downloading', saleOf(({ state }) => state === 'downloading')],
    ['paid', saleOf(({ outcome }) => outcome?.code === 'paid')],
    ['lost', saleOf(({ outcome }) => outcome?.code === 'slotLost')],
    ['unknown', '0x00'],
  ])('every text of a sale that is %s is bracketed', async (_state, id) => {
    await showWindow({ at: `#/sales/${encodeURIComponent(id)}`, snapshot, logs });
    expectTranslated();
  });

  it('the title of the window is', async () => {
    await showWindow({ at: '#/queue' });
    expect(document.title).toMatch(/^⟦⟦Queue⟧.*⟧$/);
  });

  it('the form of an offer is, with every error it can say and the node’s refusal', async () => {
    await showWindow({
      at: '#/offers',
      snapshot,
      prepare: (node) => node.refuse('createAvailability', 'QUOTA_EXCEEDED'),
    });
    fireEvent.click(screen.getByRole('button', { name: '⟦New offer⟧' }));
    for (const typed of ['', 'x', '-1', '0', '5 parsec', '9'.repeat(90), '0,0000000000000000000001']) {
      for (const field of screen.getAllByRole('textbox')) {
        fireEvent.change(field, { target: { value: typed } });
        fireEvent.blur(field);
      }
      expectTranslated();
    }
    fireEvent.click(screen.getByRole('button', { name: '⟦Raw values⟧' }));
    expectTranslated();
  });

  it('an opened record of the log is, but for the record', async () => {
    await showWindow({ at: '#/activity', snapshot, logs });
    const [first] = screen.getAllByRole('button', { name: /Open the record/ });
    if (first) fireEvent.click(first);
    document.querySelector('pre')?.replaceChildren();
    // After time, level and topic come the names that the record itself gives.
    for (const fact of [...document.querySelectorAll('aside dl > *')].slice(6)) fact.remove();
    expectTranslated();
  });

  it('a menu that is open is', async () => {
    await showWindow({ at: '#/sales', snapshot });
    fireEvent.click(screen.getByRole('button', { name: /Change speed/ }));
    fireEvent.click(screen.getByRole('button', { name: /Time shown/ }));
    await settled();
    expect(screen.getAllByRole('menuitem').length).toBeGreaterThan(3);
    expectTranslated();
  });

  it.each(['DISK_FULL', 'SLOT_FOLDER_GONE'])('what %s means is', async (code) => {
    await showWindow({ snapshot: changed('storage', { fault: { code, message: 'In English only.' } }) });
    expectTranslated();
  });

  it('what keeps the node from starting is, and only its details are not', async () => {
    const failure = { code: 'CHAIN_UNREACHABLE', message: 'In English only.' };
    await showWindow({ snapshot: changed('node', { state: 'failed', failure }) });
    document.querySelector('details p')?.replaceChildren();
    expectTranslated();
  });

  it('the locked wallet is', async () => {
    await showWindow({ snapshot: changed('node', { state: 'locked' }) });
    expectTranslated();
  });

  it('what is said of a node that does not answer is', async () => {
    const node = await showWindow({ snapshot });
    act(() => node.setConnected(false));
    expectTranslated();
    expect(document.body.textContent).toContain('⟦Node unreachable');
  });

  it('a notice is', async () => {
    const node: FixtureNode = await showWindow({ snapshot });
    const [, , , filled] = snapshot.tables.activity;
    const told = filled?.sentence;
    if (!told) throw new Error('The fixture has sentences');
    act(() =>
      node.emit('notice', {
        kind: 'slotFilled',
        title: 'In English only.',
        body: 'In English only.',
        sentences: { title: told, body: told },
        place: { page: 'sales', id: saleOf(() => true) },
        isLoss: false,
        isPractice: true,
      }),
    );
    expectTranslated();
  });
});

function changed<Table extends 'node' | 'storage'>(
  table: Table,
  changes: Partial<LiveSnapshot['tables'][Table][number]>,
): LiveSnapshot {
  const rows = snapshot.tables[table].map((row) => ({ ...row, ...changes }));
  return { ...snapshot, tables: { ...snapshot.tables, [table]: rows } };
}
