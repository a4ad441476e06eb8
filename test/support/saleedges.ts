import { expect } from 'vitest';
import { saleSuccessors, saleTable } from '../../src/main/engine/sales/sale.ts';
import type { SalesEvent, SaleStateName } from '../../src/main/engine/sales/saleinfo.ts';
import type { SaleEvent, SaleState } from '../../src/main/engine/sales/salestate.ts';

/** Every step a sale took is one the table and its list of successors allow. */
export function expectAllowedEdges(events: readonly SalesEvent[]): void {
  for (const event of events) {
    if (event.type !== 'entered' || event.from === undefined) continue;
    const edge = `${event.from} --> ${event.sale.state}`;
    expect(edgesFrom(event.from).map((to) => `${event.from} --> ${to}`)).toContain(edge);
  }
}

function edgesFrom(from: SaleStateName): SaleStateName[] {
  const on: Partial<Record<SaleEvent, () => SaleState>> = saleTable[from].on;
  return [...saleSuccessors[from], ...Object.values(on).map((target) => target().name), 'errored'];
}
