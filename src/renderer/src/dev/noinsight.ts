import type { BacktestReport, RiskReport, WhyNotReport } from '../../../shared/insight.ts';

/** What a node tells that has seen no request and sold nothing. */
const nothing = { requests: 0, slots: 0n, bytes: 0n, earned: 0n };

export const noWhyNot: WhyNotReport = { counts: [], recent: [] };

export const noBacktest: BacktestReport = {
  requests: 0,
  matched: nothing,
  withCapacity: nothing,
  refusedBy: {},
  nearestMisses: [],
};

export const noRisk: RiskReport = {
  asOf: 0,
  atRisk: 0n,
  slots: [],
  offline: [],
  safeSeconds: { risk: 0.01, noSlash: Infinity, noLoss: Infinity },
};
