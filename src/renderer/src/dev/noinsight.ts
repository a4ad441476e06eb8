import type { RiskReport, WhyNotReport } from '../../../shared/insight.ts';

/** What a node tells that has seen no request and sold nothing. */
export const noWhyNot: WhyNotReport = { counts: [], recent: [] };

export const noRisk: RiskReport = {
  asOf: 0,
  atRisk: 0n,
  slots: [],
  offline: [],
  safeSeconds: { risk: 0.01, noSlash: Infinity, noLoss: Infinity },
};
