import { timeTruncate } from 'millrace'
import { query, select } from '../query.ts'
import { bid } from '../source.ts'
import { bidCounts, distinctCounts } from './bid-rank.ts'

export const q15 = query('q15', {
  about: 'Bids, bidders and auctions of each day by rank of price, as they stand.',
  sources: ['bid'],
  nodes: [
    {
      id: 'dated',
      kind: 'project',
      input: 'bid',
      columns: select({ day: timeTruncate(bid.date_time, 'day') }, 'auction', 'bidder', 'price'),
    },
    { id: 'by_day', kind: 'exchange', input: 'dated', keys: ['day'] },
    {
      id: 'out',
      kind: 'window-aggregate',
      input: 'by_day',
      keys: ['day'],
      window: { kind: 'all' },
      aggregates: [...bidCounts, ...distinctCounts],
    },
  ],
})
