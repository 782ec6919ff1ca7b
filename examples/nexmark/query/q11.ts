import { count } from 'millrace'
import { aggregates, query } from '../query.ts'

export const q11 = query('q11', {
  about: 'How many bids a user made in each session; one ends when ten seconds pass without a bid.',
  sources: ['bid'],
  nodes: [
    { id: 'by_bidder', kind: 'exchange', input: 'bid', keys: ['bidder'] },
    {
      id: 'out',
      kind: 'window-aggregate',
      input: 'by_bidder',
      keys: ['bidder'],
      window: { kind: 'session', gap_ms: 10_000 },
      aggregates: aggregates({ bids: count() }),
    },
  ],
})
