import { max, timeTruncate } from 'millrace'
import { aggregates, query, select } from '../query.ts'
import { bid, columns } from '../source.ts'
import { bidCounts, distinctCounts } from './bid-rank.ts'

const dated = columns({ minute: 'timestamp' })

export const q16 = query('q16', {
  about: 'Bids, bidders and auctions of each channel and day by rank of price, with the last minute of a bid, as they stand.',
  sources: ['bid'],
  nodes: [
    {
      id: 'dated',
      kind: 'project',
      input: 'bid',
      columns: select(
        'channel',
        { day: timeTruncate(bid.date_time, 'day'), minute: timeTruncate(bid.date_time, 'minute') },
        'auction',
        'bidder',
        'price',
      ),
    },
    { id: 'by_channel', kind: 'exchange', input: 'dated', keys: ['channel'] },
    {
      id: 'out',
      kind: 'window-aggregate',
      input: 'by_channel',
      keys: ['channel', 'day'],
      window: { kind: 'all' },
      aggregates: [...aggregates({ last_minute: max(dated.minute) }), ...bidCounts, ...distinctCounts],
    },
  ],
})
