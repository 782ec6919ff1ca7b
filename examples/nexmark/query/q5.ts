import { count, eq, max } from 'millrace'
import { aggregates, query, select } from '../query.ts'
import { columns } from '../source.ts'

const SIZE_MS = 10_000
const EVERY_MS = 2000
const bids = columns({ bids: 'int64', most_bids: 'int64', window_end: 'timestamp' })

export const q5 = query('q5', {
  about: 'The auctions with most bids in the last ten seconds, every two seconds; all of them where several have as many.',
  sources: ['bid'],
  nodes: [
    {
      id: 'counts',
      kind: 'window-aggregate',
      input: 'bid',
      keys: ['auction'],
      window: { kind: 'hopping', size_ms: SIZE_MS, every_ms: EVERY_MS },
      aggregates: aggregates({ bids: count() }),
    },
    { id: 'all_counts', kind: 'exchange', input: 'counts', keys: [] },
    {
      // The event time of a count lies 1 ms before its window's end, so each window of one step holds the counts of one window.
      id: 'most',
      kind: 'window-aggregate',
      input: 'all_counts',
      keys: [],
      window: { kind: 'tumbling', size_ms: EVERY_MS },
      aggregates: aggregates({ most_bids: max(bids.bids) }),
    },
    { id: 'most_of_end', kind: 'project', input: 'most', columns: select({ most_end: bids.window_end }, 'most_bids') },
    { id: 'most_by_end', kind: 'exchange', input: 'most_of_end', keys: ['most_end'] },
    { id: 'counts_by_end', kind: 'exchange', input: 'counts', keys: ['window_end'] },
    {
      id: 'beside_most',
      kind: 'join',
      left: 'counts_by_end',
      right: 'most_by_end',
      on: [['window_end', 'most_end']],
      type: 'interval',
      lower_ms: 0,
      upper_ms: 0,
    },
    { id: 'hot', kind: 'filter', input: 'beside_most', where: eq(bids.bids, bids.most_bids).expr },
    { id: 'out', kind: 'project', input: 'hot', columns: select('window_start', 'window_end', 'auction', 'bids') },
  ],
})
