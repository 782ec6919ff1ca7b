import { avg, max } from 'millrace'
import { aggregates, query } from '../query.ts'
import { bid, columns } from '../source.ts'
import { validBids } from './valid-bids.ts'

const won = columns({ final_price: 'int64' })

export const q4 = query('q4', {
  about: 'The mean winning price of each category, as it stands.',
  sources: ['auction', 'bid'],
  nodes: [
    ...validBids({ ofAuction: ['id', 'category', 'expires'], ofBid: ['auction', 'price', { bid_time: bid.date_time }] }),
    {
      id: 'won',
      kind: 'window-aggregate',
      input: 'valid',
      keys: ['id', 'category'],
      window: { kind: 'all' },
      aggregates: aggregates({ final_price: max(bid.price) }),
    },
    { id: 'by_category', kind: 'exchange', input: 'won', keys: ['category'] },
    {
      id: 'out',
      kind: 'window-aggregate',
      input: 'by_category',
      keys: ['category'],
      window: { kind: 'all' },
      aggregates: aggregates({ mean_price: avg(won.final_price) }),
    },
  ],
})
