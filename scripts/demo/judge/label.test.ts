import { expect, it } from 'vitest'
import { isDistributed, readLabels } from './label.ts'

it('reads labels, the first request at the second that the log has', () => {
  const line = '{"id":"a1","kind":"flood","addresses":["10.0.0.1"],"from":"2026-03-16T17:00:10.700Z","to":"2026-03-16T17:20:10.200Z"}'
  expect(readLabels(`${line}\n\n`)).toEqual([
    {
      id: 'a1',
      kind: 'flood',
      addresses: ['10.0.0.1'],
      from: Date.UTC(2026, 2, 16, 17, 0, 10),
      to: Date.UTC(2026, 2, 16, 17, 20, 10, 200),
    },
  ])
})

it.each([
  ['distributed-flood', 3, true],
  ['slow-scrape', 3, false],
  ['flood', 9, false],
  ['flood', 10, true],
])('takes %s by %i addresses as distributed: %s', (kind, count, distributed) => {
  const addresses = Array.from({ length: count }, (_, n) => `10.0.0.${n}`)
  expect(isDistributed({ id: 'a', kind, addresses, from: 0, to: 0 })).toBe(distributed)
})
