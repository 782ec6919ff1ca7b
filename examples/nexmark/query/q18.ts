import { query } from '../query.ts'

export const q18 = query('q18', {
  about: 'The last bid of each user for each auction.',
  sources: ['bid'],
  nodes: [{ id: 'out', kind: 'latest', input: 'bid', keys: ['bidder', 'auction'] }],
})
