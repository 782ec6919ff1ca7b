import { query, select } from '../query.ts'
import { bid, SOURCES } from '../source.ts'
import { validBids } from './valid-bids.ts'

const AUCTION_COLUMNS = SOURCES.auction.fields.map(({ name }) => name)

export const q9 = query('q9', {
  about: 'The winning bid of each auction, as it stands: the highest, of these the first.',
  sources: ['auction', 'bid'],
  nodes: [
    ...validBids({
      ofAuction: AUCTION_COLUMNS,
      ofBid: ['auction', 'bidder', 'price', { bid_time: bid.date_time, bid_extra: bid.extra }],
    }),
    { id: 'bid_for', kind: 'latest', input: 'valid', keys: ['id', 'bidder', 'price', 'bid_time'] },
    {
      id: 'winning',
      kind: 'top-n',
      input: 'bid_for',
      per: ['id'],
      order_by: [
        ['price', 'desc'],
        ['bid_time', 'asc'],
      ],
      n: 1,
    },
    { id: 'out', kind: 'project', input: 'winning', columns: select(...AUCTION_COLUMNS, 'bidder', 'price', 'bid_time', 'bid_extra') },
  ],
})
