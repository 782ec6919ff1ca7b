import { eq, oneOf } from 'millrace'
import { EVER_MS, query, select } from '../query.ts'
import { auction, person } from '../source.ts'

export const q3 = query('q3', {
  about: 'Who sells in one category and lives in one of three states.',
  sources: ['auction', 'person'],
  nodes: [
    { id: 'of_category', kind: 'filter', input: 'auction', where: eq(auction.category, 10).expr },
    { id: 'offers', kind: 'project', input: 'of_category', columns: select({ auction: auction.id }, 'seller') },
    { id: 'offers_by_seller', kind: 'exchange', input: 'offers', keys: ['seller'] },
    { id: 'neighbours', kind: 'filter', input: 'person', where: oneOf(person.state, ['OR', 'ID', 'CA']).expr },
    { id: 'sellers', kind: 'project', input: 'neighbours', columns: select('id', 'name', 'city', 'state') },
    {
      id: 'local',
      kind: 'join',
      left: 'offers_by_seller',
      right: 'sellers',
      on: [['seller', 'id']],
      type: 'interval',
      lower_ms: -EVER_MS,
      upper_ms: EVER_MS,
    },
    { id: 'out', kind: 'project', input: 'local', columns: select('name', 'city', 'state', 'auction') },
  ],
})
