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

/** Changes a sale; answers with the word by which its row can be told from before. */
export function changeOne(node: FixtureNode, id: string): string {
  const sale = node.connection.live.state.getSnapshot().tables.sales.get(id);
  if (!sale) throw new Error(`There is no sale ${id}`);
  const missed = sale.proofs.missed + 1;
  const proofs = { ...sale.proofs, missed };
  node.push({ table: 'sales', id, row: { ...sale, state: 'proving', proofs } });
  return `${missed} proofs missed`;
}

const PARCEL_MS = 100;
let at = 0;
let ids: readonly string[] = [];

/** The next so many, each with one proof more. */
function change(node: FixtureNode, count: number): void {
  const { sales } = node.connection.live.state.getSnapshot().tables;
  // Which they are does not change: to list them each time would be counted as the window's work.
  if (ids.length !== sales.size) ids = [...sales.keys()];
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
