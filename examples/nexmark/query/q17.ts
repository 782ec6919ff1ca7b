import { avg, max, min, sum, timeTruncate } from 'millrace'
import { aggregates, query, select } from '../query.ts'
import { bid } from '../source.ts'
import { bidCounts } from './bid-rank.ts'

export const q17 = query('q17', {
  about: 'Bids of each auction and day by rank, and their least, greatest, mean and summed price, as they stand.',
  sources: ['bid'],
  nodes: [
    {
      id: 'dated',
      kind: 'project',
      input: 'bid',
      columns: select('auction', { day: timeTruncate(bid.date_time, 'day') }, 'price'),
    },
    {
      id: 'out',
      kind: 'window-aggregate',
      input: 'dated',
      keys: ['auction', 'day'],
      window: { kind: 'all' },
      aggregates: [
        ...bidCounts,
        ...aggregates({ min_price: min(bid.price), max_price: max(bid.price), avg_price: avg(bid.price), sum_price: sum(bid.price) }),
      ],
    },
  ],
})
