import { max } from 'millrace'
import { aggregates, query, select } from '../query.ts'
import { bid, columns } from '../source.ts'

const SIZE_MS = 10_000
const best = columns({ auction: 'int64', best_price: 'int64' })

export const q7 = query('q7', {
  about: 'The highest bid of each ten seconds; all of them where several are as high.',
  sources: ['bid'],
  nodes: [
    {
      id: 'best',
      kind: 'window-aggregate',
      input: 'bid',
      keys: ['auction'],
      window: { kind: 'tumbling', size_ms: SIZE_MS },
      aggregates: aggregates({ best_price: max(bid.price) }),
    },
    { id: 'best_of_auction', kind: 'project', input: 'best', columns: select({ of_auction: best.auction }, 'best_price') },
    {
      // The best bids of each auction, where they lie: only these leave their partition. They take the time of their window.
      id: 'candidates',
      kind: 'join',
      left: 'bid',
      right: 'best_of_auction',
      on: [
        ['auction', 'of_auction'],
        ['price', 'best_price'],
      ],
      type: 'interval',
      lower_ms: 0,
      upper_ms: SIZE_MS - 1,
    },
    { id: 'all_candidates', kind: 'exchange', input: 'candidates', keys: [] },
    {
      id: 'top',
      kind: 'window-aggregate',
      input: 'all_candidates',
      keys: [],
      window: { kind: 'tumbling', size_ms: SIZE_MS },
      aggregates: aggregates({ top_price: max(bid.price) }),
    },
    {
      id: 'highest',
      kind: 'join',
      left: 'all_candidates',
      right: 'top',
      on: [['price', 'top_price']],
      type: 'interval',
      lower_ms: 0,
      upper_ms: 0,
    },
    {
      id: 'out',
      kind: 'project',
      input: 'highest',
      columns: select('window_start', 'window_end', 'auction', 'price', 'bidder', 'date_time', 'extra'),
    },
  ],
})
