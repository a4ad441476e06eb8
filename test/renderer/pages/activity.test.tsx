import { act, fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { LogLine } from '../../../src/shared/api.ts';
import type { ActivityRow } from '../../../src/shared/rows.ts';
import { emptySnapshot, fixtureLogs, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { fixtureDiagnostics } from '../../../src/renderer/src/dev/fixturelogs.ts';
import type { FixtureNode } from '../../../src/renderer/src/dev/fixturenode.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

const NOW = Math.floor(Date.now() / 1000);
const snapshot = fixtureSnapshot(NOW);
const logs = fixtureLogs(NOW);
const saved: { name: string; text: string }[] = [];
vi.mock('../../../src/renderer/src/lib/savetext.ts', () => ({
  saveText: (name: string, ...texts: string[]) => void saved.push({ name, text: texts.join('') }),
}));

const show = (prepare?: (node: FixtureNode) => void) =>
  showWindow({ at: '#/activity', snapshot, logs, ...(prepare && { prepare }) });
const log = () => screen.getByRole('table', { name: 'Log' });
const lineCount = () => screen.getByText(/^\d+ lines?$/).textContent;
const choose = async (menu: string | RegExp, item: string | RegExp, role = 'menuitem') => {
  fireEvent.click(screen.getByRole('button', { name: menu }));
  await settled();
  fireEvent.click(await screen.findByRole(role, { name: item }));
  await settled();
};
const inputsOf = (node: FixtureNode, name: string) =>
  node.calls.filter((call) => call.name === name).map(({ input }) => input);

const line = (seq: number, message: string, level: LogLine['level'] = 'info'): LogLine => ({
  seq,
  timeMs: NOW * 1000 + seq,
  level,
  topics: ['sales'],
  message,
  text: '',
  json: JSON.stringify({ msg: message, n: seq }),
});

describe('The log', () => {
  it('is filtered by topics, of which several can be chosen', async () => {
    await show();
    await choose('All topics', 'network', 'menuitemcheckbox');
    expect(lineCount()).toBe(`${logs.filter(({ topics }) => topics.includes('network')).length} lines`);
    fireEvent.click(await screen.findByRole('menuitemcheckbox', { name: 'slotqueue' }));
    await settled();
    expect(lineCount()).toBe(
      `${logs.filter(({ topics }) => ['network', 'slotqueue'].some((name) => topics.includes(name))).length} lines`,
    );
    expect(screen.getByRole('button', { name: '2 topics' })).toBeDefined();
  });

  it('is searched for older lines in the files, page by page, until enough are found or all was looked through', async () => {
    const first = logs[0]?.timeMs ?? 0;
    const pages = [
      { lines: [], next: `${'a'.repeat(16)}:9`, leftBytes: 9_000_000 },
      {
        lines: [{ ...line(-1, 'Peer was older'), timeMs: first - 5 }],
        next: `${'b'.repeat(16)}:5`,
        leftBytes: 5,
      },
      { lines: [{ ...line(-2, 'Peer was oldest'), timeMs: first - 9 }], leftBytes: 0 },
    ];
    const node = await show(
      (node) => (node.answers.olderLogs = async () => pages.shift() ?? expect.fail('no more')),
    );
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'peer' } });
    await settled();
    fireEvent.click(screen.getByRole('button', { name: 'Search older lines' }));
    await settled();
    await settled();
    const messages = within(log())
      .getAllByRole('row')
      .slice(1, 4)
      .map(({ textContent }) => textContent);
    expect(messages[0]).toContain('Peer was oldest');
    expect(messages[1]).toContain('Peer was older');
    expect(messages[2]).toContain('Peer answers slowly');
    expect(screen.getByText('The log begins here.')).toBeDefined();
    expect(inputsOf(node, 'olderLogs')).toEqual([
      { filter: { level: 'info', search: 'peer' }, before: { timeMs: first }, limit: 500 },
      { filter: { level: 'info', search: 'peer' }, before: { cursor: `${'a'.repeat(16)}:9` }, limit: 500 },
      { filter: { level: 'info', search: 'peer' }, before: { cursor: `${'b'.repeat(16)}:5` }, limit: 499 },
    ]);
  });

  it('stops looking when it is told to, and says what is left', async () => {
    const answers: (() => void)[] = [];
    await show(
      (node) =>
        (node.answers.olderLogs = () =>
          new Promise((resolve) =>
            answers.push(() => resolve({ lines: [], next: `${'a'.repeat(16)}:9`, leftBytes: 4_000_000 })),
          )),
    );
    fireEvent.click(screen.getByRole('button', { name: 'Search older lines' }));
    await settled();
    await act(async () => answers[0]?.());
    await settled();
    expect(screen.getByText('4.0 MB of files left')).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'Stop searching' }));
    await act(async () => answers[1]?.());
    await settled();
    expect(answers).toHaveLength(2);
    expect(screen.getByRole('button', { name: 'Search older lines' })).toBeDefined();
  });

  it('shows a hundred thousand lines, of which it draws those in sight, and looks at each once', async () => {
    const node = await show();
    const many = Array.from({ length: 100_000 }, (_, index) => line(index + 1000, `Line ${index}`));
    act(() => node.emit('log', many));
    expect(within(log()).getAllByRole('row').length).toBeLessThan(100);
    const looked = vi.spyOn(String.prototype, 'toLowerCase');
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'line' } });
    await settled();
    looked.mockClear();
    act(() => node.emit('log', [line(200_000, 'Line more')]));
    await settled();
    // The page itself has some thousand; looking at all lines again would be a hundred thousand.
    expect(looked.mock.calls.length).toBeLessThan(10_000);
    looked.mockRestore();
  });

  it('is followed until somebody scrolls up, and again from its end on', async () => {
    await show();
    const follow = () => screen.getByRole('button', { name: 'Follow' }).getAttribute('aria-pressed');
    const body = within(log()).getAllByRole('rowgroup')[1];
    if (!body) throw new Error('The log has rows');
    const size = { scrollHeight: 5000, clientHeight: 400 };
    for (const [name, value] of Object.entries(size)) Object.defineProperty(body, name, { value });
    const scrollTo = (top: number) => {
      body.scrollTop = top;
      fireEvent.scroll(body);
    };
    scrollTo(4600);
    expect(follow()).toBe('true');
    scrollTo(3000);
    expect(follow()).toBe('false');
    scrollTo(3500);
    expect(follow()).toBe('false');
    scrollTo(4600);
    expect(follow()).toBe('true');
  });

  it('tells each fact of a line by its name', async () => {
    await show();
    const [button] = screen.getAllByRole('button', { name: /Peer answers slowly/ });
    if (!button) throw new Error('A line fits');
    fireEvent.click(button);
    const record = screen.getByRole('complementary', { name: 'Record' });
    expect(within(record).getByText('peer').nextElementSibling?.textContent).toBe('127.0.0.1:40221');
    await expectAccessible();
  });
});

