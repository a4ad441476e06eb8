import { isIP } from 'node:net';
import { escaped, type Pseudonyms, type Rule } from './rule.ts';

/**
 * Of an address its way and a name for its server stay; whoever speaks to that, and the key in its path, go. Before an @
 * stands what people think of as a password, whatever signs that has.
 */
export const urlRule: Rule = {
  kind: 'server',
  pattern: /\b(https?|wss?):\/\/((?:[^\s"<>\\/?#]*@)?(?:\[[\da-f:.%]+\])?[^\s"'<>\\,;)\]}]*)/gi,
  replace: (_found, names, [scheme = '', rest = '']) => {
    const [authority = '', ...behind] = rest.split(/(?=[/?#])/);
    const host = (authority.split('@').at(-1) ?? '').toLowerCase();
    const path = behind.join('');
    const isKept = isHere(host) || isNamed(host);
    if (host === '' && path === '') return undefined;
    if (isKept && !authority.includes('@') && path.length <= 1) return undefined;
    if (isNamed(host) && path === '/[path') return undefined;
    return addressText(scheme, isKept ? host : serverOf(host, names), path.length > 1);
  },
};

const isHere = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);

/** By a rule before. */
const isNamed = (host: string): boolean => /^server-\d+$/.test(host);

const serverOf = (host: string, names: Pseudonyms): string =>
  names.of('server', host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));

const addressText = (scheme: string, server: string, hasPath: boolean): string =>
  `${scheme.toLowerCase()}://${server}${hasPath ? '/[path]' : ''}`;

/** For addresses that are known: as a whole, and what of them is secret wherever it stands alone. Before `urlRule`. */
export function knownUrlRules(texts: readonly string[]): Rule[] {
  const known = texts.flatMap((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url && hasMore(url) ? [{ text, url }] : [];
  });
  const wholes = known.map(({ text, url }): Rule => ({
    kind: 'server',
    pattern: anyOf([text, url.href]),
    replace: (_found, names) => {
      const host = url.host.toLowerCase();
      const hasPath = url.pathname.length > 1 || url.search !== '' || url.hash !== '';
      return addressText(url.protocol.slice(0, -1), isHere(host) ? host : serverOf(host, names), hasPath);
    },
  }));
  const secrets = known.flatMap(({ url }) => secretsOf(url));
  return secrets.length === 0
    ? wholes
    : [...wholes, { kind: 'secret', pattern: anyOf(secrets, '[A-Za-z\\d]'), replace: () => '[secret]' }];
}

const hasMore = ({ username, password, pathname, search, hash }: URL): boolean =>
  username + password + search + hash !== '' || pathname.length > 1;

/** Shorter ones, as `v3`, are words that stand everywhere. */
function secretsOf({ username, password, pathname, search, searchParams, hash }: URL): string[] {
  const values = search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  const parts = [...pathname.split('/'), ...values, ...searchParams.values(), hash.slice(1)];
  return [
    ...[username, password].flatMap(withDecoded).filter((text) => text.length >= 2),
    ...parts.flatMap(withDecoded).filter((text) => text.length >= 4),
  ];
}

function withDecoded(text: string): string[] {
  try {
    return [text, decodeURIComponent(text), encodeURIComponent(text)];
  } catch {
    return [text];
  }
}

/** The longest first; where `word` is given not as a part of a longer one. */
function anyOf(texts: readonly string[], word?: string): RegExp {
  const all = [...new Set(texts)].toSorted((a, b) => b.length - a.length).map(escaped);
  return new RegExp(word ? `(?<!${word})(?:${all.join('|')})(?!${word})` : all.join('|'), 'g');
}

/** Names of computers: those that are known, those that a resolver speaks of, and what looks like one. */
export function hostRules(known: readonly string[]): Rule[] {
  const names = [...new Set(known.map((name) => name.toLowerCase()))]
    .filter((name) => name.length > 2 && name !== 'localhost' && !/^[\d.:]+$/.test(name) && isIP(name) === 0)
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
