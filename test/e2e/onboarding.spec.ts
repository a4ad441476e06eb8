import type { Page } from '@playwright/test';
import { accessibilityFaults } from './axe.ts';
import { expect, test } from './fixtures.ts';

test.use({ isFirstStart: true });

/** As a person would count: clicks, and fields in which something is typed. */
class Person {
  decisions = 0;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async press(name: string | RegExp): Promise<void> {
    this.decisions += 1;
    await this.#page.getByRole('button', { name }).click();
  }
}

const title = (page: Page, text: string | RegExp) => page.getByRole('heading', { level: 1, name: text });

test('from npm start to three filled slots in under three minutes and under ten decisions', async ({
  page,
  startNode,
}) => {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  // As `npm start` does: no flag.
  const { url } = await startNode();
  await page.goto(url);
  const person = new Person(page);

  await expect(title(page, /what can be lost/)).toBeFocused();
  await expect(page.getByText('Practice network: nothing here is real')).toBeVisible();
  await person.press('Continue to the network');
  await expect(title(page, /Practise first/)).toBeFocused();
  await person.press('Practise first');
  // To practise no wallet is needed.
  await expect(title(page, /other people/)).toBeFocused();
  await expect(page.getByText('not needed to practise')).toBeVisible();
  await person.press('Continue to first offer');
  await expect(title(page, /offer first/)).toBeFocused();
  await expect(page.getByLabel('Lowest price')).not.toHaveValue('', { timeout: 60_000 });
  await person.press('Create offer');

  await expect(page.getByRole('region', { name: 'Your first sale' })).toBeVisible();
  const toOffer = seconds();
  await expect(page.getByRole('heading', { level: 1, name: /Selling .* in \d+ slots?/ })).toBeVisible({
    timeout: 170_000,
  });
  const toFirst = seconds();
  await expect(page.getByRole('region', { name: 'Your first sale' })).toBeHidden();
  await expect(page.getByRole('heading', { level: 1, name: /in ([3-9]|\d\d+) slots/ })).toBeVisible({
    timeout: 170_000,
  });
  const toThird = seconds();
  console.log(
    `First steps: ${person.decisions} decisions; offer live after ${toOffer} s, first slot filled after ${toFirst} s, three after ${toThird} s`,
  );
  expect(person.decisions).toBeLessThan(10);
  expect(toThird).toBeLessThan(180);

  await test.step('they do not come again', async () => {
    await page.reload();
    await expect(page.getByRole('heading', { level: 1, name: /Selling/ })).toBeVisible();
    await page.keyboard.press('ControlOrMeta+k');
    await page.getByRole('combobox').fill('first steps');
    await page.keyboard.press('Enter');
    await expect(title(page, /what can be lost/)).toBeVisible();
  });
});

test('each step is free of accessibility faults, light and dark, and can be done with the keyboard alone', async ({
  page,
  startNode,
}) => {
  // A colour on its way to another has no contrast of its own.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const { url } = await startNode({ scenario: 'none' });
  await page.goto(url);
  await expect(title(page, /what can be lost/)).toBeFocused();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const step of ['', '/network', '/wallet', '/disk', '/offer']) {
      await page.evaluate((hash) => (location.hash = hash), `#/welcome${step}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
      if (step === '/offer') await expect(page.getByLabel('Space')).toBeVisible();
      expect(await accessibilityFaults(page), `${step}, ${colorScheme}`).toEqual([]);
    }
  }

  await page.evaluate(() => (location.hash = '#/welcome/disk'));
  await expect(title(page, /other people/)).toBeFocused();
  const slider = page.getByRole('slider', { name: 'Quota' });
  await tabTo(page, 'Size');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('1');
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByLabel('Size')).not.toHaveValue('1');
  const chosen = await page.getByLabel('Size').inputValue();
  await page.reload();
  await expect(page.getByLabel('Size')).toHaveValue(chosen);
  await page.getByLabel('Size').focus();
  await page.keyboard.press('Enter');
  await expect(title(page, /offer first/)).toBeFocused();
});

test('skipped, they leave nothing behind and do not come again', async ({ page, startNode }) => {
  const { url } = await startNode({ scenario: 'none' });
  await page.goto(url);
  await page.getByRole('button', { name: 'Skip the first steps' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /Nothing offered yet/ })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: /Nothing offered yet/ })).toBeVisible();
});

async function tabTo(page: Page, label: string): Promise<void> {
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press('Tab');
    if (await page.getByLabel(label).evaluate((field) => field === document.activeElement)) return;
  }
  throw new Error(`The keyboard does not reach ${label}`);
}
