import type { GoTo } from '../../shared/api.ts';
import { UNKNOWN_LINK } from '../../shared/links.ts';
import type { Tables } from '../../shared/rows.ts';

export const LINK_SCHEME = 'slotkeeper';

/** The link among the arguments of a start, if there is one. Others can write anything there. */
export const linkIn = (args: readonly string[]): string | undefined =>
  args.find((arg) => arg.toLowerCase().startsWith(`${LINK_SCHEME}:`));

/** Where `slotkeeper://sale/<id>` leads, by the sales that are known; to Home, which says so, when it leads nowhere. */
export function placeOfLink(link: string, sales: readonly Pick<Tables['sales'], 'id' | 'slotId'>[]): GoTo {
  const id = SALE_LINK.exec(link)?.[1]?.toLowerCase();
  const sale = sales.find((row) => row.id === id) ?? sales.findLast(({ slotId }) => slotId === id);
  return sale ? { page: 'sales', id: sale.id } : { page: 'home', id: UNKNOWN_LINK };
}

/** A slot id, and for one sale of several of that slot when it started. */
const SALE_LINK = /^slotkeeper:\/\/sale\/(0x[0-9a-f]{64}(?:@\d{1,15})?)\/?$/i;
