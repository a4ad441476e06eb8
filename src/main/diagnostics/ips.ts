import { isIPv4, isIPv6 } from 'node:net';
import type { Rule } from './rule.ts';

/** Of computers of others and of this one in its network; those that mean "here" or "all" say nothing. */
export const ipRule: Rule = {
  kind: 'ip',
  pattern:
    /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?:\.\d{1,3}){0,3})/gi,
  replace: (found, names) => {
    // What ends a sentence or names a port is no part of it.
    const address = isIPv6(found) ? found : found.replace(/:+$/, '');
    if (!isIPv4(address) && !isIPv6(address)) return undefined;
    if (/^(?:127\.|0\.0\.0\.0$|255\.255\.255\.255$|::1?$)/.test(address)) return undefined;
    return names.of('ip', address.toLowerCase()) + found.slice(address.length);
  },
};