describe('An export of the log', () => {
  it('of what is shown says the filter, and from which line to which', async () => {
    const node = await show((node) => {
      const step = { lines: 8, totalBytes: 20, isDone: false, doneBytes: 10, text: 'a\n' };
      const steps = [step, { ...step, isDone: true, text: 'b\n' }];
      node.answers.beginLogExport = async () => ({ kind: 'begun', id: 'x', name: 'log.ndjson' });
      node.answers.continueLogExport = async () => steps.shift() ?? expect.fail('it was done');
    });
    await choose('Level: Info and above', 'Warn and above');
    const shown = logs.filter(({ level }) => ['warn', 'error'].includes(level));
    await choose('Export', `What is shown: ${lineCount()}`);
    await settled();
    const place = (at: number) => ({ timeMs: shown.at(at)?.timeMs, json: shown.at(at)?.json });
    expect(inputsOf(node, 'beginLogExport')).toEqual([
      { filter: { level: 'warn' }, from: place(0), until: place(-1) },
    ]);
    expect(saved.splice(0)).toEqual([{ name: 'log.ndjson', text: 'a\nb\n' }]);
    expect(screen.getByText('8 lines exported.')).toBeDefined();
  });

  it('shows how far it is, and is called off', async () => {
    let goOn: () => void = () => {};
    const node = await show((node) => {
      node.answers.beginLogExport = async () => ({
        kind: 'begun',
        id: 'x',
        name: 'log.ndjson',
        file: '/log',
      });
      node.answers.continueLogExport = () =>
        new Promise((resolve) => {
          goOn = () => resolve({ isDone: false, lines: 5, doneBytes: 1, totalBytes: 2 });
        });
    });
    await choose('Export', 'Everything');
    await act(async () => goOn());
    await settled();
    expect(screen.getByRole('progressbar', { name: 'The log is exported' })).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    await act(async () => goOn());
    await settled();
    expect(inputsOf(node, 'cancelLogExport')).toEqual([{ id: 'x' }]);
    expect(screen.queryByRole('progressbar')).toBeNull();
    expect(saved).toEqual([]);
  });

  it('that cannot be written says so, with what to do', async () => {
    await show((node) => node.refuse('beginLogExport', 'EXPORT_UNWRITABLE', '/log cannot be written'));
    await choose('Export', 'Everything');
    const alert = screen.getByRole('alert');
    expect(alert.textContent).toContain('The log was not exported.');
    expect(alert.textContent).toContain('Choose another folder');
    expect(alert.textContent).toContain('/log cannot be written');
  });
});

