import { query, select } from '../query.ts'

export const q0 = query('q0', {
  about: 'Bids as they are: what reading and writing costs.',
  sources: ['bid'],
  nodes: [{ id: 'out', kind: 'project', input: 'bid', columns: select('auction', 'bidder', 'price', 'date_time', 'extra') }],
})
