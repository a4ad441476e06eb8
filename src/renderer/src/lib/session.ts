/** What was typed and is not secret, kept by the browser until the window is closed; nothing where it keeps nothing. */
export function sessionTexts(key: string): Readonly<Record<string, string>> {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    const texts = Object.entries(kept).filter((entry): entry is [string, string] => isText(entry[1]));
    return Object.fromEntries(texts);
  } catch {
    return {};
  }
}

export function keepSessionTexts(key: string, texts: Readonly<Record<string, string | undefined>>): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(texts));
  } catch {
    // What is typed then lasts until the page is loaded again.
  }
}

export function forgetSessionTexts(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
