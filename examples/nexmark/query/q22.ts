import { split } from 'millrace'
import { query, select } from '../query.ts'
import { bid } from '../source.ts'

export const q22 = query('q22', {
  about: 'The folders of the address that a bid came from.',
  sources: ['bid'],
  nodes: [
    {
      id: 'out',
      kind: 'project',
      input: 'bid',
      columns: select('auction', 'bidder', 'price', 'channel', {
        dir1: split(bid.url, '/', 4),
        dir2: split(bid.url, '/', 5),
        dir3: split(bid.url, '/', 6),
      }),
    },
  ],
})
