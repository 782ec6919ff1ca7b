import { eq } from 'millrace'
import { EVER_MS, query, select } from '../query.ts'
import { auction, SOURCES } from '../source.ts'

const BID_COLUMNS = SOURCES.bid.fields.map(({ name }) => name)

export const q20 = query('q20', {
  about: 'Bids for auctions of one category, with all that is known of the auction.',
  sources: ['bid', 'auction'],
  nodes: [
    { id: 'of_category', kind: 'filter', input: 'auction', where: eq(auction.category, 10).expr },
    {
      id: 'auctions',
      kind: 'project',
      input: 'of_category',
      columns: select(
        'id',
        'item_name',
        'description',
        'initial_bid',
        'reserve',
        { auction_time: auction.date_time },
        'expires',
        'seller',
        'category',
        {
          auction_extra: auction.extra,
        },
      ),
    },
    {
      id: 'expanded',
      kind: 'join',
      left: 'bid',
      right: 'auctions',
      on: [['auction', 'id']],
      type: 'interval',
      lower_ms: -EVER_MS,
      upper_ms: EVER_MS,
    },
    {
      id: 'out',
      kind: 'project',
      input: 'expanded',
      columns: select(
        ...BID_COLUMNS,
        'item_name',
        'description',
        'initial_bid',
        'reserve',
        'auction_time',
        'expires',
        'seller',
        'category',
        'auction_extra',
      ),
    },
  ],
})
