import { resolve } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import react from '@vitejs/plugin-react';
import { createServer } from 'vite';
import { accessibilityFaults, faultsInEveryLook } from './axe.ts';

const pages = ['home', 'offers', 'sales', 'queue', 'earnings', 'activity', 'settings'] as const;

/** The window over invented rows, as it stands in the source. */
const test = base.extend<object, { origin: string }>({
  origin: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, provide) => {
      const root = resolve(import.meta.dirname, '../../src/renderer');
      const cacheDir = resolve(import.meta.dirname, '../../test-results/vite');
      const options = { root, cacheDir, configFile: false, logLevel: 'silent' } as const;
      const server = await createServer({ ...options, plugins: [react()], server: { port: 0 } });
      await server.listen();
      await provide(server.resolvedUrls?.local[0] ?? '');
      await server.close();
    },
    { scope: 'worker' },
  ],
});

for (const language of ['en', 'de'] as const) {
  test(`In ${language} every page can be read in every look and none is too wide`, async ({
    page,
    origin,
  }) => {
    test.slow(language === 'de', 'Four looks of every page');
    // A colour on its way to another has no contrast of its own.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await open(page, origin, { language });
    // The longer language is looked at in all themes; the order of the other is the same.
    const faults = language === 'de' ? faultsInEveryLook : accessibilityFaults;
    const look = async (name: string) => {
      expect([name, await faults(page)]).toEqual([name, []]);
      expect([name, await cutOff(page)]).toEqual([name, []]);
    };
    for (const name of pages) {
      await goTo(page, name);
      await look(name);
    }
    await page.keyboard.press('ControlOrMeta+k');
    await expect(page.locator('[role=combobox]')).toBeFocused();
    await look('the palette');
    await page.keyboard.press('Escape');
    await goTo(page, 'offers');
    await page.getByRole('button', { name: /New offer|Neues Angebot/ }).click();
    await look('the form of an offer');
    await page
      .getByRole('button', { name: /^Edit |: Ändern$/ })
      .first()
      .click();
    await page.getByRole('button', { name: /^(Delete offer|Angebot löschen)$/ }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await look('a dialog');
    await page.keyboard.press('Escape');
    await goTo(page, 'activity');
    await page.getByRole('table').getByRole('button').first().click();
    await look('a record of the log');
    await goTo(page, 'sales');
    await page.getByRole('row').nth(1).getByRole('link').click();
    await expect(page.getByRole('complementary', { name: /, TST$/ })).toBeVisible();
    await look('a sale');
  });
}

test('Without motion nothing takes time, and the font is the one that is shipped', async ({
  page,
  origin,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, origin, { language: 'en' });
  await goTo(page, 'settings');
  expect(
    await page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .map((element) => getComputedStyle(element))
        .flatMap(({ transitionDuration }) => transitionDuration.split(', '))
        .filter((duration) => parseFloat(duration) > 0),
    ),
  ).toEqual([]);
  const loaded = () =>
    page.evaluate(() => [...document.fonts].map(({ family, status }) => `${family} ${status}`));
  await expect.poll(loaded).toEqual([expect.stringMatching(/^"?Inter Variable"? loaded$/)]);
});

test('Where the system forces its colours, the parts of the disk can still be told apart', async ({
  page,
  origin,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await open(page, origin, { language: 'en' });
  await goTo(page, 'home');
  const drawn = await page.evaluate(() =>
    ['sold', 'downloading', 'free', 'other', 'left'].map((name) => {
      const part = document.querySelector(`[data-part="${name}"]`);
      if (!part) return `${name} is missing`;
      const { backgroundColor, borderTopStyle, borderTopColor } = getComputedStyle(part);
      return [backgroundColor, borderTopStyle, borderTopColor, part.childElementCount].join(' ');
    }),
  );
  expect(new Set(drawn).size).toBe(drawn.length);
});

async function open(page: Page, origin: string, look: { readonly language: string }): Promise<void> {
  await page.addInitScript((kept) => {
    for (const [name, value] of Object.entries(kept)) localStorage.setItem(`slotkeeper.${name}`, value);
  }, look);
  await page.goto(`${origin}dev.html`);
}

async function goTo(page: Page, name: string): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), `#/${name}`);
  await expect(page.locator(`a[href="#/${name}"][aria-current="page"]`)).toBeVisible({ timeout: 5000 });
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

/** Texts that reach beyond what they stand in, and are not whole in a tooltip either. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const isCut = (element: Element) => {
      if (element.closest('.unseen, svg, pre') || element.querySelector('div, p, ul, table, .unseen'))
        return false;
      if (!element.textContent?.trim() || element.clientWidth === 0) return false;
      const clips = getComputedStyle(element).overflowX !== 'visible';
      return clips && element.scrollWidth > element.clientWidth + 1;
    };
    const isTold = (element: Element) =>
      element.closest('[title]') !== null || element.querySelector('[title]') !== null;
    const cut = [...document.querySelectorAll('body *')].filter(
      (element) => isCut(element) && !isTold(element),
    );
    const wide = document.documentElement.scrollWidth > innerWidth ? ['the page'] : [];
    return [...wide, ...cut.map((element) => element.textContent ?? '')];
  });
}
