import { eq, mod } from 'millrace'
import { query, select } from '../query.ts'
import { bid } from '../source.ts'

const AUCTION_EVERY = 123

export const q2 = query('q2', {
  about: 'Bids for some chosen auctions.',
  sources: ['bid'],
  nodes: [
    { id: 'chosen', kind: 'filter', input: 'bid', where: eq(mod(bid.auction, AUCTION_EVERY), 0).expr },
    { id: 'out', kind: 'project', input: 'chosen', columns: select('auction', 'price') },
  ],
})
