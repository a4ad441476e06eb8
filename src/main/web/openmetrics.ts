import type { LiveState } from '../../shared/live.ts';
import { runningSales } from '../../shared/status.ts';
import { plainTokens } from '../../shared/units.ts';

export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * The node's figures for a monitoring system, in the OpenMetrics text format 1.0. What is not known is left out.
 * `queueLength`: of all slots that wait, of which the rows have the first only.
 */
export function openMetrics(
  tables: LiveState['tables'],
  { nowMs, queueLength }: { nowMs: number; queueLength: number | undefined },
): string {
  return `${familiesOf(tables, nowMs, queueLength).flatMap(linesOf).join('\n')}\n# EOF\n`;
}

interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'info';
  readonly unit?: 'bytes' | 'seconds' | 'tokens' | 'ether';
  readonly help: string;
  readonly samples: readonly {
    readonly labels?: Readonly<Record<string, string>>;
    readonly value: string | number | bigint | undefined;
  }[];
}

function familiesOf(tables: LiveState['tables'], nowMs: number, queueLength: number | undefined): Family[] {
  const node = tables.node.get('node');
  const chain = tables.chain.get('chain');
  const wallet = tables.wallet.get('wallet');
  const storage = tables.storage.get('storage');
  const money = tables.money.get('money');
  const decimals = node?.token.decimals ?? 18;
  const tokens = (amount: bigint | undefined) => amount !== undefined && plainTokens(amount, decimals);
  const held = runningSales(tables.sales.values());
  const inUse = chain?.servers?.find(({ isInUse }) => isInUse);
  const one = (value: string | number | bigint | false | undefined) => [
    { value: value === false ? undefined : value },
  ];
  const atRisk = held.reduce((sum, sale) => sum + (sale.currentCollateral ?? sale.collateral ?? 0n), 0n);
  const part = (name: string, value: bigint | undefined) => ({ labels: { part: name }, value });
  return [
    {
      name: 'slotkeeper_build',
      type: 'info',
      help: 'Version and network.',
      samples: node
        ? [
            {
              labels: { version: node.version, network: node.network.name, kind: node.network.kind },
              value: 1,
            },
          ]
        : [],
    },
    gauge('slotkeeper_running', 'Whether the node runs.', one(node?.state === 'running' ? 1 : 0)),
    gauge('slotkeeper_slots_held', 'Slots that are sold and have to be proven.', one(held.length)),
    {
      ...gauge('slotkeeper_storage_bytes', 'The disk, by what it is used for.', [
        part('sold', storage?.soldBytes),
        part('downloading', storage?.downloadingBytes),
        part('offered_free', storage?.offeredFreeBytes),
        part('other_files', storage?.otherFilesBytes),
        part('disk_left', storage?.diskLeftBytes),
      ]),
      unit: 'bytes',
    },
    gauge('slotkeeper_queue_length', 'Slots that wait to be looked at.', one(queueLength)),
    { ...gauge('slotkeeper_proofs_sent', 'Proofs sent.', one(money?.proofsSent)), type: 'counter' },
    { ...gauge('slotkeeper_proofs_missed', 'Proofs missed.', one(money?.proofsMissed)), type: 'counter' },
    {
      ...gauge(
        'slotkeeper_next_proof_seconds',
        'Until the earliest proof that is known to be due has to be sent, in chain time.',
        one(money?.nextProofBy !== undefined && chain && Math.max(0, money.nextProofBy - chain.time)),
      ),
      unit: 'seconds',
    },
    gauge(
      'slotkeeper_chain_reachable',
      'Whether the chain answers.',
      one(chain && (chain.unreachableSinceMs === undefined ? 1 : 0)),
    ),
    {
      ...gauge(
        'slotkeeper_chain_block_age_seconds',
        'Since the newest block was seen.',
        one(chain && Math.max(0, nowMs - chain.seenAtMs) / 1000),
      ),
      unit: 'seconds',
    },
    gauge(
      'slotkeeper_chain_lag_blocks',
      'How far the server in use is behind the best.',
      one(inUse?.lagBlocks),
    ),
    {
      ...gauge('slotkeeper_gas_ether', 'In the wallet.', one(wallet && plainTokens(wallet.gas, 18))),
      unit: 'ether',
    },
    { ...gauge('slotkeeper_wallet_tokens', 'In the wallet.', one(tokens(wallet?.tokens))), unit: 'tokens' },
    {
      ...gauge('slotkeeper_collateral_at_risk_tokens', 'Collateral of the slots held.', one(tokens(atRisk))),
      unit: 'tokens',
    },
    { ...gauge('slotkeeper_earned_tokens', 'Payouts received.', one(tokens(money?.earned))), unit: 'tokens' },
    {
      ...gauge('slotkeeper_slashed_tokens', 'Collateral lost.', one(tokens(money?.slashed))),
      unit: 'tokens',
    },
  ];
}

const gauge = (name: string, help: string, samples: Family['samples']): Family => ({
  name,
  type: 'gauge',
  help,
  samples,
});

const suffixes = { gauge: '', counter: '_total', info: '_info' } as const;

/** A family of which nothing is known has no lines. */
function linesOf({ name, type, unit, help, samples }: Family): string[] {
  const known = samples.filter(({ value }) => value !== undefined);
  if (known.length === 0) return [];
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...known.map(({ labels, value }) => `${name}${suffixes[type]}${labelsText(labels)} ${String(value)}`),
  ];
}

function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  if (!labels) return '';
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;
}

const escaped = (text: string): string =>
  text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? String.raw`\n` : `\\${sign}`));
