import { expect, type Locator, type Page } from '@playwright/test';

/** A person without a mouse: every step is a key. Each stop on the way must show where one is. */
export class Keyboard {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  press(key: string): Promise<void> {
    return this.#page.keyboard.press(key);
  }

  /** Over what stands in the field already. */
  async type(text: string): Promise<void> {
    await this.press('ControlOrMeta+a');
    await this.#page.keyboard.type(text);
  }

  /** Tab, or Shift and Tab, until it is there. Fails where a stop cannot be seen, and when it never comes. */
  async tabTo(target: Locator, { key = 'Tab', limit = 150 } = {}): Promise<void> {
    await expect(target).toBeAttached();
    for (let presses = 0; presses < limit; presses++) {
      if (await isFocused(target)) return expect(await this.unseen()).toBeUndefined();
      await this.press(key);
    }
    throw new Error(`${String(target)} is not reached by ${limit} times ${key}`);
  }

  async use(target: Locator, { by = 'Enter', ...way }: { by?: string; key?: string } = {}): Promise<void> {
    await this.tabTo(target, way);
    await this.press(by);
  }

  /** Where the focus is, in words, when nothing there shows it; undefined when it can be seen. */
  unseen(): Promise<string | undefined> {
    return this.#page.evaluate(unseenFocus);
  }

  /** The focus is on something, not on the page as such. */
  async expectNotLost(): Promise<void> {
    await expect
      .poll(() => this.#page.evaluate(() => document.activeElement?.tagName ?? 'nothing'))
      .not.toMatch(/^(BODY|nothing)$/);
  }
}

/** It, or the field that it labels. */
const isFocused = (target: Locator): Promise<boolean> =>
  target.evaluate(
    (element) =>
      element === document.activeElement ||
      (element instanceof HTMLLabelElement && element.control === document.activeElement),
  );

/** Compares what surrounds the focus with and without it. Runs in the page. */
function unseenFocus(): string | undefined {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || focused === document.body) return 'nothing has the focus';
  const around = [focused, focused.parentElement, focused.parentElement?.parentElement];
  const beside = focused instanceof HTMLInputElement ? [...(focused.labels ?? [])] : [];
  const places = [...around, ...beside, focused.nextElementSibling].filter(
    (place) => place instanceof Element,
  );
  const looks = () =>
    places.flatMap((place) =>
      [null, '::before', '::after'].map((pseudo) => {
        const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(
          place,
          pseudo,
        );
        return [outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor].join(' ');
      }),
    );
  const withFocus = looks().join('\n');
  focused.blur();
  const without = looks().join('\n');
  focused.focus({ preventScroll: true });
  return withFocus === without ? focused.outerHTML.slice(0, 200) : undefined;
}
