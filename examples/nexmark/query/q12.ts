import { count } from 'millrace'
import { aggregates, query } from '../query.ts'

export const q12 = query('q12', {
  about: 'How many bids a user made in each ten seconds, by event time.',
  sources: ['bid'],
  nodes: [
    { id: 'by_bidder', kind: 'exchange', input: 'bid', keys: ['bidder'] },
    {
      id: 'out',
      kind: 'window-aggregate',
      input: 'by_bidder',
      keys: ['bidder'],
      window: { kind: 'tumbling', size_ms: 10_000 },
      aggregates: aggregates({ bids: count() }),
    },
  ],
})
