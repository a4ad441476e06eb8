import type { LiveSnapshot } from '../../../shared/live.ts';
import type { SaleRow } from '../../../shared/rows.ts';
import type { FixtureNode } from './fixturenode.ts';

/** The same node after so many sales: those of the snapshot over and over, each with ids and a start of its own. */
export function withManySales(snapshot: LiveSnapshot, count: number): LiveSnapshot {
  const { sales } = snapshot.tables;
  const many = Array.from({ length: count }, (_, index) => {
    const sale = sales[index % sales.length];
    if (!sale) throw new Error('The snapshot has no sale to repeat');
    const id = `0x${(index + 1).toString(16).padStart(64, '0')}`;
    return { ...sale, id, slotId: id, startedAt: sale.startedAt - index };
  });
  return { ...snapshot, tables: { ...snapshot.tables, sales: many } };
}

/** Changes so many sales a second, in parcels as the node's feed sends them; returns what ends it. */
export function startChanges(node: FixtureNode, aSecond: number): () => void {
  const timer = setInterval(() => change(node, Math.round((aSecond * PARCEL_MS) / 1000)), PARCEL_MS);
  return () => clearInterval(timer);
}

/** Changes the sale that stands first; answers with the word by which its row can be told from before. */
export function changeOne(node: FixtureNode): string {
  const { sales } = node.connection.live.state.getSnapshot().tables;
  const [first] = [...sales.values()].filter(({ proofs }) => proofs.missed > 0);
  if (!first) throw new Error('No sale stands first');
  const missed = first.proofs.missed + 1;
  node.push({ table: 'sales', id: first.id, row: { ...first, proofs: { ...first.proofs, missed } } });
  return `${missed} proofs missed`;
}

const PARCEL_MS = 100;
let at = 0;

/** The next so many, each with one proof more. */
function change(node: FixtureNode, count: number): void {
  const { sales } = node.connection.live.state.getSnapshot().tables;
  const ids = [...sales.keys()];
  const changed = Array.from({ length: count }, () => sales.get(ids[at++ % ids.length] ?? ''));
  node.push(
    ...changed
      .filter((sale): sale is SaleRow => sale !== undefined)
      .map((sale) => ({
        table: 'sales' as const,
        id: sale.id,
        row: { ...sale, proofs: { ...sale.proofs, sent: sale.proofs.sent + 1 } },
      })),
  );
}
