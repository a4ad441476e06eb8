import type { Pseudonyms, Rule } from './rule.ts';

/**
 * Accounts, and all that the chain or the network knows one by: whoever has the id of a slot or a transaction can look up
 * whose it is. 64 digits may be a private key as well.
 */
export function idRules(isPublic: (id: string) => boolean = () => false): Rule[] {
  return [
    {
      kind: 'peer',
      pattern: /\bspr:[\w-]+/g,
      replace: (found, names) => `[record of ${names.of('peer', found)}]`,
    },
    {
      kind: 'peer',
      pattern: /\b(?:16Uiu2|12D3Koo|Qm)[1-9A-HJ-NP-Za-km-z]{30,60}\b/g,
      replace: (found, names) => names.of('peer', found),
    },
    {
      kind: 'id',
      pattern: /\b(?:z[1-9A-HJ-NP-Za-km-z]{40,90}|b[a-z2-7]{50,120})\b/g,
      replace: (found, names) => named('id', found.slice(0, 3) + found.slice(-6), names),
    },
    {
      kind: 'id',
      pattern: /\b[zb][\da-zA-Z]{2}\*[\da-zA-Z]{6}\b/g,
      replace: (found, names) => named('id', found.replace('*', ''), names),
    },
    {
      kind: 'address',
      pattern: /(?<![\da-f])(?:0x)?[\da-f]{40}(?![\da-f])/gi,
      replace: (found, names) =>
        isPublic(found.toLowerCase()) ? undefined : named('address', endsOf(found), names),
    },
    {
      kind: 'id',
      pattern: /(?<![\da-f])(?:0x)?[\da-f]{64}(?![\da-f])/gi,
      replace: (found, names) => named('id', endsOf(found), names),
    },
    // Keys of servers, and data of whatever kind.
    {
      kind: 'secret',
      pattern: /(?<![\da-f])(?:0x)?[\da-f]{32,}(?![\da-f])/gi,
      replace: (found) => (isPublic(found.toLowerCase()) ? undefined : '[secret]'),
    },
    {
      kind: 'id',
      pattern: /(?<![\da-f])(?:0x)?[\da-f]{4}(?:…|\.\.)[\da-f]{4}(?![\da-f])/gi,
      replace: (found, names) => shortNamed(found, names),
    },
  ];
}

/** Which of the two kinds a short form is of is known once the whole was seen. */
const kinds = new WeakMap<Pseudonyms, Map<string, 'id' | 'address'>>();

function named(kind: 'id' | 'address', ends: string, names: Pseudonyms): string {
  const known = kinds.get(names) ?? new Map<string, 'id' | 'address'>();
  kinds.set(names, known.set(ends, kind));
  return names.of(kind, ends);
}

const shortNamed = (found: string, names: Pseudonyms): string =>
  names.of(kinds.get(names)?.get(endsOf(found)) ?? 'id', endsOf(found));

function endsOf(id: string): string {
  const digits = id.toLowerCase().replace(/^0x/, '');
  return digits.slice(0, 4) + digits.slice(-4);
}
