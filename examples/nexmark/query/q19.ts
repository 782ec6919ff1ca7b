import { query } from '../query.ts'

export const q19 = query('q19', {
  about: 'The ten highest bids of each auction, as they stand.',
  sources: ['bid'],
  nodes: [
    { id: 'bids', kind: 'latest', input: 'bid', keys: ['auction', 'bidder', 'price', 'date_time'] },
    { id: 'out', kind: 'top-n', input: 'bids', per: ['auction'], order_by: [['price', 'desc']], n: 10, rank: 'rank_number' },
  ],
})
