/** A language in which every text is its English one in brackets, so that what has none was not translated. */
export const bracketed = <Texts extends Readonly<Record<string, string>>>(texts: Texts): Texts =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, `⟦${text}⟧`])) as Texts;

/** What is read or read out in the page and stands in no brackets, beside numbers, units, ids and the data given. */
export function unbracketed(root: Element, data: readonly string[]): string[] {
  const bare = shownTexts(root).map((text) => withoutData(withoutBracketed(text), data));
  return [...new Set(bare.filter((text) => /\p{L}{2,}/u.test(text)).map((text) => text.trim()))];
}

function shownTexts(root: Element): string[] {
  const texts: string[] = [];
  const walker = root.ownerDocument.createTreeWalker(root, 4 /* texts */);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement?.closest('style, script')) texts.push(node.textContent ?? '');
  }
  for (const element of root.querySelectorAll('*')) {
    for (const name of ['aria-label', 'aria-description', 'title', 'placeholder', 'alt']) {
      texts.push(element.getAttribute(name) ?? '');
    }
  }
  return texts;
}

/** A text may stand in another one's. */
function withoutBracketed(text: string): string {
  let depth = 0;
  return Array.from(text)
    .filter((sign) => {
      if (sign === '⟦') depth += 1;
      const isInside = depth > 0;
      if (sign === '⟧') depth -= 1;
      return !isInside;
    })
    .join('');
}

const withoutData = (text: string, data: readonly string[]): string =>
  data
    .reduce((rest, known) => rest.replaceAll(known, ''), text)
    .replace(/\b0x[0-9a-f]+\b/g, '')
    .replace(/\b[0-9a-f]{2,4}…[0-9a-f]{4}\b/g, '')
    .replace(/\b(?:kB|MB|GB|TB|ETH|TST|min)\b(?:\/s)?/g, '')
    .replace(/\d+\. \p{L}+\.?/gu, '')
    .replace(/^\p{L}{3,5}\.? \d{4}$/u, '')
    .replace(/\d{2}\.\d{2}\.\d{4}, [\d:]+/g, '');
