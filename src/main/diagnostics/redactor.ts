import { homedir, hostname, userInfo } from 'node:os';
import type { Replaced } from '../../shared/api.ts';
import { blotSecrets, REDACTED } from '../engine/lib/secret.ts';
import { ipRule } from './ips.ts';
import { hostRules, knownUrlRules, urlRule } from './hosts.ts';
import { idRules } from './ids.ts';
import { escaped, type Pseudonyms, type Rule } from './rule.ts';
import { isSecretKey, randomRule, secretRules } from './secrets.ts';
import { hasWords, wordsRule } from './words.ts';

/** What is known to be private beside what looks like it. */
export interface KnownPrivate {
  /** Folders that get a name of their own where they stand, such as the data folder. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Addresses of servers, whole: with whatever they hold of passwords and keys. */
  readonly urls?: readonly string[];
  /** Names of computers and servers. */
  readonly hosts?: readonly string[];
  /** That is no account: what everybody knows, such as the address of the marketplace. */
  readonly isPublic?: (id: string) => boolean;
  readonly home?: string;
  readonly user?: string;
}

/**
 * Takes out of texts and data whatever tells who somebody is, where, or what he owns: secrets, words of a wallet,
 * accounts, ids, peers, servers and their keys, hosts, addresses of computers, folders. One place knows it all; what is
 * not sure is taken out. `learn` first what is going to be said, so that short forms of an id get its name.
 */
export class Redactor implements Pseudonyms {
  readonly #rules: readonly Rule[];
  readonly #names = new Map<string, Map<string, string>>();
  readonly #times = new Map<Replaced['kind'], number>();
  /** Of the name given last: a short form may be of another kind than its rule. */
  #named: Replaced['kind'] | undefined;

  constructor(known: KnownPrivate = {}) {
    const {
      home = homedir(),
      user = userInfo().username,
      folders = {},
      urls = [],
      hosts = [],
      isPublic,
    } = known;
    this.#rules = [
      ...knownUrlRules(urls),
      urlRule,
      ...secretRules,
      wordsRule,
      ...idRules(isPublic),
      randomRule,
      ...folderRules({ ...folders, ...(home.length > 1 && { [home]: '~' }) }),
      ...userRules(user),
      ...hostRules([hostname(), ...hosts]),
      ipRule,
    ];
  }

  /** What was replaced so far, and how often. */
  get replaced(): Replaced[] {
    return [...this.#times].map(([kind, times]) => ({
      kind,
      times,
      values: this.#names.get(kind)?.size ?? 0,
    }));
  }

  /** Finds out what is in there, so that a short form is known for what it is. Names and counts begin anew each time. */
  learn(value: unknown, key = ''): void {
    this.value(value, key);
    this.#names.clear();
    this.#times.clear();
  }

  /** Data as JSON holds it, with the same shape. */
  value(value: unknown, key = ''): unknown {
    if (typeof value === 'string')
      return isSecretKey(key) && value !== '' ? this.#secret() : this.text(value);
    if (typeof value === 'bigint') return this.text(value.toString());
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return this.#list(value, key);
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [this.text(name), this.value(member, name)]),
    );
  }

  text(text: string): string {
    const blotted = blotSecrets(text);
    if (blotted.includes(REDACTED)) this.#count('secret', blotted.split(REDACTED).length - 1);
    return this.#rules.reduce(
      (before, { kind, pattern, replace }) =>
        before.replace(pattern, (found: string, ...rest: unknown[]) => {
          const groups = rest.slice(
            0,
            rest.findIndex((part) => typeof part === 'number'),
          ) as string[];
          this.#named = undefined;
          const instead = replace(found, this, groups);
          if (instead === undefined || instead === found) return found;
          this.#count(this.#named ?? kind, 1);
          return instead;
        }),
      blotted,
    );
  }

  of(kind: Replaced['kind'], value: string): string {
    this.#named = kind;
    const names = this.#names.get(kind) ?? new Map<string, string>();
    this.#names.set(kind, names);
    const name = names.get(value) ?? `${kind}-${names.size + 1}`;
    names.set(value, name);
    return name;
  }

  /** Bytes of a key, or its words one by one, are no longer to be told when each is looked at alone. */
  #list(items: readonly unknown[], key: string): unknown {
    if (items.length >= FEWEST_BYTES && items.every(isByte)) return this.#secret();
    const texts = items.every((item) => typeof item === 'string') ? (items as string[]) : [];
    if (texts.length > 0 && hasWords(texts.join(' '))) {
      this.#count('words', 1);
      return ['[words]'];
    }
    return items.map((item) => this.value(item, key));
  }

  #secret(): string {
    this.#count('secret', 1);
    return '[secret]';
  }

  #count(kind: Replaced['kind'], times: number): void {
    this.#times.set(kind, (this.#times.get(kind) ?? 0) + times);
  }
}

const FEWEST_BYTES = 16;
const isByte = (item: unknown) => Number.isInteger(item) && (item as number) >= 0 && (item as number) <= 255;

/** The longest first: the data folder may lie in the one of the account. */
function folderRules(names: Readonly<Record<string, string>>): Rule[] {
  const known = Object.entries(names)
    .filter(([folder]) => folder.length > 1)
    .toSorted(([a], [b]) => b.length - a.length)
    .map(([folder, name]): Rule => ({
      kind: 'path',
      pattern: new RegExp(`${escaped(folder)}(?![\\w.-])`, 'g'),
      replace: () => name,
    }));
  return [
    ...known,
    // Of other accounts, or of this one on another system.
    { kind: 'path', pattern: /(?:\/home|\/Users|[A-Za-z]:\\+Users)[/\\]+[^/\\\s"':]+/g, replace: () => '~' },
  ];
}

/** Where the name of the account is a part of a path, as disks have it that are mounted for it. */
function userRules(user: string): Rule[] {
  if (user.length < 2 || user === 'root') return [];
  return [
    {
      kind: 'user',
      pattern: new RegExp(`(?<=[/\\\\])${escaped(user)}(?=[/\\\\"']|$)`, 'g'),
      replace: (found, pseudonyms) => pseudonyms.of('user', found),
    },
  ];
}
