export function findBrowser(): string | undefined;
export function ensureBrowser(say?: (line: string) => void): string;
