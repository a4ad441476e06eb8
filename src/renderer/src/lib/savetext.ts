/** Hands a text to the browser as a download; a long one in pieces, so that it need not be put together first. */
export function saveText(name: string, ...texts: readonly string[]): void {
  const ending = name.split('.').at(-1) ?? '';
  const type = Object.hasOwn(types, ending) ? types[ending as keyof typeof types] : 'application/json';
  const url = URL.createObjectURL(new Blob([...texts], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), GIVEN_MS);
}

const types = { csv: 'text/csv;charset=utf-8', ndjson: 'application/x-ndjson' } as const;

/** By then the browser has taken it. */
const GIVEN_MS = 60_000;
