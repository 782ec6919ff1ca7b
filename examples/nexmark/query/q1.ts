import { mul } from 'millrace'
import { query, select } from '../query.ts'
import { bid } from '../source.ts'

const EUROS_PER_DOLLAR = 0.908

export const q1 = query('q1', {
  about: 'Bids with their price in euros.',
  sources: ['bid'],
  nodes: [
    {
      id: 'out',
      kind: 'project',
      input: 'bid',
      columns: select('auction', 'bidder', { price: mul(bid.price, EUROS_PER_DOLLAR) }, 'date_time', 'extra'),
    },
  ],
})
