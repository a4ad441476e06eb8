import { createHash, randomBytes } from 'node:crypto';
import { sentence } from '../../shared/i18n/say.ts';
import type { Api } from '../../shared/api.ts';
import type { Handlers } from '../../shared/contract.ts';
import { mustConfirm } from '../confirm.ts';
import { Secret } from '../engine/lib/secret.ts';
import { WebError } from '../web/errors.ts';
import { hashPassword } from '../web/password.ts';
import type { NetworkHandlerModules } from './network-handlers.ts';

type AccessCall = 'openAccess' | 'closeAccess' | 'setMetrics';

/** The calls about who reaches a headless node from where. No page may open it to others. */
export function createAccessHandlers({
  networks,
  confirm,
  signal,
}: Pick<NetworkHandlerModules, 'networks' | 'confirm' | 'signal'>): Pick<Handlers<Api>, AccessCall> {
  const change = (changes: Readonly<Record<string, unknown>>) => networks.changeSettings(changes);
  return {
    openAccess: async ({ password: text, ...access }) => {
      const password = new Secret(text);
      if (text.length < SHORTEST_PASSWORD) throw tooShort();
      const question = {
        title: sentence('ask.open'),
        lines: [
          sentence('ask.openWhere', { host: access.host, port: access.port }),
          ...(access.tls ? [] : [sentence('ask.openPlain')]),
        ],
        yes: sentence('ask.openYes'),
      };
      await mustConfirm(confirm, question, { signal });
      await change({ access: { ...access, passwordHash: await hashPassword(password) } });
      return null;
    },
    closeAccess: async () => {
      await change({ access: null });
      return null;
    },
    setMetrics: async ({ to }) => {
      if (to === 'nobody') {
        await change({ metrics: null });
        return {};
      }
      const question = {
        title: sentence('ask.metrics'),
        lines: [sentence('ask.metricsLearns')],
        yes: sentence('ask.metricsYes'),
      };
      await mustConfirm(confirm, question, { signal });
      if (to === 'here') {
        await change({ metrics: {} });
        return {};
      }
      const token = randomBytes(32).toString('base64url');
      await change({ metrics: { tokenSha256: createHash('sha256').update(token).digest('hex') } });
      return { token };
    },
  };
}

const SHORTEST_PASSWORD = 12;

const tooShort = () =>
  new WebError(
    'PASSWORD_UNSUITABLE',
    {},
    { message: `A password for the access has at least ${SHORTEST_PASSWORD} characters.` },
  );
