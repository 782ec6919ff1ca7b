import { lte, type PlanNode } from 'millrace'
import { AUCTION_MS_MAX, type Selected, select } from '../query.ts'
import { columns } from '../source.ts'

const times = columns({ bid_time: 'timestamp', expires: 'timestamp' })

/** Bids that came while their auction ran, as nodes that end with `valid`; auctions and bids lie by the auction's id. */
export function validBids(options: { readonly ofAuction: readonly string[]; readonly ofBid: readonly Selected[] }): readonly PlanNode[] {
  return [
    { id: 'auctions', kind: 'project', input: 'auction', columns: select(...options.ofAuction) },
    { id: 'bids', kind: 'project', input: 'bid', columns: select(...options.ofBid) },
    {
      id: 'matched',
      kind: 'join',
      left: 'auctions',
      right: 'bids',
      on: [['id', 'auction']],
      type: 'interval',
      lower_ms: 0,
      upper_ms: AUCTION_MS_MAX,
    },
    { id: 'valid', kind: 'filter', input: 'matched', where: lte(times.bid_time, times.expires).expr },
  ]
}
