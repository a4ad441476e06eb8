import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { followLanguage, setLanguageChoice } from '../../../src/renderer/src/i18n/language.ts';
import { fixtureLogs, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { pageNames } from '../../../src/renderer/src/lib/router.ts';
import { setAppearance, setContrast } from '../../../src/renderer/src/theme/appearance.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

afterEach(() => {
  act(() => {
    setLanguageChoice('system');
    setAppearance('system');
    setContrast('system');
  });
  localStorage.clear();
});

const theme = () => document.documentElement.dataset['theme'];

describe('The settings', () => {
  it('change the language of everything at once, without a reload, and keep it', async () => {
    await showWindow({ at: '#/settings' });
    fireEvent.click(screen.getByRole('radio', { name: 'Deutsch' }));
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Einstellungen');
    expect(screen.getByRole('link', { name: /Verkäufe/ })).toBeDefined();
    expect(screen.getByText(/^Verkauft 223,3 GB in 12 Slots/)).toBeDefined();
    expect(screen.getByText('118,50 TST')).toBeDefined();
    expect(document.documentElement.lang).toBe('de');
    expect(document.title).toBe('Einstellungen · Slotkeeper');
    const stop = followLanguage();
    expect(document.documentElement.lang).toBe('de');
    stop();
    fireEvent.click(screen.getByRole('radio', { name: 'English' }));
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Settings');
    expect(document.documentElement.lang).toBe('en');
  });

  it('set contrast beside light and dark, and keep both', async () => {
    await showWindow({ at: '#/settings' });
    fireEvent.click(screen.getByRole('radio', { name: 'High' }));
    expect(theme()).toBe('contrast-light');
    fireEvent.click(screen.getByRole('radio', { name: 'Dark' }));
    expect(theme()).toBe('contrast-dark');
    const contrast = screen.getByRole('radiogroup', { name: 'Contrast' });
    fireEvent.click(within(contrast).getByRole('radio', { name: 'Normal' }));
    expect(theme()).toBe('dark');
    expect(localStorage.getItem('slotkeeper.contrast')).toBe('normal');
    expect(localStorage.getItem('slotkeeper.appearance')).toBe('dark');
  });
});

describe.each(['en', 'de'] as const)('In %s', (language) => {
  const snapshot = fixtureSnapshot();
  const logs = fixtureLogs();
  const places = [...pageNames.map((name) => `#/${name}`), `#/sales/${snapshot.tables.sales[0]?.id}`];

  // A theme changes nothing but colours, which a browser has to look at: test/e2e/looks.spec.ts.
  it.each(places)('%s is accessible', async (at) => {
    setLanguageChoice(language);
    await showWindow({ at, snapshot, logs });
    await settled();
    await expectAccessible();
  });
});
