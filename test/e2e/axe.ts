import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';

/** The looks of the window, by what the system asks for, and the theme that each must give. */
const looks = [
  { theme: 'light', media: { colorScheme: 'light', contrast: 'no-preference' } },
  { theme: 'dark', media: { colorScheme: 'dark', contrast: 'no-preference' } },
  { theme: 'contrast-light', media: { colorScheme: 'light', contrast: 'more' } },
  { theme: 'contrast-dark', media: { colorScheme: 'dark', contrast: 'more' } },
] as const;

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Options = { readonly runOnly: readonly string[] };
const everything: Options = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] };

/** What axe finds wrong, by rule and place; WCAG A and AA. */
export async function accessibilityFaults(page: Page, options = everything): Promise<string[]> {
  // Evaluated, not inserted: the page's security policy forbids inserted scripts.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const { violations } = await page.evaluate((options) => {
    const { axe } = window as unknown as {
      axe: { run(context: Document, options: object): Promise<AxeResults> };
    };
    return axe.run(document, { ...options, resultTypes: ['violations'] });
  }, options);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')} ${failureSummary ?? ''}`),
  );
}

/**
 * The same in every look, which is changed in place: words and order are the same in all, so that all rules are asked in
 * the first and the contrasts in the others. The page must have been told to look as the system does.
 */
export async function faultsInEveryLook(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const [index, { theme, media }] of looks.entries()) {
    await page.emulateMedia(media);
    await page.locator(`html[data-theme="${theme}"]`).waitFor({ timeout: 5000 });
    const options = index === 0 ? everything : { runOnly: ['color-contrast'] };
    const found = await accessibilityFaults(page, options);
    faults.push(...found.map((fault) => `${theme}: ${fault}`));
  }
  return faults;
}