describe('The diagnostics', () => {
  it('are shown whole, with what was replaced and how often, before they can be saved', async () => {
    const node = await show((node) => {
      node.answers.saveDiagnostics = async () => ({ kind: 'text', name: 'd.json', text: 'saved', lines: 1 });
    });
    fireEvent.click(screen.getByRole('button', { name: 'Diagnostics' }));
    await settled();
    const dialog = screen.getByRole('dialog', { name: 'Diagnostics' });
    expect(dialog.querySelector('pre')?.textContent).toBe(fixtureDiagnostics.text);
    expect(within(dialog).getByText('2 different, 14 times').closest('li')?.textContent).toContain(
      'Accounts',
    );
    expect(within(dialog).getByText('2 times').closest('li')?.textContent).toContain('Secrets');
    expect(inputsOf(node, 'saveDiagnostics')).toEqual([]);
    await expectAccessible();
    fireEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
    await settled();
    expect(inputsOf(node, 'saveDiagnostics')).toEqual([{ id: 'shown' }]);
    expect(saved.splice(0)).toEqual([{ name: 'd.json', text: 'saved' }]);
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.getByText('Diagnostics saved as d.json.')).toBeDefined();
  });

  it('stay open when they were not saved', async () => {
    await show((node) => node.refuse('saveDiagnostics', 'EXPORT_UNWRITABLE'));
    fireEvent.click(screen.getByRole('button', { name: 'Diagnostics' }));
    await settled();
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await settled();
    expect(within(screen.getByRole('dialog')).getByText('The file was not written.')).toBeDefined();
  });
});

describe('What happened', () => {
  const DAY = 86_400;
  const row = (id: number, at: number, kind: ActivityRow['kind'], more: Partial<ActivityRow> = {}) => ({
    id: String(id).padStart(15, '0'),
    at,
    kind,
    text: `${kind} ${id}`,
    ...more,
  });
  const happened = [
    row(1, NOW - 2 * DAY, 'nodeFailed', { atMs: Date.UTC(2026, 10, 22, 12, 17) }),
    row(2, NOW - 2 * DAY, 'paid', { saleId: '0xab@1' }),
    row(3, NOW, 'offer', { offerId: '0xcd' }),
    row(4, NOW, 'settings'),
    row(5, NOW, 'slashed', { amount: -5n * 10n ** 18n, saleId: '0xef' }),
  ];
  const open = async () =>
    showWindow({
      at: '#/activity',
      snapshot: { ...emptySnapshot(NOW), tables: { ...emptySnapshot(NOW).tables, activity: happened } },
    });
  const place = () => screen.getByRole('region', { name: 'What happened' });

  it('stands by day, the newest first, and each line leads to what it speaks of', async () => {
    await open();
    const [today, before] = within(place()).getAllByRole('heading', { level: 3 });
    expect(today?.textContent).toBe('Today');
    expect(before?.textContent).not.toBe('Today');
    expect(
      within(place())
        .getAllByRole('link')
        .map((link) => [link.textContent, link.getAttribute('href')]),
    ).toEqual([
      ['slashed 5', '#/sales/0xef'],
      ['settings 4', '#/settings'],
      ['offer 3', '#/offers/0xcd'],
      ['paid 2', '#/sales/0xab%401'],
      ['nodeFailed 1', '#/activity/2026-11-22T12%3A17'],
    ]);
    expect(within(place()).getByText('−5.00')).toBeDefined();
    await expectAccessible();
  });

  it('is filtered by kind', async () => {
    await open();
    fireEvent.click(screen.getByRole('button', { name: 'Money' }));
    expect(within(place()).getAllByRole('listitem')).toHaveLength(2);
    fireEvent.click(screen.getByRole('button', { name: 'Proofs' }));
    expect(within(place()).getAllByRole('listitem')).toHaveLength(1);
    fireEvent.click(screen.getByRole('button', { name: 'Changes' }));
    expect(within(place()).getAllByRole('listitem')).toHaveLength(2);
  });
});

it('What happened keeps the focus in its place when something more happens', async () => {
  const snapshot = fixtureSnapshot();
  const node = await showWindow({ at: '#/activity', snapshot });
  const [link] = within(screen.getByRole('region', { name: 'What happened' })).getAllByRole('link');
  link?.focus();
  const newest = snapshot.tables.activity.reduce((one, other) => (other.at > one.at ? other : one));
  act(() => node.push({ table: 'activity', id: 'new', row: { ...newest, id: 'new', at: newest.at + 1 } }));
  expect(link?.isConnected).toBe(true);
  expect(document.activeElement).toBe(link);
});
