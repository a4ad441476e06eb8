import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { liveStateOf } from '../../shared/live.ts';
import type { MetricsSettings } from '../../shared/settings.ts';
import type { LiveFeed } from '../ipc/live-feed.ts';
import { pathOfTarget, securityHeaders } from './assets.ts';
import { OPENMETRICS_TYPE, openMetrics } from './openmetrics.ts';

export interface MetricsModules {
  readonly live: Pick<LiveFeed, 'snapshot'>;
  readonly queueLength: () => number | undefined;
  /** Wall time in milliseconds. */
  readonly nowMs?: () => number;
}

const METRICS_PATH = '/metrics';

/** Answers `/metrics`. With a token of the settings it is asked for; without one only this computer gets an answer. */
export class MetricsEndpoint {
  readonly #modules: Required<MetricsModules>;
  readonly #tokenHash: Buffer | undefined;

  constructor(modules: MetricsModules, { tokenSha256 }: MetricsSettings) {
    this.#modules = { nowMs: Date.now, ...modules };
    this.#tokenHash = tokenSha256 === undefined ? undefined : Buffer.from(tokenSha256, 'hex');
  }

  /** Whether it may be asked from other computers. */
  get hasToken(): boolean {
    return this.#tokenHash !== undefined;
  }

  /** False when something else was asked for. Hosts were checked before. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    if (pathOfTarget(request.url ?? '') !== METRICS_PATH) return false;
    const isHead = request.method === 'HEAD';
    if (request.method !== 'GET' && !isHead) return this.#refuse(response, 405, {});
    if (!this.#mayAsk(request)) return this.#refuse(response, 401, { 'WWW-Authenticate': 'Bearer' });
    const { live, queueLength, nowMs } = this.#modules;
    const { tables } = liveStateOf(live.snapshot());
    const body = openMetrics(tables, { nowMs: nowMs(), queueLength: queueLength() });
    response.writeHead(200, {
      ...securityHeaders,
      'Content-Type': OPENMETRICS_TYPE,
      'Cache-Control': 'no-store',
    });
    response.end(isHead ? undefined : body);
    return true;
  }

  #mayAsk({ headers: { authorization = '' } }: IncomingMessage): boolean {
    if (!this.#tokenHash) return true;
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
    return timingSafeEqual(createHash('sha256').update(token).digest(), this.#tokenHash);
  }

  #refuse(response: ServerResponse, status: number, headers: Record<string, string>): true {
    response.writeHead(status, {
      ...securityHeaders,
      ...headers,
      'Content-Type': 'text/plain; charset=utf-8',
    });
    response.end('Refused\n');
    return true;
  }
}
