/** A long text by its ends: `zb2*fndjU1`. What would not get shorter stays whole. */
export function shortLog(text: string, { ellipsis = '*', start = 3, stop = 6 } = {}): string {
  return text.length > start + ellipsis.length + stop
    ? `${text.slice(0, start)}${ellipsis}${text.slice(-stop)}`
    : text;
}

/** Hex by its ends, with `0x` if it has it: `0x1234..abcd`. */
export function shortHexLog(text: string): string {
  const prefix = text.startsWith('0x') ? '0x' : '';
  return prefix + shortLog(text.slice(prefix.length), { ellipsis: '..', start: 4, stop: 4 });
}

/** An id, an address or a CID by its ends; undefined for any other text. */
export function shortIfId(text: string): string | undefined {
  if (/^0x(?:[\da-f]{64}|[\da-f]{40})$/i.test(text)) return shortHexLog(text);
  if (/^(?:z[1-9A-HJ-NP-Za-km-z]{40,90}|b[a-z2-7]{50,120})$/.test(text)) return shortLog(text);
  return undefined;
}
