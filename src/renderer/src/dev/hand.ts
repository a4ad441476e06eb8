/** What a person does in the window, for the states that are only reached so. Everything is waited for. */
export interface Hand {
  /** Presses the control of that name: its label, else its text. @throws when there is none in time */
  readonly press: (name: string) => Promise<void>;
  /** Presses the last that a selector finds: for rows, whose names say when. */
  readonly pressLast: (selector: string) => Promise<void>;
  /** Types into the field of that label or placeholder, over what is there. */
  readonly type: (label: string, text: string) => Promise<void>;
  readonly waitFor: (text: string) => Promise<void>;
  /** Lets time of the pictures go on, and the window see it. */
  readonly pass: (seconds: number) => Promise<void>;
}

export function handOn(page: Document, moveTime: (seconds: number) => void): Hand {
  return {
    press: async (name) => {
      const control = await found(name, () =>
        [...page.querySelectorAll<HTMLElement>(CONTROLS)].find(isNamed),
      );
      control.focus();
      control.click();

      function isNamed(element: HTMLElement): boolean {
        return (element.getAttribute('aria-label') ?? element.textContent).trim() === name;
      }
    },
    pressLast: async (selector) => {
      const control = await found(selector, () => [...page.querySelectorAll<HTMLElement>(selector)].at(-1));
      control.click();
    },
    type: async (label, text) => {
      const field = await found(label, () => fieldOf(page, label));
      field.focus();
      // As a browser does it: React hears only of values that it did not set itself.
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text);
      field.dispatchEvent(new Event('input', { bubbles: true }));
    },
    waitFor: async (text) => {
      await found(text, () => (page.body.textContent.includes(text) ? page.body : undefined));
    },
    pass: async (seconds) => {
      moveTime(seconds);
      // The clock of the window ticks once a second.
      await new Promise((resolve) => setTimeout(resolve, 1100));
    },
  };
}

const CONTROLS = 'button, a[href], [role=menuitem], input[type=radio], label, summary';
const PATIENCE_MS = 4000;
const LOOK_EVERY_MS = 20;

function fieldOf(page: Document, label: string): HTMLInputElement | undefined {
  const labelled = [...page.querySelectorAll('label')].find(
    ({ textContent }) => textContent.trim() === label,
  );
  const field = labelled?.control ?? page.getElementById(labelled?.htmlFor ?? '');
  if (field instanceof HTMLInputElement) return field;
  return [...page.querySelectorAll('input')].find(
    (input) => input.getAttribute('aria-label') === label || input.placeholder === label,
  );
}

async function found<T>(what: string, look: () => T | undefined): Promise<T> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_EVERY_MS) {
    const one = look();
    if (one !== undefined) return one;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`Not on the page: ${what}`);
}
