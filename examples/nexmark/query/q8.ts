import { query, select } from '../query.ts'

const WINDOW = { kind: 'tumbling', size_ms: 10_000 } as const

export const q8 = query('q8', {
  about: 'People who opened an auction in the ten seconds in which they came.',
  sources: ['person', 'auction'],
  nodes: [
    { id: 'newcomers', kind: 'window-aggregate', input: 'person', keys: ['id', 'name'], window: WINDOW, aggregates: [] },
    { id: 'by_seller', kind: 'exchange', input: 'auction', keys: ['seller'] },
    { id: 'sellers', kind: 'window-aggregate', input: 'by_seller', keys: ['seller'], window: WINDOW, aggregates: [] },
    { id: 'sellers_only', kind: 'project', input: 'sellers', columns: select('seller') },
    {
      id: 'selling',
      kind: 'join',
      left: 'newcomers',
      right: 'sellers_only',
      on: [['id', 'seller']],
      type: 'interval',
      lower_ms: 0,
      upper_ms: 0,
    },
    { id: 'out', kind: 'project', input: 'selling', columns: select('id', 'name', 'window_start', 'window_end') },
  ],
})
