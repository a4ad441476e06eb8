import { escaped, type Rule } from './rule.ts';

/** Of an address its way and a name for its server stay; whoever speaks to that, and the key in its path, go. */
export const urlRule: Rule = {
  kind: 'server',
  pattern: /\b(https?|wss?):\/\/([^\s"'<>\\,;)\]}]+)/gi,
  replace: (_found, names, [scheme = '', rest = '']) => {
    const [authority = '', ...behind] = rest.split(/(?=[/?#])/);
    const host = (authority.split('@').at(-1) ?? '').toLowerCase();
    const hasSecret = authority.includes('@') || behind.join('').length > 1;
    if (isHere(host) && !hasSecret) return undefined;
    const shown = isHere(host) ? host : names.of('server', host.replace(/:\d+$/, ''));
    return `${scheme.toLowerCase()}://${shown}${behind.join('').length > 1 ? '/[path]' : ''}`;
  },
};

const isHere = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);

/** Names of computers: those that are known, those that a resolver speaks of, and what looks like one. */
export function hostRules(known: readonly string[]): Rule[] {
  const names = [...new Set(known.map((name) => name.toLowerCase()))]
    .filter((name) => name.length > 2 && name !== 'localhost' && !/^[\d.:]+$/.test(name))
    .toSorted((a, b) => b.length - a.length)
    .map(escaped);
  const pseudonym: Rule['replace'] = (found, pseudonyms) => {
    const name = found.toLowerCase();
    return name === 'localhost' ? undefined : pseudonyms.of('host', name);
  };
  return [
    ...(names.length > 0
      ? [
          {
            kind: 'host' as const,
            pattern: new RegExp(`(?<![\\w-])(?:${names.join('|')})(?![\\w-])`, 'gi'),
            replace: pseudonym,
          },
        ]
      : []),
    {
      kind: 'host',
      pattern: /(?<=\b(?:ENOTFOUND|EAI_AGAIN) |\/dns(?:4|6|addr)?\/)[\w.-]+/g,
      replace: (found, pseudonyms) =>
        /^host-\d+$/.test(found) ? undefined : pseudonyms.of('host', found.toLowerCase()),
    },
    {
      kind: 'host',
      pattern: new RegExp(
        `(?<![\\w@/.-])(?:[a-z\\d](?:[a-z\\d-]*[a-z\\d])?\\.)+(?:${DOMAINS})(?![\\w-]|\\.[a-z])`,
        'g',
      ),
      replace: pseudonym,
    },
  ];
}

/** Those that servers and homes are found under. Others are caught where an address or a resolver names them. */
const DOMAINS = [
  'com org net io dev xyz eth network cloud info biz app me co ai online tech link zone storage',
  'local lan home internal intranet box arpa',
  'de at ch eu uk fr nl be it es pl cz se no dk fi us ca au',
]
  .join(' ')
  .replaceAll(' ', '|');
